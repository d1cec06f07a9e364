// Ed25519 verification: WebCrypto where the browser has it, otherwise the curve by hand (RFC 8032). Cheap phones
// with an old browser must read tickets too; the slow path takes some tens of milliseconds.

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a) => ((a % P) + P) % P;

function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}

const inverse = (a) => power(a, P - 2n);
const D = mod(-121665n * inverse(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

function littleEndian(bytes) {
  let number = 0n;
  for (let place = bytes.length - 1; place >= 0; place -= 1) number = (number << 8n) | BigInt(bytes[place]);
  return number;
}

// Points in extended coordinates [X, Y, Z, T].
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function multiply(point, factor) {
  let result = [0n, 1n, 1n, 0n];
  for (let p = point, n = factor; n > 0n; n >>= 1n, p = add(p, p)) if (n & 1n) result = add(result, p);
  return result;
}

function decodePoint(bytes) {
  const copy = bytes.slice();
  const sign = copy[31] >> 7;
  copy[31] &= 127;
  const y = littleEndian(copy);
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
  if (mod(v * x * x) === mod(-u)) x = mod(x * ROOT_OF_MINUS_ONE);
  else if (mod(v * x * x) !== u) return null;
  if (x === 0n && sign === 1) return null;
  if (Number(x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

const BASE = decodePoint(
  Uint8Array.from([0x58, ...new Array(31).fill(0x66)]),
);

export async function verifyByHand(publicKey, signature, message) {
  const a = decodePoint(publicKey);
  const r = decodePoint(signature.slice(0, 32));
  const s = littleEndian(signature.slice(32));
  if (a === null || r === null || s >= L) return false;
  const hashed = new Uint8Array([...signature.slice(0, 32), ...publicKey, ...message]);
  const k = littleEndian(new Uint8Array(await crypto.subtle.digest("SHA-512", hashed))) % L;
  const left = multiply(BASE, s);
  const right = add(r, multiply(a, k));
  return mod(left[0] * right[2]) === mod(right[0] * left[2]) && mod(left[1] * right[2]) === mod(right[1] * left[2]);
}

function rawKey(key) {
  const text = atob(key.x.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

const imported = new Map();

function importKey(key) {
  if (!imported.has(key.x)) {
    const pending = crypto.subtle
      .importKey("raw", rawKey(key), { name: "Ed25519" }, false, ["verify"])
      .catch(() => null);
    imported.set(key.x, pending);
  }
  return imported.get(key.x);
}

// key: a published JSON Web Key.
export async function verify(key, signature, message) {
  const native = await importKey(key);
  if (native === null) return verifyByHand(rawKey(key), signature, message);
  return crypto.subtle.verify({ name: "Ed25519" }, native, signature, message);
}
