// A print button, which only a script can offer.

export function mount(root) {
  for (const button of root.querySelectorAll("button")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
