// The camera with continuous reading. The same code held before it is one event; two different codes in view are
// none, so that two people are never mixed.

const PAUSE = 60;
const WIDEST = 960;
const HELD = 2_500; // a code that was out of view for so long may be read again

export class Camera extends EventTarget {
  constructor({ video, decoderUrl, wasmUrl }) {
    super();
    this.video = video;
    this.decoderUrl = decoderUrl;
    this.wasmUrl = wasmUrl;
    this.canvas = document.createElement("canvas");
    this.stream = null;
    this.devices = [];
    this.isPaused = false;
    this.last = { text: null, at: 0 };
  }

  // Throws "insecure", "refused" or "absent".
  async start(deviceId) {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(window.isSecureContext ? "absent" : "insecure");
    this.stop();
    const video = deviceId
      ? { deviceId: { exact: deviceId } }
      : { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      throw new Error(["NotAllowedError", "SecurityError"].includes(error.name) ? "refused" : "absent");
    }
    this.video.srcObject = this.stream;
    await this.video.play();
    this.#startDecoder();
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    this.devices = all.filter((one) => one.kind === "videoinput");
    const round = (this.round = {});
    this.#watch(round);
    return { hasTorch: Boolean(this.#track()?.getCapabilities?.().torch), cameras: this.devices.length };
  }

  stop() {
    this.round = null;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  get isRunning() {
    return this.stream !== null;
  }

  async torch(on) {
    await this.#track()?.applyConstraints({ advanced: [{ torch: on }] }).catch(() => {});
  }

  async next() {
    const current = this.#track()?.getSettings().deviceId;
    const place = this.devices.findIndex((one) => one.deviceId === current);
    return this.start(this.devices[(place + 1) % this.devices.length]?.deviceId);
  }

  #track() {
    return this.stream?.getVideoTracks()[0];
  }

  #startDecoder() {
    if (this.decoder) return;
    this.decoder = new Worker(this.decoderUrl, { type: "module" });
    this.decoder.postMessage({ wasm: this.wasmUrl });
  }

  async #watch(round) {
    while (this.round === round) {
      const frame = this.isPaused || document.visibilityState === "hidden" ? null : this.#frame();
      if (frame) this.#found(await this.#decode(frame));
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  #frame() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return null;
    const scale = Math.min(1, WIDEST / Math.max(videoWidth, videoHeight));
    this.canvas.width = Math.round(videoWidth * scale);
    this.canvas.height = Math.round(videoHeight * scale);
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return context.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }

  #decode(frame) {
    return new Promise((resolve) => {
      this.decoder.onmessage = ({ data }) => resolve(data.texts ?? []);
      this.decoder.onerror = () => resolve([]);
      this.decoder.postMessage({ frame }, [frame.data.buffer]);
    });
  }

  #found(texts) {
    const different = [...new Set(texts)];
    if (different.length > 1) {
      this.dispatchEvent(new CustomEvent("several"));
      return;
    }
    const [text] = different;
    if (!text) return;
    const now = Date.now();
    const isHeld = text === this.last.text && now - this.last.at < HELD;
    this.last = { text, at: now };
    if (!isHeld) this.dispatchEvent(new CustomEvent("code", { detail: text }));
  }
}
