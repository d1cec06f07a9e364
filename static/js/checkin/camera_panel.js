// The camera's place on the page: its picture, light and switch, or a sentence in its stead.

import { Camera } from "./camera.js";

export class CameraPanel {
  constructor(page, take) {
    this.page = page;
    this.take = take;
    this.fault = null;
    page.part("camera-on").addEventListener("click", () => this.start(true));
    page.part("torch").addEventListener("click", async () => {
      const torch = page.part("torch");
      const on = torch.getAttribute("aria-pressed") !== "true";
      await this.camera.torch(on);
      torch.setAttribute("aria-pressed", String(on));
    });
    page.part("switch").addEventListener("click", () => this.camera.next().catch(() => {}));
  }

  pause(isPaused) {
    if (this.camera) this.camera.isPaused = isPaused;
  }

  async start(isAsked = false) {
    if (this.camera?.isRunning || (this.fault && !isAsked)) return;
    const { page } = this;
    this.camera ??= this.#camera();
    try {
      const found = await this.camera.start();
      this.fault = null;
      page.part("camera-off").hidden = true;
      page.part("torch").hidden = !found.hasTorch;
      page.part("switch").hidden = found.cameras < 2;
    } catch (error) {
      this.fault = error.message;
      page.part("camera-off").hidden = false;
      page.part("camera-off-words").textContent = page.words[`camera_${error.message}`] ?? page.words.camera_absent;
    }
  }

  #camera() {
    const { page } = this;
    const { decoderUrl, wasmUrl } = page.root.dataset;
    const camera = new Camera({ video: page.part("video"), decoderUrl, wasmUrl });
    camera.addEventListener("code", ({ detail }) => this.take(detail, "camera"));
    camera.addEventListener("several", () => page.flash(page.words.two_codes));
    return camera;
  }
}
