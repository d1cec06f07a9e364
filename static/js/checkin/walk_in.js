// Somebody without a ticket who is on no list: written down by the host, and kept like a scan, also without a line.

const YEAR = /^(19|20)[0-9]{2}$/;
const DAY = /^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]((?:19|20)[0-9]{2})$/;

export class WalkInForm {
  constructor({ page, known, take }) {
    Object.assign(this, { page, known, take });
    this.form = page.part("stranger-form");
    page.part("stranger").addEventListener("toggle", () => this.#begin());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    known.addEventListener("people", () => this.#offerUnits());
  }

  // What was looked for in vain is probably the name.
  #begin() {
    const { name } = this.form.elements;
    const wanted = this.page.part("find").value.trim();
    const stranger = this.page.part("stranger");
    if (!stranger.open) return;
    if (!name.value && /[^0-9\s]/.test(wanted)) name.value = wanted;
    const panel = stranger.closest("[data-panel]");
    panel.scrollTop += stranger.getBoundingClientRect().top - panel.getBoundingClientRect().top;
  }

  #offerUnits() {
    const units = new Set([...this.known.people.values()].map((one) => one.unit).filter(Boolean));
    this.page.part("stranger-units").replaceChildren(
      ...[...units].sort((a, b) => a.localeCompare(b, "vi")).map((one) => Object.assign(document.createElement("option"), { value: one })),
    );
  }

  #submit() {
    const { name, birth, phone, unit } = this.form.elements;
    const { words } = this.page;
    const person = { name: plain(name.value), birth: birthOf(birth.value), phone: plain(phone.value), unit: plain(unit.value) };
    const faults = [];
    if (person.name.split(" ").length < 2) faults.push([name, words.stranger_name]);
    if (person.birth === undefined) faults.push([birth, words.stranger_birth]);
    const digits = person.phone.replace(/[^0-9]/g, "").length;
    if (person.phone && (digits < 9 || digits > 12)) faults.push([phone, words.stranger_phone]);
    for (const field of [name, birth, phone]) field.toggleAttribute("aria-invalid", faults.some(([one]) => one === field));
    const said = this.page.part("stranger-error");
    said.hidden = !faults.length;
    said.textContent = faults.map(([, sentence]) => sentence).join(" ");
    if (faults.length) {
      faults[0][0].focus();
      return;
    }
    this.form.reset();
    this.page.part("stranger").open = false;
    this.take({ ...person, birth: person.birth || null, phone: person.phone || null, unit: person.unit || null });
  }
}

const plain = (text) => text.normalize("NFC").trim().replace(/\s+/g, " ");

// 1971 or 02/03/1971 as the interface has it; empty for nothing, undefined for what is neither.
function birthOf(text) {
  const written = text.trim();
  if (!written || YEAR.test(written)) return written;
  const found = DAY.exec(written);
  if (!found) return undefined;
  const [day, month, year] = [found[1].padStart(2, "0"), found[2].padStart(2, "0"), found[3]];
  const real = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return real.getUTCDate() === Number(day) && real.getUTCMonth() + 1 === Number(month) ? `${year}-${month}-${day}` : undefined;
}
