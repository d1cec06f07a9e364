// The lock of the door's page: at the start, after some idle minutes, and by hand it asks for the PIN. What was scanned
// goes on to the server meanwhile. A host with an account may do without a PIN: then the account brings the key.

import { fromBase64 } from "../lib/bytes.js";
import { fill, number } from "../lib/words.js";
import { importRosterKey, isPin } from "./vault.js";

const LOOK_EVERY = 5_000;
const BORROW_EVERY = 15_000;
const MINUTES = "door-lock-minutes";
const FRESH = "door-fresh"; // enrolled a moment ago

// Says "closed" when it locks and "opened" when the page may be used.
export class Lock extends EventTarget {
  constructor({ page, vault, sync, known }) {
    super();
    Object.assign(this, { page, vault, sync, known });
    this.mode = null; // null: open; "pin", "choose", "wiped" or "ended"
    this.used = Date.now();
    this.borrowsFrom = 0;
  }

  get isLocked() {
    return this.mode !== null;
  }

  async start() {
    await this.vault.load();
    this.isFresh = sessionStorage.getItem(FRESH) !== null;
    sessionStorage.removeItem(FRESH);
    this.#listen();
    if (this.vault.isWiped) this.#close("wiped");
    else if (this.vault.isSet) this.#close("pin");
    this.#showSettings();
    setInterval(() => this.#look(), LOOK_EVERY);
  }

  // A scan is use as well.
  touch() {
    this.used = Date.now();
  }

  // Without a PIN the key is never on this device: the account of whoever is signed in brings it.
  async borrowKey() {
    const { sync, vault, known } = this;
    if (vault.isSet || known.rosterKey || this.isBorrowing || !sync.canAskKey || !sync.isOnline) return;
    if (Date.now() < this.borrowsFrom) return;
    this.isBorrowing = true;
    this.borrowsFrom = Date.now() + BORROW_EVERY;
    const raw = await this.sync.askKey();
    if (raw) this.known.unlock(await importRosterKey(fromBase64(raw)).catch(() => null));
    this.isBorrowing = false;
  }

  #listen() {
    const { page, sync } = this;
    for (const what of ["pointerdown", "keydown"]) addEventListener(what, () => this.touch(), { capture: true });
    document.addEventListener("visibilitychange", () => this.#look());
    sync.addEventListener("state", () => this.#showQueue());
    sync.addEventListener("ended", () => this.#close("ended"));
    sync.addEventListener("enrolled", ({ detail }) => this.#begin(detail));
    page.part("lock-form").addEventListener("submit", (event) => this.#on(event, () => this.#open()));
    page.part("lock-choose").addEventListener("submit", (event) => this.#on(event, () => this.#choose()));
    page.part("lock-again").addEventListener("click", (event) => this.#on(event, () => this.#enrolAgain()));
    page.part("lock-now").addEventListener("click", () => this.#close("pin"));
    page.part("lock-set").addEventListener("click", () => this.#close("choose"));
    page.part("lock-later").addEventListener("click", () => this.#opened());
    const minutes = page.part("lock-minutes");
    minutes.value = localStorage.getItem(MINUTES) ?? minutes.value;
    minutes.addEventListener("change", () => localStorage.setItem(MINUTES, minutes.value));
  }

  async #enrolAgain() {
    if (!(await this.sync.enrol())) this.#say(this.page.words.lock_again_failed);
  }

  // This browser has become a device anew: an earlier PIN opens nothing any more.
  async #begin(raw) {
    await this.vault.clear();
    this.known.unlock(await importRosterKey(fromBase64(raw)).catch(() => null));
    this.#showSettings();
    if (this.isLocked) this.#opened();
  }

  #look() {
    const idle = Date.now() - this.used;
    if (this.vault.isSet && !this.isLocked && idle > Number(this.page.part("lock-minutes").value) * 60_000) {
      this.#close("pin");
    }
    if (this.mode === "pin") this.#showWait();
  }

  #close(mode) {
    const { page } = this;
    if (mode !== "choose") this.known.lock();
    this.mode = mode;
    const said = mode === "pin" && this.isFresh ? "fresh" : mode;
    this.isFresh = false;
    page.part("lock-title").textContent = page.words[`lock_${said}`];
    page.part("lock-words").textContent = page.words[`lock_${said}_words`];
    page.part("lock-form").hidden = mode !== "pin";
    page.part("lock-forgotten").hidden = mode !== "pin";
    page.part("lock-choose").hidden = mode !== "choose";
    page.part("lock-again").hidden = !((mode === "ended" || mode === "wiped") && this.sync.canAskKey);
    this.#cover(true);
    this.#say("");
    this.#showQueue();
    if (mode === "pin") this.#showWait();
    page.part({ pin: "lock-pin", choose: "lock-new" }[mode] ?? "lock-title").focus();
    this.dispatchEvent(new CustomEvent("closed"));
  }

  #opened() {
    this.mode = null;
    this.touch();
    this.#cover(false);
    for (const name of ["lock-pin", "lock-new", "lock-repeat"]) this.page.part(name).value = "";
    this.dispatchEvent(new CustomEvent("opened"));
  }

  #cover(isCovered) {
    const lock = this.page.part("lock");
    lock.hidden = !isCovered;
    const beside = [...this.page.root.children].filter((one) => one !== lock);
    for (const one of [...beside, ...document.querySelectorAll(".door__top, .door-tabs")]) one.inert = isCovered;
  }

  async #open() {
    const { page, vault } = this;
    const field = page.part("lock-pin");
    const key = await vault.open(field.value);
    field.value = "";
    if (key) {
      this.known.unlock(key);
      this.#opened();
    } else if (vault.isWiped) {
      this.#close("wiped");
    } else {
      this.#say(fill(page.words.lock_wrong, { n: vault.triesLeft }));
      this.#showWait();
      field.focus();
    }
  }

  async #choose() {
    const { page } = this;
    const [pin, again] = [page.part("lock-new").value, page.part("lock-repeat").value];
    if (!isPin(pin)) return this.#say(page.words.lock_form);
    if (pin !== again) return this.#say(page.words.lock_differs);
    const raw = await this.sync.askKey();
    if (!raw) return this.#say(page.words.lock_no_line);
    await this.vault.set(fromBase64(raw), pin);
    this.#showSettings();
    this.#opened();
  }

  // While nobody may try again the button rests, and says for how long.
  #showWait() {
    clearTimeout(this.waiting);
    const { page, vault } = this;
    const seconds = Math.ceil(vault.waitsFor / 1000);
    page.part("lock-open").disabled = seconds > 0;
    page.part("lock-wait").hidden = seconds === 0;
    page.part("lock-wait").textContent = fill(page.words.lock_wait, { n: number(seconds) });
    if (seconds > 0) this.waiting = setTimeout(() => this.#showWait(), 1_000);
  }

  #showQueue() {
    const { page, sync } = this;
    page.part("lock-queue").hidden = sync.waiting === 0;
    page.part("lock-queue").textContent = fill(page.words.lock_queue, { n: number(sync.waiting) });
    if (!this.isLocked) this.borrowKey();
  }

  #showSettings() {
    const { page, vault } = this;
    page.part("lock-set").hidden = vault.isSet || !this.sync.canAskKey;
    page.part("lock-now").hidden = !vault.isSet;
    page.part("lock-idle").hidden = !vault.isSet;
  }

  #say(words) {
    this.page.part("lock-error").textContent = words;
    this.page.part("lock-error").hidden = !words;
  }

  async #on(event, act) {
    event.preventDefault();
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await act();
    } catch {
      this.#say(this.page.words.lock_failed);
    } finally {
      this.isBusy = false;
    }
  }
}
