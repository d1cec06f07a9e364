// The roster key under a PIN. A key that can't leave this browser takes part, so that a copied database is no use for
// trying PINs elsewhere. Wrong tries are counted on the disk before they are tried: a reload forgives none.

import { utf8 } from "../lib/bytes.js";

const ROUNDS = 600_000;
const MOST_TRIES = 10;
const FREE_TRIES = 3;
const FIRST_DELAY = 5_000;
const PIN = /^[0-9]{4,8}$/;

export const isPin = (text) => PIN.test(text);

/** Ready to use, and never to be read again. */
export const importRosterKey = (raw) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);

/** What is to be kept of this key: useless without the PIN. */
export async function lockAway(raw, pin) {
  const pepper = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const key = await keyOf(pin, { pepper, salt, rounds: ROUNDS });
  const wrapped = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, raw));
  return { pepper, salt, rounds: ROUNDS, iv, wrapped, tries: 0, until: 0 };
}

async function keyOf(pin, { pepper, salt, rounds }) {
  const peppered = await crypto.subtle.sign("HMAC", pepper, utf8(pin));
  const material = await crypto.subtle.importKey("raw", peppered, "PBKDF2", false, ["deriveKey"]);
  const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return crypto.subtle.deriveKey(way, material, { name: "AES-GCM", length: 256 }, false, ["decrypt", "encrypt", "unwrapKey"]);
}

/** How long after the n-th wrong try nobody may try again, in ms. */
export const delayAfter = (tries) => (tries < FREE_TRIES ? 0 : FIRST_DELAY * 2 ** (tries - FREE_TRIES));

export class Vault {
  constructor(store, door) {
    Object.assign(this, { store, door });
    this.kept = null;
  }

  async load() {
    this.kept = (await this.store.vault(this.door)) ?? null;
  }

  get isSet() {
    return this.kept !== null;
  }

  /** Ten wrong tries: the key is gone, and only enrolling again brings names back. */
  get isWiped() {
    return this.isSet && !this.kept.wrapped;
  }

  get triesLeft() {
    return MOST_TRIES - this.kept.tries;
  }

  get waitsFor() {
    return Math.max(0, this.kept.until - Date.now());
  }

  async set(raw, pin) {
    await this.#keep(await lockAway(raw, pin));
  }

  async clear() {
    this.kept = null;
    await this.store.dropVault(this.door);
  }

  /** The roster key, unreadable, or null for a wrong PIN and while nobody may try. */
  async open(pin) {
    if (this.isWiped || this.waitsFor > 0) return null;
    const tries = this.kept.tries + 1;
    const counted = { ...this.kept, tries, until: Date.now() + delayAfter(tries) };
    await this.#keep(counted);
    const { iv, wrapped } = counted;
    try {
      const key = await keyOf(pin, counted);
      const opened = await crypto.subtle.unwrapKey("raw", wrapped, key, { name: "AES-GCM", iv }, "AES-GCM", false, ["decrypt"]);
      await this.#keep({ ...counted, tries: 0, until: 0 });
      return opened;
    } catch (error) {
      if (error.name !== "OperationError") throw error;
      if (tries >= MOST_TRIES) await this.#keep({ tries, until: 0 });
      return null;
    }
  }

  async #keep(kept) {
    await this.store.saveVault(this.door, kept);
    this.kept = kept;
  }
}
