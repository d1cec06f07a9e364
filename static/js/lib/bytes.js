// Bytes as text and back, and records as the server seals them: AES-256-GCM, the nonce in front.

const NONCE = 12;

export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export const utf8 = (text) => new TextEncoder().encode(text);

/** The opened bytes. Throws when the key is another, or what was sealed is not what it was bound to. */
export async function open(key, sealed, boundTo) {
  const all = fromBase64(sealed);
  const way = { name: "AES-GCM", iv: all.slice(0, NONCE), additionalData: boundTo };
  return new Uint8Array(await crypto.subtle.decrypt(way, key, all.slice(NONCE)));
}
