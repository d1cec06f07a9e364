// The last scans, below the camera.

import { shape } from "../lib/shape.js";
import { clock } from "../lib/words.js";
import { GROUNDS } from "./verdict.js";

const SHOWN = 2;
const SHAPES = {
  in: ["disc-tick", "ok"],
  again: ["squares", "warn"],
  other: ["gate-arrow", "accent"],
  refused: ["octagon-cross", "bad"],
  not_now: ["clock-square", "idle"],
};

export class LastScans {
  constructor(place) {
    this.place = place;
    this.scans = [];
  }

  add({ verdict, word, isPlain, person }, at) {
    const name = person?.name ?? word;
    const said = isPlain || name === word ? name : `${name} · ${word.toLocaleLowerCase("vi")}`;
    this.scans = [{ verdict, said, at }, ...this.scans.filter((one) => one.at !== at)].slice(0, SHOWN);
    this.#draw();
  }

  takeBack(at) {
    this.scans = this.scans.filter((one) => one.at !== at);
    this.#draw();
  }

  #draw() {
    this.place.replaceChildren(...this.scans.map((one) => this.#row(one)));
  }

  #row({ verdict, said, at }) {
    const row = document.createElement("li");
    const [drawn, tone] = SHAPES[GROUNDS[verdict]];
    const words = document.createElement("span");
    words.className = "last__name";
    words.textContent = said;
    const time = document.createElement("time");
    time.textContent = clock(at);
    row.append(shape(drawn, tone, 18), words, time);
    return row;
  }
}
