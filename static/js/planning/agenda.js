// Draws a programme to scale: minutes become lengths, items at the same time stand side by side. The scale grows until
// every item shows its words. Without it the programme is a list in the same order; on a phone it stays one.

import { moveItems } from "./move.js";

const LEAST = 2.2; // px a minute
const MOST = 4;
const LINE = 15; // items up to so many minutes have one line
const LINE_HEIGHT = 27;

export function mount(root) {
  for (const scale of root.querySelectorAll("[data-part=scale]")) {
    scale.style.setProperty("--minutes", scale.dataset.minutes);
    for (const placed of scale.querySelectorAll("[data-top]")) {
      for (const name of ["top", "length", "lane", "lanes"]) {
        if (name in placed.dataset) placed.style.setProperty(`--${name}`, placed.dataset[name]);
      }
      if (placed.dataset.length && Number(placed.dataset.length) <= LINE) placed.dataset.size = "line";
    }
  }
  root.dataset.drawn = "";
  moveItems(root);
  let width = 0;
  new ResizeObserver(() => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    fit(root);
  }).observe(root);
}

function fit(root) {
  root.style.setProperty("--agenda-minute", `${LEAST}px`);
  let minute = LEAST;
  for (const item of root.querySelectorAll("[data-part=item]")) {
    const lacks = item.scrollHeight > item.clientHeight;
    const wanted = item.dataset.size ? LINE_HEIGHT : lacks ? item.scrollHeight + 5 : 0;
    minute = Math.max(minute, wanted / item.dataset.length);
  }
  root.style.setProperty("--agenda-minute", `${Math.min(MOST, minute)}px`);
}
