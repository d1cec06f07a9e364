// The screen in the hall: asks for the new code when the old one ends, and for the count in between.

import { getJson } from "../lib/fetch.js";
import { setMeter } from "../lib/shape.js";
import { fill, number } from "../lib/words.js";

const ASK_EVERY = 5000; // the count
const STEP = 30; // seconds that a code stands; as STEP_SECONDS in self_check/rules.py

export function mount(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  let endsAt = 0;
  let timer = 0;

  function show(now) {
    part("open").hidden = !now.digits;
    part("says").hidden = !now.says;
    part("says").classList.remove("self-screen__says--lost");
    part("says").textContent = now.says ?? "";
    part("present").textContent = number(now.present);
    part("called").textContent = number(now.called);
    setMeter(part("meter"), now.present, now.called);
    if (!now.digits) {
      endsAt = 0;
      return;
    }
    part("digits").textContent = `${now.digits.slice(0, 3)} ${now.digits.slice(3)}`;
    part("qr").setAttribute("viewBox", `-4 -4 ${now.size + 8} ${now.size + 8}`);
    part("path").setAttribute("d", now.qr);
    endsAt = performance.now() + now.seconds * 1000;
  }

  async function look() {
    clearTimeout(timer);
    try {
      show(await getJson(root.dataset.url, { timeout: 8000 }));
    } catch {
      part("says").hidden = false;
      part("says").classList.add("self-screen__says--lost");
      part("says").textContent = root.dataset.lost;
    }
    const untilNext = endsAt - performance.now();
    timer = setTimeout(look, untilNext > 0 ? Math.min(ASK_EVERY, untilNext + 100) : ASK_EVERY);
  }

  function tick() {
    if (endsAt) {
      const left = Math.max(0, (endsAt - performance.now()) / 1000);
      part("left").textContent = fill(root.dataset.left, { n: Math.ceil(left) });
      part("span").setAttribute("width", `${((100 * Math.min(left, STEP)) / STEP).toFixed(1)}%`);
    }
    setTimeout(tick, 500);
  }

  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  if ("wakeLock" in navigator) navigator.wakeLock.request("screen").catch(() => {}); // a dark screen shows no code
  look();
  tick();
}
