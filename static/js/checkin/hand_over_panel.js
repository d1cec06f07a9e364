// The panel of the last resort: save what is unsent as a file, show it as codes, take it from another device.

import { fill, number } from "../lib/words.js";
import { documentOf, Gathering, partsOf, readDocument } from "./hand_over.js";

const EACH_SHOWN = 1_100; // longer than a camera lets a code stand before it takes the next
const QUIET_ZONE = 4;

export class HandOverPanel {
  constructor({ page, known, sync, store, tabs }) {
    Object.assign(this, { page, known, sync, store, tabs });
    this.gathering = new Gathering();
    page.part("hand-file").addEventListener("click", () => this.#save());
    page.part("hand-codes").addEventListener("click", () => this.#showCodes());
    page.part("hand-stop").addEventListener("click", () => this.#stop());
    page.part("hand-taken").addEventListener("change", ({ target }) => this.#takeFile(target));
    tabs.addEventListener("opened", ({ detail }) => {
      this.#stop();
      if (detail === "hand") this.#say(fill(page.words.hand_waiting, { n: number(sync.waiting) }));
    });
  }

  // A code of another device, read like any other.
  async takeCode(text) {
    const { words } = this.page;
    const told = await this.gathering.add(text);
    if (told === null) this.page.flash(words.hand_broken);
    else if (told.have < told.of) this.page.flash(fill(words.hand_part, { n: told.have, of: told.of }));
    else await this.#keep(told.sent);
  }

  async #save() {
    const sent = await this.#document();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(sent)], { type: "application/json" }));
    link.download = `diem-danh-${sent.site}-${sent.device}-${sent.sha256.slice(0, 8)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    this.#say(this.page.words.hand_saved);
  }

  async #showCodes() {
    const { default: qrcode } = await import("../../vendor/qrcode-generator-2.0.4/qrcode.mjs");
    const parts = await partsOf(await this.#document());
    const round = (this.round = {});
    const screen = this.page.part("hand-screen");
    screen.hidden = false;
    this.page.part("hand-codes").hidden = true;
    const panel = screen.closest("[data-panel]");
    panel.scrollTop += screen.getBoundingClientRect().top - panel.getBoundingClientRect().top; // the page stays where it is
    for (let place = 0; this.round === round; place = (place + 1) % parts.length) {
      draw(this.page.part("hand-code"), codeOf(qrcode, parts[place]));
      const turn = fill(this.page.words.hand_showing, { n: place + 1, of: parts.length });
      this.page.part("hand-turn").textContent = turn; // the word above may be out of sight by now
      this.#say(turn);
      await new Promise((resolve) => setTimeout(resolve, EACH_SHOWN));
    }
  }

  #stop() {
    this.round = null;
    this.page.part("hand-screen").hidden = true;
    this.page.part("hand-codes").hidden = false;
  }

  async #takeFile(field) {
    const [file] = field.files;
    field.value = "";
    if (!file) return;
    await this.#keep(await file.text().then(JSON.parse).catch(() => null));
  }

  // Kept beside the own scans until the server has answered for each of them.
  async #keep(sent) {
    const { words } = this.page;
    const read = await readDocument(sent, this.known.door);
    if (read === null) {
      this.#say(words.hand_broken);
      return;
    }
    try {
      await this.store.keepFor(this.known.door, read.items, read.device);
    } catch {
      this.#say(words.safe_failed);
      return;
    }
    await this.known.recallQueue();
    this.sync.waiting = await this.store.count(this.known.door);
    this.sync.now();
    this.#say(fill(words.hand_taken, { n: number(read.items.length), label: read.label }));
  }

  async #document() {
    const items = await this.store.own(this.known.door);
    return documentOf({ items, door: this.known.door, identity: this.sync.identity });
  }

  #say(words) {
    this.page.part("hand-word").textContent = words;
    this.page.part("announce").textContent = words;
    this.page.flash(words);
  }
}

function codeOf(qrcode, text) {
  const code = qrcode(0, "L");
  code.addData(text, "Byte");
  code.make();
  return code;
}

function draw(canvas, code) {
  const size = code.getModuleCount();
  const whole = size + 2 * QUIET_ZONE;
  const scale = Math.max(2, Math.floor(canvas.parentElement.clientWidth / whole));
  canvas.width = whole * scale;
  canvas.height = whole * scale;
  const context = canvas.getContext("2d");
  context.fillStyle = "#FFFFFF";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000000";
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (code.isDark(y, x)) context.fillRect((x + QUIET_ZONE) * scale, (y + QUIET_ZONE) * scale, scale, scale);
    }
  }
}
