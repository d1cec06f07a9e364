// A part of a page that is asked for again while somebody looks at it. Whoever reads or types in it is left alone.

import { getPage } from "../lib/fetch.js";

const EVERY_MS = 30000;

export function mount(root) {
  const isBusy = () => document.hidden || root.contains(document.activeElement) || document.querySelector("dialog[open]");
  setInterval(async () => {
    if (isBusy()) return;
    try {
      const newer = (await getPage(window.location.href)).getElementById(root.id);
      if (newer && !isBusy() && newer.innerHTML !== root.innerHTML) root.replaceChildren(...newer.childNodes);
    } catch {
      // Without a line, or signed out, the figures stay those of before.
    }
  }, EVERY_MS);
}
