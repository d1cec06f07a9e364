// Reads the digits of a ticket without a network: the same format as conference/registry/tickets.py.

const FORMAT = 1;
const DIGITS = 188;
const BODY_BYTES = 14;
const ALL_BYTES = 78;
const MALFORMED = Object.freeze({ fault: "malformed" });
const FORGED = Object.freeze({ fault: "forged" });

export function bytesOf(text) {
  if (text.length !== DIGITS || !/^[0-9]+$/.test(text)) return null;
  let rest = BigInt(text);
  const bytes = new Uint8Array(ALL_BYTES);
  for (let place = ALL_BYTES - 1; place >= 0; place -= 1) {
    bytes[place] = Number(rest & 255n);
    rest >>= 8n;
  }
  return rest === 0n ? bytes : null;
}

// What the ticket says, unchecked; null when it is no ticket.
export function claimOf(bytes) {
  if (bytes === null || bytes[0] !== FORMAT) return null;
  const number = (from, length) => bytes.slice(from, from + length).reduce((sum, byte) => sum * 256 + byte, 0);
  return {
    key: bytes[1],
    conference: number(2, 3),
    attendee: number(5, 4),
    site: number(9, 3),
    issue: number(12, 2),
  };
}

// A reader that knows the published keys: text -> {attendee, conference, site, issue} or {fault}.
// checkSignature(key, signature, body) -> Promise<boolean>; ed25519.js offers one with a fallback.
export function ticketReader(keys, checkSignature) {
  const known = new Map(keys.map((key) => [Number(key.kid), key]));
  return async function read(text) {
    const bytes = bytesOf(text);
    const claim = claimOf(bytes);
    if (claim === null) return MALFORMED;
    const key = known.get(claim.key);
    if (key === undefined) return FORGED;
    const isOurs = await checkSignature(key, bytes.slice(BODY_BYTES), bytes.slice(0, BODY_BYTES));
    if (!isOurs) return FORGED;
    return { attendee: claim.attendee, conference: claim.conference, site: claim.site, issue: claim.issue };
  };
}
