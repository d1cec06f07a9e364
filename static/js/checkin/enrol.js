// A phone becomes a device of one door: the link's token leaves the address at once, the site is shown, a PIN is chosen,
// and only the button uses the link up. The device makes its own token, so that a lost answer can be asked for again.

import { fromBase64 } from "../lib/bytes.js";
import { AnswerError, postForm } from "../lib/fetch.js";
import { openStore } from "./store.js";
import { isPin, Vault } from "./vault.js";
import { fill, number } from "../lib/words.js";

export function mount(root) {
  const page = new EnrolPage(root);
  page.takeLink();
  addEventListener("hashchange", () => page.takeLink());
}

class EnrolPage {
  constructor(root) {
    this.root = root;
    this.words = Object.fromEntries(
      [...this.part("words").content.querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.textContent]),
    );
    this.token = newToken();
    this.part("ask").addEventListener("submit", (event) => this.#on(event, () => this.#look(this.part("link").value)));
    this.part("choose").addEventListener("submit", (event) => this.#on(event, () => this.#enrol()));
    if (!globalThis.crypto?.subtle || !globalThis.indexedDB) this.#say(this.words.insecure);
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  takeLink() {
    const link = location.hash.slice(1);
    if (!link) return;
    history.replaceState(null, "", location.pathname);
    this.#busily(() => this.#look(link));
  }

  async #look(link) {
    const found = await postForm(this.root.dataset.siteUrl, form({ link }));
    this.link = link;
    this.part("site").textContent = found.site;
    this.part("conference").textContent = `${found.conference} · ${found.day}`;
    this.part("ask").hidden = true;
    this.part("choose").hidden = false;
    this.#tellOfOthers().catch(() => {}); // a browser that keeps nothing has no others
    this.part("pin").focus();
  }

  async #enrol() {
    const pin = this.part("pin").value;
    if (!isPin(pin)) return this.#wrong("pin", this.words.pin_form);
    if (pin !== this.part("again").value) return this.#wrong("again", this.words.pin_differs);
    const store = await openStore();
    const answer = await postForm(this.root.dataset.enrolUrl, form({ link: this.link, token: this.token }));
    const { key, device, label } = answer;
    const earlier = await store.identity(key);
    await new Vault(store, key).set(fromBase64(answer.roster_key), pin);
    await store.dropRoster(key); // sealed for another device
    const { site, door } = answer;
    await store.saveIdentity(key, { token: this.token, device, label, site, address: door, seq: earlier?.seq ?? 0 });
    sessionStorage.setItem("door-fresh", "yes"); // so that the lock says why it asks for the PIN at once
    location.replace(door);
  }

  // A phone that counts somewhere already keeps that door, and everything it has not sent yet.
  async #tellOfOthers() {
    const others = await (await openStore()).others();
    if (!others.length) return;
    const waiting = others.reduce((all, one) => all + one.waiting, 0);
    const said = [fill(this.words.others, { sites: others.map((one) => one.site).join(", ") })];
    if (waiting) said.push(fill(this.words.others_waiting, { n: number(waiting) }));
    this.part("others").textContent = said.join(" ");
    this.part("others").hidden = false;
  }

  #wrong(name, words) {
    this.part(name).value = "";
    this.part(name).focus();
    this.#say(words);
  }

  #on(event, act) {
    event.preventDefault();
    this.#busily(act);
  }

  async #busily(act) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.#say("");
    for (const button of this.root.querySelectorAll("button")) button.disabled = true;
    try {
      await act();
    } catch (error) {
      const isAnswered = error instanceof AnswerError && error.status !== 0;
      this.#say(isAnswered ? error.message : error instanceof AnswerError ? this.words.no_line : this.words.insecure);
    } finally {
      this.isBusy = false;
      for (const button of this.root.querySelectorAll("button")) button.disabled = false;
    }
  }

  #say(words) {
    this.part("error").textContent = words;
    this.part("error").hidden = !words;
  }
}

function form(values) {
  const filled = new FormData();
  for (const [name, value] of Object.entries(values)) filled.set(name, value);
  return filled;
}

// 256 random bits.
function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
