// The one script a page names. Everything else is mounted from here, by what stands on the page.

import { mountAll } from "./lib/mount.js";

document.documentElement.classList.add("js");
mountAll();

// Links to drawers and dialogs and busy buttons may stand anywhere, so one listener each serves the page.
document.addEventListener("click", async (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog?.showModal) {
      event.preventDefault();
      const { open } = await import("./ui/dialog.js");
      open(dialog);
    }
    return;
  }
  const figure = event.target.closest("a[data-drawer]");
  if (figure) {
    event.preventDefault();
    const { openDrawer } = await import("./ui/drawer.js");
    openDrawer(figure);
  }
});

// A form is sent once: the button says what is going on, in its own words or in those of any button, and a second press
// is not heard.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "many" in form.dataset) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  const pressed = event.submitter;
  setTimeout(() => {
    if (!pressed) return;
    pressed.dataset.waiting = "";
    const place = pressed.querySelector("span");
    if (!place) return;
    pressed.dataset.label = place.textContent;
    place.textContent = pressed.dataset.busy || document.documentElement.dataset.wordBusy;
  }, 1000);
});

// A page that comes back from the browser's memory may be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const pressed of document.querySelectorAll("[data-waiting]")) {
    delete pressed.dataset.waiting;
    if ("label" in pressed.dataset) pressed.querySelector("span").textContent = pressed.dataset.label;
  }
});
