// Tells the server when the last letter was typed on this device; the server's own time decides all the same.

import { lastTyped } from "./keeper.js";

export function mount(root) {
  const field = root.querySelector('[data-part="written-at"]');
  if (field) field.value = lastTyped(root.dataset.for);
}
