// The verdict on the whole screen: silhouette, word, card; back to scanning by itself after three seconds.

import { shape } from "../lib/shape.js";

const STAY = 3_000;

export const GROUNDS = {
  accepted: "in",
  late: "in",
  already_in: "again",
  other_site: "other",
  other_session: "other",
  substituted: "refused",
  revoked: "refused",
  unknown: "refused",
  forged: "refused",
  invalid: "refused",
  not_summoned: "refused",
  too_early: "not_now",
  closed: "not_now",
  conflict: "not_now",
  spare: "other",
};
const SILHOUETTES = {
  accepted: "disc-tick",
  late: "clock",
  already_in: "squares",
  other_site: "gate-arrow",
  too_early: "clock-square",
  closed: "clock-square",
  other_session: "clock-square",
  conflict: "hourglass",
  spare: "hourglass",
};
const SAFE_SHAPES = { kept: "ring-tick", sending: "dot", device: "square-slash", none: "dashed", failed: "octagon-cross", refused: null };

export class VerdictScreen extends EventTarget {
  constructor(root, words, fill) {
    super();
    this.root = root;
    this.words = words;
    this.fill = fill;
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.isOpen = false;
    this.isHeld = false;
    this.isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.part("again").addEventListener("click", () => this.close());
    this.part("second").addEventListener("click", () => this.#say(this.view.second.what));
    this.part("guest").addEventListener("click", () => this.#say("guest"));
    this.part("move").addEventListener("click", () => this.#say("move"));
    this.part("send-back").addEventListener("click", () => this.#say("send-back"));
    this.part("hand-spare").addEventListener("click", () => this.#say("hand"));
    this.part("keep-spare").addEventListener("click", () => this.#say("keep"));
    root.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("button") && this.isOpen && !this.view.isAsking) this.hold();
    });
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.view.isAsking) this.close();
    });
  }

  // view: { verdict, word, silhouette, lines, person: {name, position, unit} | null, facts: [[label, value], …], safe: [kind, words],
  //         second: {what, words} | null, isAsking, guestNote }
  show(view) {
    this.view = view;
    this.turn = (this.turn ?? 0) + 1; // ends the countdown of the verdict before
    const ground = GROUNDS[view.verdict];
    this.root.className = `verdict verdict--${ground.replace("_", "-")}${view.isAsking ? " verdict--asking" : ""}`;
    this.part("shape").replaceChildren(shape(view.silhouette ?? SILHOUETTES[view.verdict] ?? "octagon-cross", "plain", 148));
    this.part("word").textContent = view.word;
    this.#lines(view.lines);
    this.#person(view.person, view.facts ?? []);
    this.safe(...view.safe);
    this.part("choices").hidden = !view.isAsking || view.verdict === "spare";
    this.part("move").hidden = view.verdict !== "other_site"; // to which session somebody is called no door decides
    this.part("send-back-words").textContent = this.words[`send_back_${view.verdict}`] ?? "";
    this.part("spare-choices").hidden = view.verdict !== "spare";
    this.part("guest-note").textContent = view.guestNote ?? "";
    this.noteMove(this.words.move_note);
    this.part("buttons").hidden = Boolean(view.isAsking);
    this.part("count").hidden = Boolean(view.isAsking);
    this.part("second").hidden = !view.second;
    if (view.second) this.part("second").textContent = view.second.words;
    this.root.hidden = false;
    this.isOpen = true;
    this.isHeld = false;
    this.#focus();
    if (view.isAsking) cancelAnimationFrame(this.frame);
    else this.#countDown();
  }

  safe(kind, words) {
    const place = this.part("safe");
    const drawn = SAFE_SHAPES[kind];
    place.replaceChildren(...(drawn ? [shape(drawn, "plain", 16)] : []), words);
    place.dataset.safe = kind;
  }

  // Under the choice to take somebody in for good.
  noteMove(words) {
    this.part("move-note").textContent = words;
    this.part("move").classList.toggle("verdict__choice--warned", words !== this.words.move_note);
  }

  // The name that the server knew and this device did not.
  person(person, facts) {
    this.#person(person, facts ?? this.view.facts ?? []);
  }

  hold() {
    this.isHeld = true;
    cancelAnimationFrame(this.frame);
    this.part("count-words").textContent = this.words.held;
  }

  close() {
    if (!this.isOpen) return;
    cancelAnimationFrame(this.frame);
    this.turn += 1;
    this.isOpen = false;
    this.root.hidden = true;
    this.dispatchEvent(new CustomEvent("closed"));
  }

  #say(what) {
    this.dispatchEvent(new CustomEvent("choice", { detail: what }));
  }

  #focus() {
    // Not on a button: a scanner that types ends with Enter, and must not press anything.
    this.root.focus({ preventScroll: true });
  }

  #lines(lines) {
    const place = this.part("line");
    place.replaceChildren();
    for (const line of lines.filter(Boolean)) {
      if (place.childNodes.length) place.append(document.createElement("br"));
      place.append(line);
    }
    place.hidden = !place.childNodes.length;
  }

  #person(person, facts) {
    this.part("card").hidden = !person;
    if (!person) return;
    this.part("name").textContent = person.name;
    this.part("name").classList.toggle("verdict__name--long", person.name.length > 22);
    this.part("position").textContent = person.position ?? "";
    this.part("position").hidden = !person.position;
    this.part("unit").textContent = person.unit ?? "";
    this.part("unit").hidden = !person.unit;
    this.part("facts").hidden = !facts.length;
    const [left, right] = facts.length === 1 ? [facts[0], ["", ""]] : [facts[0] ?? ["", ""], facts[1] ?? ["", ""]];
    this.part("left-label").textContent = left[0];
    this.part("left-value").textContent = left[1];
    this.part("right-label").textContent = right[0];
    this.part("right-value").textContent = right[1];
  }

  #countDown() {
    cancelAnimationFrame(this.frame);
    const began = performance.now();
    const turn = this.turn;
    const [rule, knob, words] = [this.part("span"), this.part("knob"), this.part("count-words")];
    words.textContent = this.words.counting;
    rule.ownerSVGElement.toggleAttribute("hidden", this.isCalm);
    const step = (now) => {
      if (!this.isOpen || this.isHeld || this.turn !== turn) return;
      const left = Math.max(0, 1 - (now - began) / STAY);
      if (this.isCalm) {
        words.textContent = this.fill(this.words.counting_seconds, { n: Math.ceil((left * STAY) / 1000) });
      } else {
        rule.setAttribute("width", `${(left * 100).toFixed(1)}%`);
        knob.setAttribute("cx", `${(left * 100).toFixed(1)}%`);
      }
      if (left === 0) this.close();
      else this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
    // A page in the background draws no frames; its verdict must go all the same.
    setTimeout(() => this.turn === turn && !this.isHeld && this.close(), STAY + 500);
  }
}
