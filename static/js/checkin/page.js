// The door's page: its parts, its words, and the two places where it speaks to the host in passing.

const FLASH = 4_000;

export class Page {
  constructor(root) {
    this.root = root;
    const said = [...root.querySelectorAll("template")].flatMap((one) => [...one.content.querySelectorAll("[data-word]")]);
    this.words = Object.fromEntries(said.map((one) => [one.dataset.word, one.textContent]));
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`) ?? document.querySelector(`[data-part="${name}"]`);
  }

  // What can't be helped while this page is open; no lesser word takes its place.
  warnForGood(words) {
    this.note("bad", words);
    this.isWarned = true;
  }

  // What stays until it is no longer so; null takes it away.
  note(kind, words = "") {
    if (this.isWarned) return;
    const note = this.part("note");
    note.hidden = kind === null;
    if (kind === null || note.dataset.words === words) return;
    note.dataset.words = words;
    note.className = `door-note door-note--${kind}`;
    note.textContent = words;
  }

  // What is said once, below the camera's picture; without one, in its place.
  flash(words) {
    const place = this.part(this.part("camera-off")?.hidden === false ? "camera-off-words" : "hint");
    place.dataset.usual ??= place.textContent;
    place.textContent = words;
    clearTimeout(this.flashed);
    this.flashed = setTimeout(() => {
      place.textContent = place.dataset.usual;
      delete place.dataset.usual;
    }, FLASH);
  }
}
