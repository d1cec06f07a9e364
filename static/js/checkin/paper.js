// A signed sheet is entered: row after row by its code, by the number below the name, or by a tick in the list.
// Each row is a scan like any other, kept on this device until the server has it, at the time stated for the sheet.

import { newId } from "../lib/ids.js";
import { readRowCode } from "../lib/row_code.js";
import { fill, fold, number } from "../lib/words.js";
import { Camera } from "./camera.js";
import { Decoder } from "./decoder.js";
import { Entries } from "./paper_entries.js";
import { Page } from "./page.js";
import { openStore } from "./store.js";
import { Sync } from "./sync.js";
import { listenToWedge } from "./wedge.js";

const WAIT_FOR_SERVER = 1_500;
const BAND = 0.24; // of the picture's height: one row of the sheet, not its neighbours
const HOUR = /^([01]?[0-9]|2[0-3])[:hg.]([0-5][0-9])$/;

export async function mount(root) {
  const page = new Page(root);
  let store;
  try {
    store = await openStore();
  } catch {
    page.note("bad", page.words.note_storage);
    return;
  }
  await new Paper(page, store).open();
}

class Paper {
  constructor(page, store) {
    const { site, session, conference, scanUrl, doorUrl, changesUrl, enrolUrl } = page.root.dataset;
    Object.assign(this, { page, store, session: Number(session), conference: Number(conference) });
    this.door = `${conference}:${site}`;
    this.sync = new Sync({
      store,
      door: this.door,
      urls: { scans: scanUrl, door: doorUrl, changes: changesUrl, enrol: enrolUrl },
      csrf: document.querySelector('meta[name="csrf-token"]').content,
    });
    this.entries = new Entries(page);
  }

  async open() {
    const { page, sync, entries } = this;
    sync.addEventListener("state", () => this.#showLine());
    entries.addEventListener("undo", ({ detail }) => this.#undo(detail));
    entries.addEventListener("guest", ({ detail }) => this.#enter({ ...detail, decision: "guest" }));
    entries.addEventListener("ticked", ({ detail }) => this.#enter({ text: detail, attendee: Number(detail) }));
    this.said = page.part("stated").value;
    page.part("stated").addEventListener("input", ({ target }) => {
      if (!/^[0-9]{3,}$/.test(target.value)) this.said = target.value; // digits alone come from a scanner
    });
    listenToWedge((digits) => this.#scanned(digits));
    page.part("camera-on").addEventListener("click", () => this.#startCamera());
    page.part("stated").addEventListener("change", () => this.#stated());
    page.part("find")?.addEventListener("input", ({ target }) => entries.narrow(fold(target.value)));
    page.part("type-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#typed();
    });
    await sync.start();
    this.#showLine();
    page.root.dataset.ready = "true";
  }

  // ---- where rows come from

  // A scanner types into whatever field has the focus: the hour must outlive it.
  #scanned(digits) {
    const stated = this.page.part("stated");
    if (document.activeElement === stated && stated.value === "") stated.value = this.said;
    this.#read(digits);
  }

  #read(text) {
    const { page, conference } = this;
    const row = readRowCode(text);
    if (row === null) page.flash(page.words.not_a_row);
    else if (row.conference !== conference) page.flash(page.words.other_conference);
    else this.#enter({ text, attendee: row.attendee });
  }

  #typed() {
    const { page } = this;
    const field = page.part("typed");
    const text = field.value.replace(/[\s.]/g, "");
    const isNumber = /^[0-9]{1,10}$/.test(text);
    const error = page.part("type-error");
    error.hidden = isNumber || readRowCode(text) !== null;
    field.toggleAttribute("aria-invalid", !error.hidden);
    field.focus();
    if (!error.hidden) {
      error.textContent = page.words.type_error;
      return;
    }
    field.value = "";
    if (isNumber) this.#enter({ text, attendee: Number(text) });
    else this.#read(text);
  }

  // The moment stated for the sheet, or null for what is no hour.
  #stated() {
    const { page } = this;
    const field = page.part("stated");
    const [, hour, minute] = HOUR.exec(field.value.trim()) ?? [];
    page.part("stated-error").hidden = hour !== undefined;
    field.toggleAttribute("aria-invalid", hour === undefined);
    if (hour === undefined) return null;
    field.value = `${hour.padStart(2, "0")}:${minute}`;
    const { day, zone } = page.root.dataset; // sheets are signed by the conference's clock
    return new Date(`${day}T${field.value}:00${zone}`);
  }

  // ---- one row

  async #enter({ text, attendee, decision = null }) {
    const { page, entries, sync } = this;
    const at = this.#stated();
    if (at === null) {
      entries.untick(attendee);
      page.part("stated").focus();
      return;
    }
    if (decision === null && entries.has(attendee)) {
      page.flash(fill(page.words.entered_already, { name: entries.nameOf(attendee) }));
      return;
    }
    const item = {
      id: newId(),
      kind: "scan",
      ticket: text,
      study_session: this.session,
      direction: "in",
      scanned_at: at.toISOString(),
      clock_offset_ms: 0, // the sheet's time is stated, not measured
      device_seq: await sync.nextSeq(),
      method: "paper",
      verdict_shown: null,
      decision,
    };
    const entry = entries.add({ id: item.id, text, attendee, at });
    if (!(await this.#keep(item))) {
      entries.fail(entry);
      return;
    }
    const answered = sync.answerOf(item.id);
    sync.send();
    const answer = await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, WAIT_FOR_SERVER, null))]);
    if (answer === null) entries.wait(entry);
    entries.answer(entry, answer ?? (await answered));
  }

  async #undo(entry) {
    const item = {
      id: newId(),
      kind: "undo",
      target: entry.id,
      scanned_at: new Date().toISOString(),
      clock_offset_ms: Math.round(this.sync.offset),
      device_seq: await this.sync.nextSeq(),
    };
    if (!(await this.#keep(item))) return;
    this.entries.takeBack(entry);
    this.sync.send();
  }

  async #keep(item) {
    try {
      await this.store.keep(this.door, item);
    } catch {
      this.page.note("bad", this.page.words.failed);
      return false;
    }
    this.sync.waiting += 1;
    this.#showLine();
    return true;
  }

  #showLine() {
    const { page, sync } = this;
    const n = number(sync.waiting);
    const line = page.part("line");
    if (sync.needsSignIn) line.textContent = fill(page.words.chip_sign_in, { n });
    else if (!sync.isOnline) line.textContent = fill(page.words.chip_offline, { n });
    else line.textContent = sync.waiting ? fill(page.words.chip_sending, { n }) : page.words.chip_sent;
    line.classList.toggle("paper__line--warn", sync.needsSignIn || !sync.isOnline);
    page.root.dataset.waiting = String(sync.waiting);
  }

  // ---- camera

  async #startCamera() {
    const { page } = this;
    if (!this.camera) {
      const decoder = new Decoder(page.root.dataset);
      this.camera = new Camera({ video: page.part("video"), decoder, band: BAND });
      this.camera.addEventListener("code", ({ detail }) => this.#read(detail));
      this.camera.addEventListener("several", () => page.flash(page.words.two_codes));
    }
    page.part("camera").hidden = false;
    try {
      await this.camera.start();
      page.part("camera-on").hidden = true;
      page.note(null);
    } catch (error) {
      page.part("camera").hidden = true;
      page.note("warn", page.words[`camera_${error.message}`] ?? page.words.camera_absent);
    }
  }
}

