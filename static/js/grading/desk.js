// The marking desk: marks by keyboard or pointer, saved as they are given, never over what another window has saved.

import { postJson } from "../lib/fetch.js";
import { shape } from "../lib/shape.js";
import { clock, decimal, fill } from "../lib/words.js";

const REST = 900; // ms of quiet before a save
const AGAIN = 5000; // ms before a save is tried again

export function mount(root) {
  const word = root.dataset;
  const page = root.closest("main")?.ownerDocument ?? document;
  const parts = [...root.querySelectorAll('[data-part="part"]')];
  const comment = root.querySelector("#comment");
  const version = root.querySelector('[data-part="version"]');
  const saved = page.querySelector('[data-part="saved"]');
  const kept = keeper(`desk:${word.code}`);
  const notes = (part) => part.querySelector("input[type=text], .input--note");
  const markOf = (part) => part.querySelector("input[type=radio]:checked")?.value ?? null;
  const isBegun = () =>
    [...root.querySelectorAll("input[type=radio]")].some((radio) => radio.checked !== radio.defaultChecked) ||
    [comment, ...parts.map(notes)].some((field) => field.value.trim() !== field.defaultValue.trim());

  let timer = null;
  let sending = null;
  let isChanged = false;
  let isStopped = false;

  highlightWith(page);
  for (const part of parts) {
    part.querySelector(".part__head").addEventListener("click", () => open(part));
    part.addEventListener("focusin", () => open(part));
  }
  open(parts.find((part) => part.matches(".part--error")) ?? parts.find((part) => markOf(part) === null) ?? parts[0]);
  if (word.finished) return;

  for (const button of root.querySelectorAll("[data-phrase]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const note = notes(button.closest('[data-part="part"]'));
      const phrase = button.dataset.phrase;
      if (note.value.includes(phrase)) return;
      const joined = note.value ? `${note.value.replace(/[.;\s]+$/, "")}; ${phrase.toLocaleLowerCase("vi")}` : phrase;
      note.value = joined.slice(0, note.maxLength);
      changed();
    });
  }
  const keys = root.querySelector('[data-part="keys"]');
  if (keys) keys.hidden = false;

  restore();
  if (isBegun()) {
    showMarks(); // given while this script was still on its way
    changed();
  }
  root.addEventListener("input", changed);
  root.addEventListener("change", () => {
    showMarks();
    changed();
  });
  root.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (sending) {
      // both would come from one version, and one would be refused
      event.preventDefault();
      sending.then(() => event.target.requestSubmit(event.submitter));
      return;
    }
    isStopped = true; // the form carries everything itself
    kept.drop();
  });
  page.addEventListener("keydown", onKey);
  window.addEventListener("online", () => isChanged && save());
  page.addEventListener("visibilitychange", () => page.visibilityState === "hidden" && isChanged && save(true));

  function open(part) {
    for (const other of parts) other.toggleAttribute("data-open", other === part);
  }

  function entry() {
    const marks = {};
    const said = {};
    for (const part of parts) {
      const mark = markOf(part);
      if (mark !== null) marks[part.dataset.id] = mark;
      if (notes(part).value.trim()) said[part.dataset.id] = notes(part).value;
    }
    return { version: Number(version.value), marks, notes: said, comment: comment.value };
  }

  function showMarks() {
    let total = 0;
    let count = 0;
    for (const part of parts) {
      const mark = markOf(part);
      const place = part.querySelector('[data-part="value"]');
      place.textContent = mark === null ? word.wordUnmarked : fill(` ${word.wordOf}`, { max: decimal(Number(part.dataset.max)) });
      if (mark === null) continue;
      const strong = document.createElement("strong");
      strong.className = "num";
      strong.textContent = decimal(Number(mark));
      place.prepend(strong);
      total += Math.round(Number(mark) * 100);
      count += 1;
    }
    root.querySelector('[data-part="total"]').textContent = decimal(total / 100);
    root.querySelector('[data-part="total-words"]').textContent =
      count === parts.length ? word.wordTotal : fill(word.wordPartial, { count, parts: parts.length });
  }

  function changed() {
    isChanged = true;
    kept.keep(entry());
    clearTimeout(timer);
    timer = setTimeout(save, REST);
  }

  async function save(keepalive = false) {
    clearTimeout(timer);
    if (isStopped) return;
    if (sending) {
      await sending;
      if (isStopped || !isChanged) return;
    }
    isChanged = false;
    say("dot", "quiet", word.wordSaving);
    sending = send(keepalive);
    await sending;
    sending = null;
  }

  async function send(keepalive) {
    try {
      const answer = await postJson(word.saveUrl, entry(), { keepalive });
      version.value = answer.version;
      if (!isChanged) kept.drop();
      say("ring-tick", "ok", fill(word.wordSaved, { time: clock(answer.saved_at) }));
    } catch (error) {
      const over = { 404: word.wordGone, 409: word.wordConflict }[error.status];
      if (over) {
        isStopped = true;
        kept.drop();
        say("hourglass", "warn", over);
        return;
      }
      isChanged = true;
      const isOffline = error.status === 0;
      say(isOffline ? "square-slash" : "octagon-cross", isOffline ? "warn" : "bad", isOffline ? word.wordDevice : word.wordRefused);
      timer = setTimeout(save, AGAIN);
    }
  }

  function say(name, tone, words) {
    const state = document.createElement("span");
    state.className = `state state--${tone}`;
    const text = document.createElement("span");
    text.textContent = words;
    state.append(shape(name, tone), text);
    saved.replaceChildren(state);
  }

  /** What this device kept because no answer came, if it began from the version that the page shows. */
  function restore() {
    const found = kept.read();
    if (!found || found.version !== Number(version.value)) {
      kept.drop();
      return;
    }
    for (const part of parts) {
      const mark = found.marks[part.dataset.id];
      for (const radio of part.querySelectorAll("input[type=radio]")) radio.checked = radio.value === mark;
      notes(part).value = found.notes[part.dataset.id] ?? "";
    }
    comment.value = found.comment;
    showMarks();
    say("square-slash", "warn", word.wordRestored);
    changed();
  }

  function onKey(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      root.querySelector('[data-part="finish"]')?.click();
      return;
    }
    const isTyping = event.target.matches("textarea, input:not([type=radio]), select");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = Number(event.key);
    if (Number.isInteger(at) && at >= 1 && at <= parts.length) {
      event.preventDefault();
      open(parts[at - 1]);
      (parts[at - 1].querySelector("input[type=radio]:checked") ?? parts[at - 1].querySelector("input[type=radio]")).focus();
    } else if (["+", "=", "-", "_", "−"].includes(event.key)) {
      event.preventDefault();
      step(event.key === "+" || event.key === "=" ? 1 : -1);
    }
  }

  function step(by) {
    const part = parts.find((one) => one.hasAttribute("data-open"));
    const radios = [...part.querySelectorAll("input[type=radio]")];
    const now = radios.findIndex((radio) => radio.checked);
    const next = radios[Math.min(radios.length - 1, Math.max(0, now + by))];
    if (!next || next.checked) return;
    next.checked = true;
    next.focus();
    next.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** H marks the selected passage, for this reading alone: it is sent nowhere. */
function highlightWith(page) {
  if (!("highlights" in CSS)) return;
  const marked = new Highlight();
  CSS.highlights.set("grading", marked);
  page.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "h" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("textarea, input:not([type=radio])")) return;
    const selection = page.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const text = page.querySelector('[data-part="text"]');
    const range = selection.getRangeAt(0);
    if (text?.contains(range.commonAncestorContainer)) marked.add(range.cloneRange());
    selection.removeAllRanges();
  });
}

/** Keeps one entry on this device until the server has it. */
function keeper(key) {
  const quietly = (work) => {
    try {
      return work();
    } catch {
      return null; // a browser that keeps nothing: the page works without
    }
  };
  return {
    keep: (entry) => quietly(() => localStorage.setItem(key, JSON.stringify(entry))),
    read: () => quietly(() => JSON.parse(localStorage.getItem(key))),
    drop: () => quietly(() => localStorage.removeItem(key)),
  };
}
