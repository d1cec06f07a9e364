// A scanner that types: many keys in a moment, then Enter. It works on every tab, with a Vietnamese input method
// on, because a ticket is digits only and keys are read by what they are, not by what is composed from them.

const GAP = 700; // ms between keys, by the keyboard's time: a busy phone hands them on late
const SHORTEST = 20;

export function listenToWedge(heard) {
  let digits = "";
  let last = 0;
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const now = event.timeStamp;
      if (now - last > GAP) digits = "";
      last = now;
      const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] ?? (/^[0-9]$/.test(event.key) ? event.key : null);
      if (digit !== null) {
        digits += digit;
        return;
      }
      const ends = event.key === "Enter" || event.code === "Enter" || event.code === "NumpadEnter";
      if (ends && digits.length >= SHORTEST) {
        event.preventDefault();
        event.stopImmediatePropagation();
        const field = document.activeElement;
        if (field instanceof HTMLInputElement) field.value = "";
        heard(digits);
        digits = "";
      }
    },
    { capture: true },
  );
}
