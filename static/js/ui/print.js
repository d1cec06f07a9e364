// A button that prints the page it stands on.

export function mount(root) {
  root.querySelector('[data-part="print"]').addEventListener("click", () => window.print());
}
