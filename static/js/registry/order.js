// Puts the rows of a list in another order, by dragging and by keyboard. It only asks: the server decides, its page shows.

import { ask } from "../lib/ask.js";

const KEYS = { ArrowUp: -1, ArrowDown: 1 };

export function mount(root) {
  const rows = [...root.querySelectorAll("tbody tr")];
  const form = (row) => row.querySelector("[data-part=place]");
  let dragged = null;

  function put(row, place) {
    if (place >= 0 && place < rows.length && rows[place] !== row) ask(form(row), { place: place + 1 });
  }

  // Before or after the row under the pointer, told by its middle.
  function isAfter(row, event) {
    const box = row.getBoundingClientRect();
    return event.clientY > box.top + box.height / 2;
  }

  for (const row of rows.filter(form)) {
    row.draggable = true;
    for (const link of row.querySelectorAll("a")) link.draggable = false;
    row.addEventListener("keydown", (event) => {
      if (!event.altKey || !(event.key in KEYS)) return;
      event.preventDefault();
      put(row, rows.indexOf(row) + KEYS[event.key]);
    });
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.textContent.trim());
    });
    row.addEventListener("dragover", (event) => {
      if (!dragged || dragged === row) return;
      event.preventDefault();
      row.dataset.drop = isAfter(row, event) ? "after" : "before";
    });
    row.addEventListener("dragleave", () => delete row.dataset.drop);
    row.addEventListener("dragend", () => (dragged = null));
    row.addEventListener("drop", (event) => {
      if (!dragged || dragged === row) return;
      event.preventDefault();
      delete row.dataset.drop;
      const from = rows.indexOf(dragged);
      const gap = rows.indexOf(row) + (isAfter(row, event) ? 1 : 0);
      put(dragged, from < gap ? gap - 1 : gap);
    });
  }

  // After a step the page shows the row that moved, and the keyboard stays there.
  const moved = location.hash && document.getElementById(location.hash.slice(1))?.closest("tr");
  if (moved) form(moved)?.querySelector("button")?.focus();
}
