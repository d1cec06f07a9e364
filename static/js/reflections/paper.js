// The paper on the page: what is typed in it, put into it, and counted in it.

import { setMeter } from "../lib/shape.js";
import { fill, number } from "../lib/words.js";
import { countWords } from "./count.js";

const FIELDS = ["what", "due", "measure"];
const MOST_COMMITMENTS = 30;
const isBlank = (one) => FIELDS.every((name) => !one[name].trim());
const lines = (text) => text.replace(/\r\n?/g, "\n");

/** The same text, however its lines end: a text box knows only one kind of line end. */
export const sameText = (one, other) => lines(one ?? "") === lines(other ?? "");

export function sameCommitments(one, other) {
  const [left, right] = [one.filter((item) => !isBlank(item)), other.filter((item) => !isBlank(item))];
  return left.length === right.length && left.every((item, place) => FIELDS.every((name) => sameText(item[name], right[place][name])));
}

export function sameContent(one, other) {
  const ids = new Set([...Object.keys(one.parts), ...Object.keys(other.parts)]);
  return [...ids].every((id) => sameText(one.parts[id], other.parts[id])) && sameCommitments(one.commitments, other.commitments);
}

export function paper(root, words) {
  const sections = new Map([...root.querySelectorAll("[data-edited]")].map((section) => [section.dataset.edited, section]));
  const list = root.querySelector('[data-part="list"]');
  const grows = CSS.supports("field-sizing", "content");
  const text = (section) => section.querySelector(".part__text");
  const cards = () => [...(list?.querySelectorAll("[data-commitment]") ?? [])];
  const readCard = (card) => Object.fromEntries(FIELDS.map((name) => [name, card.querySelector(`[data-field=${name}]`).value]));

  function fit(area) {
    if (grows) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  function addCard(values = null) {
    if (cards().length >= MOST_COMMITMENTS) return null;
    const holder = document.createElement("div");
    holder.innerHTML = root.querySelector('[data-part="card"]').innerHTML.replaceAll("commitment-N-", `commitment-${cards().length}-`);
    const card = holder.firstElementChild;
    for (const name of FIELDS) card.querySelector(`[data-field=${name}]`).value = values?.[name] ?? "";
    list.append(card);
    return card;
  }

  function read() {
    return {
      parts: Object.fromEntries([...sections].map(([id, section]) => [id, text(section).value])),
      commitments: cards().map(readCard).filter((one) => !isBlank(one)),
    };
  }

  function writeCommitments(commitments) {
    if (!list) return;
    list.replaceChildren();
    for (const one of commitments) addCard(one);
    if (!commitments.length) addCard();
  }

  function write(content) {
    for (const [id, section] of sections) text(section).value = content.parts[id] ?? "";
    writeCommitments(content.commitments);
    show();
  }

  function show() {
    let total = 0;
    for (const [id, section] of sections) {
      const area = text(section);
      fit(area);
      const count = countWords(area.value);
      total += count;
      section.querySelector('[data-part="part-words"]').textContent = fill(words.words, { n: number(count) });
      const isHere = section.contains(document.activeElement);
      let note = count ? fill(isHere ? words.writing_here : words.words, { n: number(count) }) : words.unwritten;
      if ("takesCommitments" in section.dataset) note = commitmentNote(note, count);
      for (const rung of root.querySelectorAll(`[data-rung="${id}"]`)) {
        rung.querySelector('[data-part="note"]').textContent = note;
        rung.dataset.state = isHere ? "now" : count || (section.contains(list) && read().commitments.length) ? "done" : "todo";
      }
    }
    for (const card of cards()) {
      const one = readCard(card);
      for (const name of FIELDS) total += countWords(one[name]);
      card.querySelector('[data-part="ask"]').hidden = isBlank(one) || Boolean(one.measure.trim());
      card.querySelectorAll("textarea").forEach(fit);
    }
    for (const place of root.querySelectorAll('[data-part="words"]')) place.textContent = number(total);
    setMeter(root.querySelector('[data-part="meter"]'), total, Number(root.dataset.most));
  }

  function commitmentNote(note, count) {
    const written = read().commitments;
    if (!written.length) return note;
    const unmeasured = written.filter((one) => !one.measure.trim()).length;
    const said = [fill(words.tasks, { n: written.length })];
    if (count) said.unshift(note);
    if (unmeasured) said.push(fill(words.unmeasured, { n: unmeasured }));
    return said.join(", ");
  }

  return { sections, list, text, read, write, writeCommitments, show, addCard };
}

// What comes from Word carries signs that nobody sees or that no font has.
export function cleanPaste(pasted) {
  return lines(pasted)
    .replace(/[\v\f\u2028\u2029]/g, "\n")
    .replace(/[\xa0\u202f]/g, " ")
    .replace(/[\xad\u200b\u200e\u200f\u2060\ufeff\0]/g, "")
    .replace(/[\uf0a7\uf0b7\uf0d8\uf0fc]\t?\s*/g, "- ")
    .replace(/[ \t]+\n/g, "\n")
    .replace(/\n{3,}/g, "\n\n");
}

export function pasteClean(event) {
  const area = event.target.closest("textarea");
  const pasted = event.clipboardData?.getData("text/plain");
  if (!area || !pasted) return;
  event.preventDefault();
  const cleaned = cleanPaste(pasted);
  // The old command alone keeps the writer's undo.
  if (!document.execCommand("insertText", false, cleaned)) {
    area.setRangeText(cleaned, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
