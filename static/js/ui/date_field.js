// A calendar button beside a date written as dd/mm/yyyy. What was typed stays; the calendar only fills it in.

import { icon } from "../lib/shape.js";

const toText = (iso) => iso.split("-").reverse().join("/");
const toIso = (text) => {
  const found = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text.trim());
  return found ? `${found[3]}-${found[2].padStart(2, "0")}-${found[1].padStart(2, "0")}` : "";
};

export function mount(root) {
  const field = root.querySelector("input");
  const calendar = document.createElement("input");
  if (!("showPicker" in calendar)) return;
  calendar.type = "date";
  calendar.className = "visually-hidden";
  calendar.tabIndex = -1;
  calendar.setAttribute("aria-hidden", "true");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--plain button--icon";
  button.setAttribute("aria-label", root.dataset.wordOpen);
  button.append(icon("calendar"));
  button.addEventListener("click", () => {
    calendar.value = toIso(field.value);
    calendar.showPicker();
  });
  calendar.addEventListener("change", () => {
    if (!calendar.value) return;
    field.value = toText(calendar.value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
  root.append(button, calendar);
}
