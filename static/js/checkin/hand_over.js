// The last resort of a device that finds no line: what it still holds, as a file, or as codes from screen to screen.
// Whoever takes it delivers it as this device's scans. The ids make it harmless to deliver twice, so nothing is
// deleted here before the server itself has answered.

const FORMAT = "diem-cau-queue";
const PREFIX = "DCQ1";
const PART = /^DCQ1 ([0-9a-f]{8}) (\d{1,3}) (\d{1,3}) ([A-Za-z0-9+/=]+)$/;
const PART_LENGTH = 620; // letters a code: still read from the screen of a cheap phone
const MOST_PARTS = 400;

export const isHandOver = (text) => text.startsWith(`${PREFIX} `);

// The document: items as text, so that its hash is that of exactly these bytes.
export async function documentOf({ items, door, identity }) {
  const [conference, site] = door.split(":").map(Number);
  const text = JSON.stringify(items);
  return {
    format: FORMAT,
    version: 1,
    conference,
    site,
    device: identity?.device ?? null,
    label: identity?.label ?? "",
    made_at: new Date().toISOString(),
    sha256: await hashOf(text),
    items: text,
  };
}

// { device, label, items }, or null for what is no whole document of this door.
export async function readDocument(sent, door) {
  const [conference, site] = door.split(":").map(Number);
  if (sent?.format !== FORMAT || sent.version !== 1 || typeof sent.items !== "string") return null;
  if (sent.conference !== conference || sent.site !== site || !Number.isInteger(sent.device)) return null;
  if ((await hashOf(sent.items)) !== sent.sha256) return null;
  try {
    const items = JSON.parse(sent.items);
    const isWhole = Array.isArray(items) && items.every((one) => typeof one?.id === "string");
    return isWhole ? { device: sent.device, label: String(sent.label), items } : null;
  } catch {
    return null;
  }
}

// The texts of the codes, to be shown one after the other, round and round.
export async function partsOf(sent) {
  const packed = await squeezed(JSON.stringify(sent), new CompressionStream("gzip"));
  const letters = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""));
  const transfer = sent.sha256.slice(0, 8);
  const count = Math.ceil(letters.length / PART_LENGTH);
  return Array.from({ length: count }, (_, place) => {
    const part = letters.slice(place * PART_LENGTH, (place + 1) * PART_LENGTH);
    return `${PREFIX} ${transfer} ${place + 1} ${count} ${part}`;
  });
}

// Gathers the codes of one document, in whatever order they are seen.
export class Gathering {
  constructor() {
    this.transfer = null;
    this.parts = new Map();
  }

  // { have, of, sent }: sent is the document once all of it was seen; null when this is no part of one.
  async add(text) {
    const found = PART.exec(text);
    if (!found) return null;
    const [, transfer, place, count, letters] = found;
    const [at, of] = [Number(place), Number(count)];
    if (!(at >= 1 && at <= of && of <= MOST_PARTS)) return null;
    if (this.transfer !== transfer || this.of !== of) {
      Object.assign(this, { transfer, of, parts: new Map() });
    }
    this.parts.set(at, letters);
    const sent = this.parts.size === of ? await this.#whole() : null;
    return { have: this.parts.size, of, sent };
  }

  async #whole() {
    const letters = Array.from({ length: this.of }, (_, place) => this.parts.get(place + 1)).join("");
    this.transfer = null;
    try {
      const packed = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
      return JSON.parse(new TextDecoder().decode(await squeezed(packed, new DecompressionStream("gzip"))));
    } catch {
      return null;
    }
  }
}

async function hashOf(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function squeezed(content, stream) {
  return new Uint8Array(await new Response(new Blob([content]).stream().pipeThrough(stream)).arrayBuffer());
}
