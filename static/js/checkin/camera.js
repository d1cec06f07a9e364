// The camera with continuous reading. The same code held before it is one event; two different codes in view are
// none, so that two people are never mixed.

const PAUSE = 60;
const WIDEST = 960;
const HELD = 2_500; // a code that was out of view for so long may be read again
const ALONE = 500; // after two codes in view, one has to be alone for so long
const APART = 700; // what a code brought is in view for so long before the next one may take its place

export class Camera extends EventTarget {
  // band: the share of the picture's height, about its middle, in which codes are read.
  constructor({ video, decoder, band = 1 }) {
    super();
    Object.assign(this, { video, decoder, band });
    this.canvas = document.createElement("canvas");
    this.stream = null;
    this.devices = [];
    this.isPaused = false;
    this.last = { text: null, at: 0, since: 0 };
    this.severalAt = 0;
  }

  // Throws "insecure", "refused" or "absent". A wanted camera that is gone gives way to another.
  async start(wanted) {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(window.isSecureContext ? "absent" : "insecure");
    this.stop();
    this.stream = await this.#open(wanted);
    this.video.srcObject = this.stream;
    await this.video.play();
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    this.devices = all.filter((one) => one.kind === "videoinput");
    const round = (this.round = {});
    this.#watch(round);
    return { hasTorch: Boolean(this.#track()?.getCapabilities?.().torch), cameras: this.devices };
  }

  async #open(wanted) {
    const usual = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
    const video = wanted ? { ...usual, facingMode: undefined, deviceId: { exact: wanted } } : usual;
    try {
      return await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      if (["NotAllowedError", "SecurityError"].includes(error.name)) throw new Error("refused");
      if (wanted) return this.#open(null);
      throw new Error("absent");
    }
  }

  stop() {
    this.round = null;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  get isRunning() {
    return this.stream !== null;
  }

  get current() {
    return this.#track()?.getSettings().deviceId ?? null;
  }

  // The one after the current, round and round.
  get next() {
    const place = this.devices.findIndex((one) => one.deviceId === this.current);
    return this.devices[(place + 1) % this.devices.length]?.deviceId ?? null;
  }

  async torch(on) {
    await this.#track()?.applyConstraints({ advanced: [{ torch: on }] }).catch(() => {});
  }

  #track() {
    return this.stream?.getVideoTracks()[0];
  }

  async #watch(round) {
    while (this.round === round) {
      const frame = this.isPaused || document.visibilityState === "hidden" ? null : this.#frame();
      if (frame) this.#found(await this.decoder.frame(frame));
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  #frame() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return null;
    const scale = Math.min(1, WIDEST / Math.max(videoWidth, videoHeight));
    this.canvas.width = Math.round(videoWidth * scale);
    const whole = Math.round(videoHeight * scale);
    this.canvas.height = Math.round(whole * this.band);
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.video, 0, (this.canvas.height - whole) / 2, this.canvas.width, whole);
    return context.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }

  #found(texts) {
    const now = performance.now();
    if (texts.length > 1) {
      this.severalAt = now;
      this.dispatchEvent(new CustomEvent("several"));
      return;
    }
    const [text] = texts;
    if (!text) return;
    const { last } = this;
    if (text === last.text && now - last.at < HELD) {
      last.at = now;
      return;
    }
    if (this.severalAt && now - this.severalAt < ALONE) return;
    if (last.text !== null && now - last.since < APART) return;
    this.last = { text, at: now, since: now };
    this.dispatchEvent(new CustomEvent("code", { detail: text }));
  }
}
