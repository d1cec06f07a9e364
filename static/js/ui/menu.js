// A details element that behaves as a menu: Escape and a touch elsewhere close it.

export function mount(root) {
  const close = () => { root.open = false; };
  document.addEventListener("click", (event) => {
    if (root.open && !root.contains(event.target)) close();
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !root.open) return;
    close();
    root.querySelector("summary").focus();
  });
}
