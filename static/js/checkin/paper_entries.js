// The rows entered from a signed sheet, newest on top, and the site's list that shows the same.

import { shape } from "../lib/shape.js";
import { clock, fill, fold, number } from "../lib/words.js";

const COUNTS = new Set(["accepted", "late", "too_early", "already_in"]);
const MAY_BE_GUEST = new Set(["other_site", "other_session"]);

// Says "undo" and "guest" with an entry, "ticked" with a number.
export class Entries extends EventTarget {
  constructor(page) {
    super();
    this.page = page;
    this.entered = new Map(); // attendee's number -> entry, until it is taken back
    this.rows = new Map();
    for (const row of page.root.querySelectorAll("[data-number]")) {
      this.rows.set(Number(row.dataset.number), { row, folded: fold(row.dataset.name) });
    }
    page.part("people")?.addEventListener("change", ({ target }) => this.#tick(target));
  }

  has(attendee) {
    return this.entered.has(attendee);
  }

  nameOf(attendee) {
    const known = this.rows.get(attendee);
    return known ? known.row.dataset.name : fill(this.page.words.number, { n: attendee });
  }

  // Rows whose names have all these beginnings of words.
  narrow(wanted) {
    const parts = wanted.split(" ").filter(Boolean);
    for (const { row, folded } of this.rows.values()) {
      row.hidden = !parts.every((part) => folded.startsWith(part) || folded.includes(` ${part}`));
    }
  }

  #tick(box) {
    const attendee = Number(box.value);
    const entry = this.entered.get(attendee);
    if (box.checked) this.dispatchEvent(new CustomEvent("ticked", { detail: box.value }));
    else if (entry) this.dispatchEvent(new CustomEvent("undo", { detail: entry }));
  }

  untick(attendee) {
    const box = this.#box(attendee);
    if (box) box.checked = false;
  }

  #box(attendee) {
    return this.rows.get(attendee)?.row.querySelector("input");
  }

  // ---- one entry: { id, text, attendee, at }

  add(entry) {
    this.entered.get(entry.attendee)?.line.remove(); // decided anew: the guest takes the place of the question
    entry.line = this.#line(entry);
    this.entered.set(entry.attendee, entry);
    this.page.part("entered").prepend(entry.line);
    this.#say(entry, "sending", "quiet", this.page.words.sending);
    this.#count();
    return entry;
  }

  wait(entry) {
    this.#say(entry, "device", "warn", this.page.words.device);
  }

  fail(entry) {
    this.entered.delete(entry.attendee);
    this.untick(entry.attendee);
    this.#say(entry, "failed", "bad", this.page.words.failed);
    entry.line.querySelector("button").hidden = true;
    this.#count();
  }

  answer(entry, answer) {
    if (this.entered.get(entry.attendee) !== entry) return; // taken back meanwhile
    const { words } = this.page;
    const { verdict, attendee, first_seen: first } = answer;
    const where = verdict === "already_in" ? (first?.site_name ?? "") : (attendee?.site_name ?? "");
    const at = clock(verdict === "already_in" && first ? first.at : entry.at);
    const said = fill(words[verdict] ?? words.conflict, { at, where, n: number(answer.minutes_late ?? 0) });
    if (attendee?.name) entry.line.querySelector("strong").textContent = attendee.name;
    const isIn = COUNTS.has(verdict);
    this.#say(entry, verdict, isIn ? "ok" : "warn", said);
    if (MAY_BE_GUEST.has(verdict)) this.#offerGuest(entry);
    const row = this.rows.get(entry.attendee)?.row;
    if (row) {
      row.querySelector('[data-part="state"]').textContent = said;
      row.querySelector("input").checked = isIn;
    }
    this.page.part("announce").textContent = `${entry.line.querySelector("strong").textContent}. ${said}`;
    this.#count();
  }

  takeBack(entry) {
    this.entered.delete(entry.attendee);
    this.untick(entry.attendee);
    const row = this.rows.get(entry.attendee)?.row;
    if (row) row.querySelector('[data-part="state"]').textContent = "";
    entry.line.classList.add("paper__entry--undone");
    for (const button of entry.line.querySelectorAll("button")) button.remove();
    this.#say(entry, "undone", "quiet", this.page.words.undone);
    this.page.part("announce").textContent = this.page.words.undone;
    this.#count();
  }

  #count() {
    const counted = [...this.entered.values()].filter((entry) => COUNTS.has(entry.verdict) || !entry.verdict).length;
    this.page.part("count").textContent = number(counted);
  }

  #line(entry) {
    const line = document.createElement("li");
    line.className = "paper__entry";
    const who = document.createElement("span");
    who.className = "paper__who";
    const name = document.createElement("strong");
    name.textContent = this.nameOf(entry.attendee);
    const said = document.createElement("span");
    said.dataset.part = "said";
    who.append(name, said);
    line.append(who, this.#button(entry, "undo", "quiet"));
    return line;
  }

  #offerGuest(entry) {
    entry.line.querySelector("button").before(this.#button(entry, "guest", "plain"));
  }

  #button(entry, what, kind) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `button button--${kind} button--small`;
    button.textContent = this.page.words[what];
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent(what, { detail: entry })));
    return button;
  }

  #say(entry, verdict, tone, words) {
    entry.verdict = verdict === "sending" || verdict === "device" ? null : verdict;
    const said = entry.line.querySelector('[data-part="said"]');
    const text = document.createElement("span");
    text.textContent = words;
    said.className = `state state--${tone}`;
    said.replaceChildren(shape(SHAPES[tone], tone, 16), text);
  }
}

const SHAPES = { ok: "disc-tick", warn: "square-slash", bad: "octagon-cross", quiet: "dot" };
