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

// A form is sent once: the button says what is going on and a second press is not heard.
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
    if (pressed.dataset.busy) (pressed.querySelector("span") ?? pressed).textContent = pressed.dataset.busy;
  }, 1000);
});

// A page that comes back from the browser's memory may be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const pressed of document.querySelectorAll("[data-waiting]")) delete pressed.dataset.waiting;
});
