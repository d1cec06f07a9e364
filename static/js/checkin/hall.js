// The hall counted by eye. A count is kept on this device first and sent when there is a line; its id makes it one count
// however often it is sent. What the server refuses stays in view until the host takes it away.

import { newId } from "../lib/ids.js";
import { clock, fill, number } from "../lib/words.js";

const MOST = 50_000;

export class HallPanel {
  constructor({ page, known, sync, store, tabs }) {
    Object.assign(this, { page, known, sync, store, tabs });
    page.part("hall-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#count();
    });
    tabs.addEventListener("opened", ({ detail }) => detail === "hall" && this.#showWaiting());
    sync.addEventListener("hall", ({ detail }) => {
      this.#hear([detail]);
      this.#showWaiting();
    });
    sync.addEventListener("news", ({ detail }) => this.#hear(detail.headcounts));
    known.addEventListener("counted", () => this.#showTold());
    this.told = new Map(); // study session -> the latest count that the server has
  }

  async #count() {
    const { page, known, sync, store } = this;
    const field = page.part("hall-people");
    const typed = field.value.trim();
    if (!typed && this.isBusy) return; // pressed twice
    const people = Number(typed.replace(/[.\s]/g, ""));
    const isRead = typed !== "" && Number.isInteger(people) && people >= 0 && people <= MOST;
    this.#fault(isRead ? "" : page.words.hall_form);
    if (!isRead) return;
    this.isBusy = true;
    field.value = "";
    const count = {
      id: newId(),
      study_session: known.session,
      people,
      counted_at: new Date().toISOString(),
      clock_offset_ms: Math.round(sync.offset),
    };
    try {
      await store.keepHall(known.door, count);
    } catch {
      field.value ||= typed;
      this.#fault(page.words.safe_failed);
      return;
    } finally {
      this.isBusy = false;
    }
    await this.#showWaiting();
    await sync.send(); // it is compared with what was scanned
    await sync.sendHalls();
  }

  #hear(headcounts) {
    for (const one of headcounts) if (one.hall) this.told.set(one.study_session, one.hall);
    this.#showTold();
  }

  #showTold() {
    const told = this.told.get(this.known.session);
    const isOther = this.known.session !== Number(this.page.root.dataset.session);
    if (!told && !isOther) return; // as the page came
    const { counted_at: at, people, present_then: scanned } = told ?? {};
    const values = told && { at: clock(at), people: number(people), scanned: number(scanned) };
    this.page.part("hall").textContent = told ? fill(this.page.words.hall_told, values) : "";
  }

  async #showWaiting() {
    const kept = await this.store.halls(this.known.door);
    this.page.part("hall-waiting").replaceChildren(...kept.map((one) => this.#line(one)));
  }

  #line(one) {
    const { words, root } = this.page;
    const line = document.createElement("li");
    line.className = "hall__one";
    const part = root.querySelector(`[data-session="${one.study_session}"][data-name]`)?.dataset.name ?? "";
    const said = document.createElement("strong");
    said.textContent = fill(words.hall_waits, { part, at: clock(one.counted_at), people: number(one.people) });
    const state = document.createElement("span");
    state.textContent = one.refused ? fill(words.hall_refused, { why: one.refused }) : words.hall_on_device;
    line.append(said, state);
    if (one.refused) line.append(this.#dropButton(one));
    return line;
  }

  #dropButton(one) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--plain";
    button.textContent = this.page.words.hall_drop;
    button.addEventListener("click", () => this.store.dropHall(this.known.door, one.id).then(() => this.#showWaiting()));
    return button;
  }

  #fault(words) {
    const error = this.page.part("hall-error");
    error.hidden = !words;
    error.textContent = words;
    if (words) this.page.part("hall-people").focus();
  }
}
