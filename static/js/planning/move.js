// Moves items of the agenda by dragging and by keyboard. It only asks: the server decides, and its page shows.

import { ask } from "../lib/ask.js";

const SNAP = 5; // minutes
const KEYS = { ArrowUp: ["up", "earlier"], ArrowDown: ["down", "later"] };

export function moveItems(root) {
  for (const item of root.querySelectorAll("[data-part=item]")) {
    const form = item.querySelector("[data-part=move]");
    if (!form) continue;
    item.addEventListener("keydown", (event) => {
      const steps = event.altKey && KEYS[event.key];
      if (!steps) return;
      event.preventDefault();
      ask(form, { how: steps[event.shiftKey ? 1 : 0] });
    });
    drag(item, form);
  }
  // After a step the page shows the item that moved, and the keyboard stays there.
  document.getElementById(location.hash.slice(1))?.querySelector("a")?.focus();
}

function drag(item, form) {
  const scale = item.closest("[data-part=scale]");
  let grabbed = 0;
  item.draggable = true;
  for (const link of item.querySelectorAll("a")) link.draggable = false;
  item.addEventListener("dragstart", (event) => {
    grabbed = event.clientY - item.getBoundingClientRect().top;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", item.id);
    scale.dataset.dragging = item.id;
  });
  item.addEventListener("dragend", () => delete scale.dataset.dragging);
  scale.addEventListener("dragover", (event) => {
    if (scale.dataset.dragging === item.id) event.preventDefault();
  });
  scale.addEventListener("drop", (event) => {
    if (scale.dataset.dragging !== item.id) return;
    event.preventDefault();
    const box = scale.getBoundingClientRect();
    const minute = ((event.clientY - grabbed - box.top) / box.height) * Number(scale.dataset.minutes);
    ask(form, { how: "place", starts_at: hourAt(scale.dataset.begins, Math.round(minute / SNAP) * SNAP) });
  });
}

function hourAt(begins, minutes) {
  const [hour, minute] = begins.split(":").map(Number);
  const whole = Math.min(Math.max(hour * 60 + minute + minutes, 0), 24 * 60 - SNAP);
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}
