// The paper of a test: each answer on this device at once, on the server within a second, and the server's own clock.

import { AnswerError, ask, getJson } from "../lib/fetch.js";
import { clock, fill } from "../lib/words.js";
import { pageName, sayings } from "./saying.js";

const PAUSE_MS = 400; // taps that follow each other go together
const RETRY_MS = [2000, 4000, 8000, 15000];
const NEAR_MS = 5 * 60 * 1000;
const LETTERS = "ABCDEF";
const CHIPS = { saving: ["dot", "quiet"], saved: ["ring-tick", "ok"], device: ["square-slash", "warn"], failing: ["octagon-cross", "bad"] };

export async function mount(root) {
  const words = JSON.parse(root.dataset.words);
  const owner = Number(root.dataset.for);
  const attempt = Number(root.dataset.attempt);
  const { part, chip, ...say } = sayings(root, words, CHIPS, { comeBack });
  const form = root.querySelector("#quiz");
  const questions = [...form.querySelectorAll("[data-place]")];
  const device = deviceStore(`quiz-${owner}-${attempt}`);
  const kept = device.load(); // { page, seq, pending: place -> { choice, seq, base } }
  kept.page ??= pageName();
  kept.seq ??= 0;
  kept.pending ??= {};

  let endsAt = performance.now() + Number(root.dataset.leftMs);
  let running = null;
  let timer = 0;
  let failures = 0;
  let isOver = false;
  let hasSaidFive = false;
  let differs = null; // a question where another device has answered otherwise, since somebody last asked to go on

  for (const [place, { choice }] of Object.entries(kept.pending)) tick(Number(place), choice);
  form.addEventListener("change", answered);
  form.addEventListener("submit", handOver);
  window.addEventListener("online", sendNow);
  window.addEventListener("pagehide", sendNow);
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? look() : sendNow()));
  // On a slow phone somebody may have begun before this script came.
  for (const question of questions) {
    const chosen = question.querySelector(":checked");
    if (chosen && !chosen.defaultChecked && !(question.dataset.place in kept.pending)) keep(question, Number(chosen.value));
  }
  showCount();
  showTime();
  setInterval(showTime, 500);
  root.dataset.ready = "";
  if (Object.keys(kept.pending).length) sendNow();

  function tick(place, choice) {
    const radio = form.querySelector(`#answer-${place}-${choice}`);
    if (radio) radio.checked = true;
  }

  function answered(event) {
    const question = event.target.closest("[data-place]");
    if (!question || isOver) return;
    keep(question, Number(event.target.value));
    note(question, "");
    showCount();
    if (!failures) chip("saving");
    schedule(PAUSE_MS);
  }

  function keep(question, choice) {
    const newest = device.load(); // another window of this device may have counted on
    kept.seq = Math.max(kept.seq, newest.page === kept.page ? (newest.seq ?? 0) : 0) + 1;
    kept.pending[question.dataset.place] = { choice, seq: kept.seq, base: Number(question.dataset.revision) };
    device.save(kept);
  }

  function schedule(delay) {
    clearTimeout(timer);
    timer = setTimeout(sendNow, delay);
  }

  function sendNow() {
    clearTimeout(timer);
    running ??= send().finally(() => {
      running = null;
    });
    return running;
  }

  // True when the server has every answer of this page.
  async function send() {
    const sent = Object.entries(kept.pending);
    if (!sent.length) return true;
    const taps = sent.map(([place, one]) => ({ place: Number(place), page: kept.page, ...one }));
    try {
      const answer = await ask(root.dataset.url, { method: "PUT", json: { for: owner, attempt, taps }, keepalive: true });
      return heard(answer);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      return refused(error);
    }
  }

  function heard({ heard: answers, left_ms }) {
    failures = 0;
    say.hideNotices();
    endsAt = performance.now() + left_ms;
    for (const one of answers) {
      const question = form.querySelector(`[data-place="${one.place}"]`);
      const mine = kept.pending[one.place];
      question.dataset.revision = one.revision;
      if (mine?.seq !== one.seq) continue; // pressed again meanwhile
      delete kept.pending[one.place];
      if (one.kept) continue;
      tick(one.place, one.choice);
      differs ??= question;
      note(question, fill(words.other, { other: LETTERS[one.choice], own: LETTERS[mine.choice] }));
    }
    device.save(kept);
    showCount();
    if (Object.keys(kept.pending).length) {
      schedule(PAUSE_MS);
      return false;
    }
    chip("saved", { hour: clock(new Date()) });
    return true;
  }

  async function refused(error) {
    failures += 1;
    if (error.code === "csrf_expired" && failures === 1) {
      if (await look()) return send();
      return false;
    }
    if (error.code === "quiz_finished" || error.code === "quiz_over") {
      finish();
      return false;
    }
    if (say.refused(error)) schedule(RETRY_MS[Math.min(failures, RETRY_MS.length) - 1]);
    return false;
  }

  // What the server has and how much time is left: after sleep, after another device, with a fresh token.
  async function look() {
    try {
      const now = await getJson(root.dataset.stateUrl);
      if (now.for !== owner) {
        say.someoneElse(stateAway());
        return false;
      }
      document.querySelector('meta[name="csrf-token"]').content = now.csrf;
      for (const field of root.querySelectorAll('[name="csrf_token"]')) field.value = now.csrf;
      if (now.attempt !== attempt) {
        finish();
        return false;
      }
      endsAt = performance.now() + now.left_ms;
      for (const one of now.answers) {
        if (one.place in kept.pending) continue;
        form.querySelector(`[data-place="${one.place}"]`).dataset.revision = one.revision;
        tick(one.place, one.choice);
      }
      showCount();
      if (Object.keys(kept.pending).length) schedule(PAUSE_MS);
      return true;
    } catch (error) {
      if (error.status === 401) say.away("signed-out", stateAway());
      return false;
    }
  }

  // Only what lies here alone is said to lie here.
  function stateAway() {
    return Object.keys(kept.pending).length ? "device" : null;
  }

  async function comeBack() {
    failures = 0;
    if (!(await look())) return false;
    await sendNow();
    return true;
  }

  async function handOver(event) {
    const then = event.submitter?.value ?? "save";
    event.preventDefault();
    differs = null;
    let isSaved = await sendNow();
    if (!isSaved && !failures) isSaved = await sendNow(); // pressed during the first
    if (differs) differs.scrollIntoView({ block: "center" });
    else if (isSaved && then === "review") window.location.assign(root.dataset.reviewUrl);
    else if (!isSaved) window.scrollTo({ top: 0 });
  }

  function finish() {
    isOver = true;
    device.drop();
    window.location.assign(root.dataset.overUrl);
  }

  // The time is over: what lies here is sent within the grace, then the server takes in what it has.
  async function timeIsUp() {
    isOver = true;
    for (const question of questions) question.disabled = true;
    part("left").textContent = words.over;
    await sendNow();
    if (Object.keys(kept.pending).length) return; // without a line: the server takes in what it has by itself
    device.drop();
    part("over-form").submit();
  }

  function showTime() {
    if (isOver) return;
    const left = endsAt - performance.now();
    if (left <= 0) {
      timeIsUp();
      return;
    }
    const seconds = Math.floor(left / 1000);
    part("left").textContent = fill(words.left, { minutes: Math.floor(seconds / 60), seconds: String(seconds % 60).padStart(2, "0") });
    part("left").toggleAttribute("data-near", left < NEAR_MS);
    if (left < NEAR_MS && !hasSaidFive) {
      hasSaidFive = true;
      if (left > NEAR_MS - 2000) part("said").textContent = words.five;
    }
  }

  function showCount() {
    const done = questions.filter((question) => question.querySelector(":checked")).length;
    part("count").textContent = fill(words.answered, { n: done, count: questions.length });
  }

  function note(question, sentence) {
    const place = question.querySelector('[data-part="note"]');
    place.hidden = !sentence;
    place.textContent = sentence;
  }
}

// What this device holds of a sitting. Where nothing can be stored, the page itself holds it as long as it is open.
function deviceStore(name) {
  return {
    load() {
      try {
        return JSON.parse(localStorage.getItem(name)) ?? {};
      } catch {
        return {};
      }
    },
    save(kept) {
      try {
        localStorage.setItem(name, JSON.stringify(kept));
      } catch {
        // full or forbidden
      }
    },
    drop() {
      try {
        localStorage.removeItem(name);
      } catch {
        // as above
      }
    },
  };
}
