// What the door counts at the moment: which study session, and whether people come in, go out, or are checked inside.
// Whatever is not "people come in" is said in words all the time. A test reads, and counts for nobody.

import { sessionAt } from "../lib/judge.js";
import { icon, shape } from "../lib/shape.js";
import { fill, number } from "../lib/words.js";

const LOOKED_EVERY = 5_000;
const TOLD_FOR = 30_000;
const SHAPES = { out: "gate-arrow", spot: "ring-tick", test: "dashed" };

export class Mode {
  constructor({ page, known, sync }) {
    Object.assign(this, { page, known, sync });
    this.direction = "in";
    this.counted = new Set();
    this.pinned = null; // what would count when the host chose another study session by hand
    for (const button of page.root.querySelectorAll("[data-direction]")) {
      button.addEventListener("click", () => this.turn(button.dataset.direction));
    }
    for (const link of this.#links()) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        history.replaceState(null, "", link.href.split("#")[0] + location.hash);
        this.#pin(Number(link.dataset.session));
      });
    }
    page.part("mode-back").addEventListener("click", () => this.turn("in"));
    setInterval(() => this.keepUp(), LOOKED_EVERY);
  }

  // A page opened without a line is older than the day: what counts now is decided here, unless the host has chosen.
  start() {
    if (this.isStarted || !this.known.sessions.length) return;
    this.isStarted = true;
    const asked = Number(new URLSearchParams(location.search).get("session"));
    if (this.known.sessions.some((one) => one.id === asked)) this.#pin(asked);
    else this.#choose(sessionAt(this.known.sessions, this.#now()).id);
  }

  turn(direction) {
    this.direction = direction;
    this.counted.clear();
    this.told = null;
    this.#show();
    this.page.part("announce").textContent = this.page.words[`mode_${direction}`];
  }

  count(attendee) {
    this.counted.add(attendee);
    this.#show();
  }

  // The next study session of the day begins to receive people: from here on they are counted in it. A clock that
  // jumps, back or to another day, changes nothing.
  keepUp(t = this.#now()) {
    const { sessions, times } = this.known;
    if (!times) return;
    const due = sessionAt(sessions, t);
    const isOnItsDay = due.day_from <= t && t < due.day_until;
    if (!isOnItsDay || due.starts_at <= times.starts_at || due.id === this.pinned) return;
    this.pinned = null;
    this.#choose(due.id);
    this.turn("in");
    this.told = fill(this.page.words.session_changed, { part: this.#link(due.id).dataset.name.toLocaleLowerCase("vi") });
    this.#show();
    this.page.part("announce").textContent = this.told;
    setTimeout(() => {
      this.told = null;
      this.#show();
    }, TOLD_FOR);
  }

  #now() {
    return Math.round(Date.now() + this.sync.offset);
  }

  #pin(session) {
    this.pinned = sessionAt(this.known.sessions, this.#now()).id;
    this.#choose(session);
    this.turn("in");
  }

  #choose(session) {
    const { page, known } = this;
    known.choose(session);
    const chosen = this.#link(session);
    if (!chosen) return; // a study session that is newer than this page
    for (const link of this.#links()) {
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    page.part("part").textContent = chosen.dataset.name;
    page.part("verdict-part").textContent = chosen.dataset.short;
    for (const link of page.root.querySelectorAll("[data-session-link]")) {
      link.setAttribute("href", chosen.dataset[link.dataset.sessionLink]);
    }
  }

  #links() {
    return [...this.page.root.querySelectorAll("[data-session][data-name]")];
  }

  #link(session) {
    return this.#links().find((link) => Number(link.dataset.session) === session);
  }

  #show() {
    const { page, direction } = this;
    for (const button of page.root.querySelectorAll("[data-direction]")) {
      button.setAttribute("aria-pressed", String(button.dataset.direction === direction));
    }
    const isUsual = direction === "in";
    page.root.dataset.mode = direction;
    page.part("mode").hidden = isUsual && !this.told;
    page.part("mode").className = `door-mode door-mode--${direction}`;
    page.part("mode-back").hidden = isUsual;
    page.part("mode-shape").replaceChildren(isUsual ? icon("info-circle", 20) : shape(SHAPES[direction], "plain", 20));
    page.part("mode-words").textContent = isUsual ? (this.told ?? "") : page.words[`mode_${direction}`];
    page.part("mode-count").textContent = this.#countWords();
  }

  #countWords() {
    const isCounting = this.direction === "out" || this.direction === "spot";
    return isCounting ? fill(this.page.words.mode_count, { n: number(this.counted.size) }) : "";
  }
}
