// Copies a prepared text; without the clipboard's permission the text is selected for the person's own hand.

export function mount(root) {
  const text = root.querySelector("[data-part=text]");
  const button = root.querySelector("[data-part=copy]");
  const said = root.querySelector("[data-part=said]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = root.dataset.wordDone;
    } catch {
      text.focus(); // selected: Ctrl+C, or the phone's own menu
    }
  });
}
