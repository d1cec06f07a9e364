// Long work: asks how far it is, more seldom the longer it takes, and says so in words.

import { getJson } from "../lib/fetch.js";
import { setMeter } from "../lib/shape.js";
import { fill, number } from "../lib/words.js";

const FIRST = 1000;
const MOST = 5000;

export function mount(root) {
  const word = root.dataset;
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const say = (name, text) => {
    const place = part(name);
    if (place && place.textContent !== text) place.textContent = text;
  };
  const span = (seconds) =>
    seconds < 90 ? fill(word.wordSeconds, { n: number(Math.round(seconds)) }) : fill(word.wordMinutes, { n: number(Math.round(seconds / 60)) });
  let wait = FIRST;

  async function look() {
    let answer;
    try {
      answer = await getJson(word.url);
    } catch {
      say("time", word.wordLost);
      wait = MOST;
      setTimeout(look, wait);
      return;
    }
    const { state, done = 0, total = 0, note = "", seconds = 0, left_seconds: left, result_url: result } = answer;
    say("done", number(done));
    say("total", fill(word.wordOf, { total: number(total) }));
    say("note", note);
    setMeter(part("meter"), done, total);
    root.dispatchEvent(new CustomEvent("work-progress", { bubbles: true, detail: answer }));
    if (state === "done" || state === "failed") {
      say("time", state === "done" ? word.wordDone : word.wordFailed);
      if (result && state === "done") location.assign(result);
      else if ("reload" in word) location.reload();
      return;
    }
    const words = [seconds ? fill(word.wordSpent, { spent: span(seconds) }) : "", left ? fill(word.wordLeft, { left: span(left) }) : ""];
    say("time", words.filter(Boolean).join(", "));
    wait = Math.min(MOST, wait * 1.2);
    setTimeout(look, wait);
  }
  setTimeout(look, wait);
}
