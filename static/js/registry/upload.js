// Lists may be dropped anywhere on the form; the names of what was chosen are said before it is sent.

import { fill, number } from "../lib/words.js";

export function mount(root) {
  const field = root.querySelector("input[type=file]");
  const chosen = root.querySelector('[data-part="chosen"]');

  function say() {
    const names = [...field.files].map((file) => file.name);
    const more = names.length > 8 ? "…" : "";
    chosen.textContent = names.length
      ? [fill(root.dataset.wordChosen, { n: number(names.length) }), ...names.slice(0, 8), more].filter(Boolean).join("\n")
      : "";
  }

  field.addEventListener("change", say);
  for (const kind of ["dragenter", "dragover"]) {
    root.addEventListener(kind, (event) => {
      event.preventDefault();
      root.dataset.over = "";
    });
  }
  root.addEventListener("dragleave", (event) => {
    if (!root.contains(event.relatedTarget)) delete root.dataset.over;
  });
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    delete root.dataset.over;
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    say();
  });
}
