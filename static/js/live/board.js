// The control room: marks fill up as people come in.

import { setMeter, shape } from "../lib/shape.js";
import { number, percent } from "../lib/words.js";
import { follow } from "./feed.js";

// The same figure as level_path in live/rules.py.
function levelPath(x, y, r, share) {
  const part = Math.max(0, Math.min(1, share));
  if (part === 0) return "";
  if (part === 1) return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
  const top = y + r - 2 * r * part;
  const half = Math.sqrt(Math.max(0, r * r - (top - y) ** 2));
  return `M${x - half} ${top}A${r} ${r} 0 ${part > 0.5 ? 1 : 0} 0 ${x + half} ${top}z`;
}

const FEED = { live: ["ring-tick", "ok"], polling: ["clock", "accent"], lost: ["square-slash", "warn"] };

export function mount(root) {
  const { code, session, url, summoned, target } = root.dataset;
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const marks = new Map([...root.querySelectorAll("[data-site]")].map((mark) => [Number(mark.dataset.site), mark]));

  function fill(mark, present) {
    const { x, y, r, summoned: called } = mark.dataset;
    mark.dataset.present = present;
    const share = Number(called) ? present / Number(called) : 0;
    mark.querySelector(".mark__level")?.setAttribute("d", levelPath(Number(x), Number(y), Number(r), share));
    if (present > 0 && mark.classList.contains("mark--not_open")) mark.classList.replace("mark--not_open", "mark--live");
    if (share >= Number(target) && mark.classList.contains("mark--live")) mark.classList.replace("mark--live", "mark--reached");
    const words = mark.querySelector("title");
    words.textContent = words.textContent.replace(/: .*$/, `: ${number(present)}/${number(Number(called))}`);
  }

  function total(cell) {
    const present = [...cell.querySelectorAll("[data-site]")].reduce((sum, mark) => sum + Number(mark.dataset.present), 0);
    const called = Number(cell.dataset.summoned);
    cell.querySelector('[data-part="share"]').textContent = `${number(called ? Math.round((100 * present) / called) : 0)}%`;
  }

  function onPicture({ present, sites }) {
    const cells = new Set();
    for (const [id, count] of sites) {
      const mark = marks.get(id);
      if (!mark || Number(mark.dataset.present) === count) continue;
      fill(mark, count);
      cells.add(mark.closest(".wall__cell"));
    }
    for (const cell of cells) total(cell);
    part("hero").querySelector(".hero__value").textContent = number(present);
    part("percent").textContent = percent(present, Number(summoned));
    setMeter(part("meter"), present, Number(summoned));
  }

  function onState(state) {
    part("feed").querySelector("svg").replaceWith(shape(...FEED[state]));
    part("feed-word").textContent = root.dataset[state];
  }

  follow({ code, session, url, onPicture, onState });
}
