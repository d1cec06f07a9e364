// Who the people of a roster are. Their names lie sealed on this device: each opens by the ticket that is shown, all of
// them by the roster key, which is in memory only while the device is unlocked. conference/checkin/sealing.py seals.

import { fromBase64, open, utf8 } from "../lib/bytes.js";

const KEY = 32;
const OF_A_RECORD = utf8("diem-cau record");
const AES = { name: "AES-GCM", length: 256 };

export class Names {
  constructor(roster) {
    this.lines = roster.people.filter((line) => line.sealed !== null); // none once the door is closed for good
    this.salt = fromBase64(roster.salt);
    this.keys = roster.record_keys;
  }

  /** {name, position, unit, seat} of this line by the digits of its ticket; null when they don't open it. */
  async ofTicket(line, digits) {
    try {
      const material = await crypto.subtle.importKey("raw", utf8(digits), "HKDF", false, ["deriveKey"]);
      const way = { name: "HKDF", hash: "SHA-256", salt: this.salt, info: OF_A_RECORD };
      const key = await crypto.subtle.deriveKey(way, material, AES, false, ["decrypt"]);
      return await record(key, line);
    } catch {
      return null; // an older ticket, a number that was typed, or a browser without WebCrypto
    }
  }

  /** Everybody by number. Throws when the roster key is that of another device. */
  async all(rosterKey) {
    const keys = await open(rosterKey, this.keys, this.salt);
    const opened = await Promise.all(
      this.lines.map(async (line, place) => {
        const raw = keys.slice(place * KEY, (place + 1) * KEY);
        const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
        return [line.number, await record(key, line)];
      }),
    );
    return new Map(opened);
  }
}

async function record(key, line) {
  const opened = await open(key, line.sealed, utf8(String(line.number)));
  return JSON.parse(new TextDecoder().decode(opened));
}
