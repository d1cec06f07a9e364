// The door's page: its parts, its words, and the two places where it speaks to the host in passing.

const FLASH = 2_500;

export class Page {
  constructor(root) {
    this.root = root;
    this.words = Object.fromEntries(
      [...this.part("words").content.querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.textContent]),
    );
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`) ?? document.querySelector(`[data-part="${name}"]`);
  }

  // What stays until it is no longer so; null takes it away.
  note(kind, words = "") {
    const note = this.part("note");
    note.hidden = kind === null;
    if (kind === null || note.dataset.words === words) return;
    note.dataset.words = words;
    note.className = `door-note door-note--${kind}`;
    note.textContent = words;
  }

  // What is said once, below the camera's picture.
  flash(words) {
    const hint = this.part("hint");
    hint.textContent = words;
    clearTimeout(this.flashed);
    this.flashed = setTimeout(() => (hint.textContent = this.words.hint), FLASH);
  }
}
