// The two panels in which somebody is named by hand: a name to find, a number to type.

import { fill, fold } from "../lib/words.js";
import { listFound } from "./search.js";

export class Fields {
  constructor({ page, known, tabs, take }) {
    Object.assign(this, { page, known, tabs, take });
    page.part("find").addEventListener("input", () => this.showFound());
    page.part("found").addEventListener("click", (event) => {
      const pressed = event.target.closest("[data-number]");
      if (pressed) take(pressed.dataset.number, "name");
    });
    page.part("type-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#typed();
    });
    known.addEventListener("people", () => this.showFound());
  }

  async showFound() {
    if (this.tabs.current !== "search") return;
    const people = await this.known.everybody();
    listFound({
      wanted: fold(this.page.part("find").value),
      people,
      seen: this.known.seen,
      place: this.page.part("found"),
      count: this.page.part("find-count"),
      words: this.page.words,
      isHanding: this.isHanding,
    });
  }

  // A spare badge waits for whom the host names; null when none does any more.
  showHanding(number) {
    this.isHanding = number !== null;
    const { page } = this;
    page.part("handing").hidden = !this.isHanding;
    page.part("find").value = "";
    if (this.isHanding) page.part("handing-words").textContent = fill(page.words.handing, { n: number });
    this.showFound();
  }

  #typed() {
    const { page } = this;
    const field = page.part("typed");
    const text = field.value.replace(/[\s.]/g, "");
    const isNumber = /^[0-9]{1,10}$/.test(text) || /^[0-9]{188}$/.test(text);
    page.part("type-error").hidden = isNumber;
    field.toggleAttribute("aria-invalid", !isNumber);
    if (!isNumber) {
      page.part("type-error").textContent = page.words.type_error;
      field.focus();
      return;
    }
    field.value = "";
    this.take(text, "typed");
  }
}
