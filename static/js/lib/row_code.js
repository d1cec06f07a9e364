// The small code of a printed row: the same format as conference/registry/row_codes.py.

const FORMAT = "2";
const DIGITS = 21;

// {conference, attendee}, or null for anything else.
export function readRowCode(text) {
  if (text.length !== DIGITS || !/^[0-9]+$/.test(text) || text[0] !== FORMAT || BigInt(text) % 97n !== 1n) return null;
  return { conference: Number(text.slice(1, 9)), attendee: Number(text.slice(9, 19)) };
}
