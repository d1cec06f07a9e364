// What can be undone stays eight seconds, longer while a hand or the focus is on it.

const STAY = 8000;

export function mount(root) {
  root.classList.add("toast--floating");
  let timer = null;
  const start = () => { timer = setTimeout(() => root.remove(), STAY); };
  const hold = () => clearTimeout(timer);
  root.addEventListener("pointerenter", hold);
  root.addEventListener("pointerleave", start);
  root.addEventListener("focusin", hold);
  root.addEventListener("focusout", start);
  start();
}

/** toast("Đã chuyển Phan Thị Đào về Yên Thành", { undo: "Hoàn tác", onUndo }) */
export function toast(words, { undo, onUndo } = {}) {
  document.querySelector(".toast--floating")?.remove();
  const root = document.createElement("div");
  root.className = "toast";
  root.setAttribute("role", "status");
  const text = document.createElement("span");
  text.className = "toast__words";
  root.append(text);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--on-bar button--small";
    button.textContent = undo;
    button.addEventListener("click", () => { root.remove(); onUndo?.(); });
    root.append(button);
  }
  document.body.append(root);
  text.textContent = words; // after the region stands, so that it is read out
  mount(root);
}
