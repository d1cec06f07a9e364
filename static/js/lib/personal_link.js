// What somebody pastes whose visit has ended: "/p/…" of a personal link, whatever host it names, for only this server
// is ever asked.

export function personalPath(text) {
  try {
    const { pathname } = new URL(text.trim(), window.location.href);
    return /^\/p\/[A-Za-z0-9._-]+$/.test(pathname) ? pathname : null;
  } catch {
    return null;
  }
}
