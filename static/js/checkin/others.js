// The other doors of this phone. What was scanned there and is not on the server yet is sent from here too, so that a
// phone that was enrolled elsewhere meanwhile leaves nothing behind; and the way back to each is shown.

import { fill, number } from "../lib/words.js";
import { Sync } from "./sync.js";

const LOOK_EVERY = 15_000;

export class Others {
  constructor({ page, store, door, sync }) {
    Object.assign(this, { page, store, door, sync });
    this.senders = new Map(); // door -> its own sync, that only sends
  }

  async start() {
    for (;;) {
      await this.look().catch(() => {}); // the next look is soon enough
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY * (0.7 + Math.random() * 0.6)));
    }
  }

  async look() {
    this.#show(await this.store.others(this.door));
    if (!this.sync.isOnline) return;
    const waiting = (await this.store.others(this.door)).filter((one) => one.waiting);
    for (const one of waiting) {
      const sender = this.#sender(one);
      await sender.send();
      await sender.sendHalls();
    }
    if (waiting.length) this.#show(await this.store.others(this.door));
  }

  #sender({ door, identity }) {
    if (!this.senders.has(door)) {
      const { scans, halls } = this.sync.urls;
      const urls = { scans, halls };
      this.senders.set(door, new Sync({ store: this.store, door, urls, csrf: "" }));
    }
    return Object.assign(this.senders.get(door), { identity, offset: this.sync.offset });
  }

  #show(others) {
    this.page.part("others").hidden = !others.length;
    this.page.part("others-list").replaceChildren(...others.map((one) => this.#line(one)));
  }

  #line({ site, address, waiting }) {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = address;
    link.textContent = site;
    if (waiting) {
      const said = document.createElement("span");
      said.textContent = fill(this.page.words.others_waiting, { n: number(waiting) });
      link.append(said);
    }
    line.append(link);
    return line;
  }
}
