// Two versions: each part that differs shows the other text beside it, and the writer decides. Nothing is chosen here.

import { clock } from "../lib/words.js";
import { sameCommitments, sameText } from "./paper.js";

/** Shows what differs. Returns false when nothing does. */
export function showOther(root, sheet, other) {
  clearOther(root);
  const mine = sheet.read();
  let differs = false;
  for (const [id, section] of sheet.sections) {
    const theirs = other.parts[id] ?? "";
    if (sameText(mine.parts[id], theirs)) continue;
    differs = true;
    const area = sheet.text(section);
    const block = makeBlock(root, other.saved_at, theirs);
    const change = (value) => {
      area.value = value;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    };
    block.querySelector('[data-part="take"]').addEventListener("click", () => change(theirs));
    block.querySelector('[data-part="append"]').addEventListener("click", () => change(`${area.value.trimEnd()}\n\n${theirs}`));
    section.querySelector(".part__texts").append(block);
  }
  if (sheet.list && !sameCommitments(mine.commitments, other.commitments)) {
    differs = true;
    const listed = other.commitments.map((one) => `${one.what} · ${one.due} · ${one.measure}`).join("\n");
    const block = makeBlock(root, other.saved_at, listed);
    const change = (commitments) => {
      sheet.writeCommitments(commitments);
      sheet.list.dispatchEvent(new Event("input", { bubbles: true }));
    };
    block.querySelector('[data-part="take"]').addEventListener("click", () => change(other.commitments));
    block.querySelector('[data-part="append"]').addEventListener("click", () => change([...sheet.read().commitments, ...other.commitments]));
    sheet.list.after(block);
  }
  return differs;
}

function makeBlock(root, savedAt, text) {
  const block = root.querySelector('[data-part="other"]').content.firstElementChild.cloneNode(true);
  block.dataset.other = "";
  block.querySelector('[data-part="other-hour"]').textContent = savedAt ? clock(savedAt) : "";
  block.querySelector('[data-part="other-text"]').textContent = text;
  return block;
}

export function clearOther(root) {
  for (const block of root.querySelectorAll("[data-other]")) block.remove();
}
