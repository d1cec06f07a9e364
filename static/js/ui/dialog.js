// A question before something large: focus begins on the safe button, Escape closes, focus goes back.

export function open(dialog) {
  dialog.showModal();
  const safe = dialog.querySelector("[data-closes]");
  const field = dialog.querySelector("input:not([type=hidden]), select, textarea");
  (field ?? safe)?.focus();
}

export function mount(root) {
  root.addEventListener("click", (event) => {
    if (event.target === root || event.target.closest("[data-closes]")) {
      event.preventDefault();
      root.close();
    }
  });
  if (location.hash === `#${root.id}` && root.showModal) {
    history.replaceState(null, "", location.pathname + location.search);
    open(root);
  }
}
