// A form that came back begins at its list of faults; each link goes to the field itself, and opens the dialog it is in.

import { open } from "./dialog.js";

export function mount(root) {
  root.focus();
  root.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!field) return;
    event.preventDefault();
    const target = field.matches("fieldset") ? field.querySelector("input") ?? field : field;
    const dialog = field.closest("dialog");
    if (dialog && !dialog.open) open(dialog);
    field.closest(".field, .choice-field")?.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  });
}
