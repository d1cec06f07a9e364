// Measures how long the server's answers take to this page, then sends what it measured.

import { getJson } from "../lib/fetch.js";
import { fill } from "../lib/words.js";

const PATIENCE = 5000;

export function mount(form) {
  const part = (name) => form.querySelector(`[data-part="${name}"]`);
  const rounds = Number(form.dataset.rounds);
  let running = false;

  async function measure() {
    const began = performance.now();
    try {
      await getJson(form.dataset.echo, { timeout: PATIENCE });
    } catch {
      return "";
    }
    return String(Math.round(performance.now() - began));
  }

  form.addEventListener("submit", async (event) => {
    if (part("times").value) return; // measured: let it go
    event.preventDefault();
    if (running) return;
    running = true;
    const times = [];
    await measure(); // the first answer also opens the connection: it tells nothing of the line
    for (let round = 1; round <= rounds; round += 1) {
      part("run").textContent = fill(form.dataset.wordRun, { n: String(round), total: String(rounds) });
      times.push(await measure());
    }
    part("times").value = times.join(",");
    form.requestSubmit();
  });
}
