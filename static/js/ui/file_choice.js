// Choosing files in the words of the page: the browser's own control, which stands there until this is mounted, speaks
// the browser's language. Files may also be dropped anywhere on the form.

import { fill, number } from "../lib/words.js";

const MOST_NAMES = 8;

export function mount(root) {
  const words = JSON.parse(root.dataset.words);
  const field = root.querySelector("input");
  const button = root.querySelector('[data-part="choose"]');
  const chosen = root.querySelector('[data-part="chosen"]');
  const dropped = field.form ?? root;

  function say(sentence, isMissing = false) {
    chosen.textContent = sentence;
    chosen.classList.toggle("file-choice__chosen--missing", isMissing);
  }

  function show() {
    const names = [...field.files].map((file) => file.name);
    const some = names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), "…"] : names;
    say((names.length > 1 ? [fill(words.several, { n: number(names.length) }), ...some] : some).join("\n") || words.none);
  }

  takePlaceOf(field, button, chosen);
  show();
  button.addEventListener("click", () => field.click());
  field.addEventListener("change", show);
  field.form?.addEventListener("reset", () => setTimeout(show));
  field.addEventListener("invalid", (event) => {
    event.preventDefault(); // what the browser would say, it would say in its own language
    say(words.missing, true);
    button.focus();
  });
  for (const kind of ["dragenter", "dragover"]) {
    dropped.addEventListener(kind, (event) => {
      event.preventDefault();
      dropped.dataset.over = "";
    });
  }
  dropped.addEventListener("dragleave", (event) => {
    if (!dropped.contains(event.relatedTarget)) delete dropped.dataset.over;
  });
  dropped.addEventListener("drop", (event) => {
    event.preventDefault();
    delete dropped.dataset.over;
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

/** The button is what is seen, reached and read out; the field keeps the files and leads to it. */
function takePlaceOf(field, button, chosen) {
  const label = field.labels[0];
  if (label) {
    label.id ||= `${field.id}-label`;
    label.htmlFor = button.id;
    button.setAttribute("aria-labelledby", `${label.id} ${button.id}`);
  }
  const described = [field.getAttribute("aria-describedby"), chosen.id];
  button.setAttribute("aria-describedby", described.filter(Boolean).join(" "));
  field.className = "visually-hidden";
  field.tabIndex = -1;
  field.setAttribute("aria-hidden", "true");
  field.addEventListener("focus", () => button.focus());
  button.hidden = chosen.hidden = false;
}
