// The camera's place on the page: its picture, light and choice, a picture file instead, or a sentence in its stead.

import { fill } from "../lib/words.js";
import { Camera } from "./camera.js";
import { Decoder } from "./decoder.js";

const REMEMBERED = "door-camera";

// take(text, method) is told of every code.
export class CameraPanel {
  constructor(page, take) {
    Object.assign(this, { page, take });
    this.fault = null;
    page.part("camera-on").addEventListener("click", () => this.start(true));
    page.part("torch").addEventListener("click", async () => {
      const torch = page.part("torch");
      const on = torch.getAttribute("aria-pressed") !== "true";
      await this.camera.torch(on);
      torch.setAttribute("aria-pressed", String(on));
    });
    page.part("switch").addEventListener("click", () => this.#choose(this.camera.next));
    page.part("cameras").addEventListener("change", ({ target }) => this.#choose(target.value));
    page.part("picture").addEventListener("change", ({ target }) => this.#readPicture(target));
  }

  get isRunning() {
    return this.camera?.isRunning ?? false;
  }

  pause(isPaused) {
    if (this.camera) this.camera.isPaused = isPaused;
  }

  // True when the camera runs.
  async start(isAsked = false) {
    if (this.camera?.isRunning) return true;
    if (this.fault && !isAsked) return false;
    this.camera ??= this.#camera();
    return this.#run(localStorage.getItem(REMEMBERED));
  }

  async #choose(wanted) {
    if (wanted) localStorage.setItem(REMEMBERED, wanted);
    await this.#run(wanted);
  }

  async #run(wanted) {
    const { page } = this;
    try {
      const found = await this.camera.start(wanted);
      this.fault = null;
      page.part("camera-off").hidden = true;
      page.part("torch").hidden = !found.hasTorch;
      page.part("torch").setAttribute("aria-pressed", "false");
      page.part("switch").hidden = found.cameras.length < 2;
      this.#list(found.cameras);
    } catch (error) {
      this.fault = page.words[`camera_${error.message}`] ? error.message : "absent";
      page.part("camera-off").hidden = false;
      page.part("camera-off-words").textContent = page.words[`camera_${this.fault}`];
    }
    return this.fault === null;
  }

  #list(cameras) {
    const { page } = this;
    page.part("camera-choice").hidden = cameras.length < 2;
    page.part("cameras").replaceChildren(
      ...cameras.map((one, place) => {
        const label = one.label || fill(page.words.camera_number, { n: place + 1 });
        return new Option(label, one.deviceId, false, one.deviceId === this.camera.current);
      }),
    );
  }

  get decoder() {
    this.workingDecoder ??= new Decoder(this.page.root.dataset);
    return this.workingDecoder;
  }

  #camera() {
    const { page } = this;
    const camera = new Camera({ video: page.part("video"), decoder: this.decoder });
    camera.addEventListener("code", ({ detail }) => this.take(detail, "camera"));
    camera.addEventListener("several", () => page.flash(page.words.two_codes));
    return camera;
  }

  async #readPicture(field) {
    const [picture] = field.files;
    const { page } = this;
    field.value = "";
    if (!picture) return;
    page.flash(page.words.picture_reading);
    const texts = await this.decoder.picture(picture);
    if (texts.length === 1) this.take(texts[0], "image");
    else page.flash(texts.length ? page.words.two_codes : page.words.picture_none);
  }
}
