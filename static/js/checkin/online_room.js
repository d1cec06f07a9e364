// The waiting room and the companion of the platform's room: signs of life, prompts, and what the server says of them.

import { AnswerError, postJson } from "../lib/fetch.js";
import { clock, fill } from "../lib/words.js";

const FIRST_NEXT = 60; // seconds, until the server says
const MOST_KEPT = 60; // signs; as MOST_SIGNS in online/forms.py
const LONGEST_TIMER = 2 ** 31 - 1;

export function mount(root) {
  if (root.dataset.phase === "before") {
    waitFor(Number(root.dataset.wait) * 1000);
    return;
  }
  if (root.dataset.phase === "open") follow(root);
}

/** Load the page anew when the room opens, a little apart from everybody else. */
function waitFor(milliseconds) {
  const soon = milliseconds + 1000 + Math.random() * 8000;
  setTimeout(() => location.reload(), Math.min(soon, LONGEST_TIMER));
}

function follow(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const title = document.title;
  const signs = []; // moments on this page's own clock, not yet with the server
  const answers = [];
  let timer = 0;
  let sending = false;
  let prompt = null; // { number, endsAt }
  let blink = 0;

  const now = () => performance.now() / 1000;
  const ago = (moment) => Math.max(0, now() - moment);

  async function send() {
    clearTimeout(timer);
    if (sending) return;
    sending = true;
    signs.push(now());
    if (signs.length > MOST_KEPT) signs.splice(1, 1);
    const [sentSigns, sentAnswers] = [signs.length, answers.length];
    let next = FIRST_NEXT;
    try {
      const told = await postJson(root.dataset.url, {
        study_session: Number(root.dataset.session),
        ages: signs.map(ago),
        answers: answers.map((one) => ({ prompt: one.prompt, age: ago(one.at) })),
      });
      signs.splice(0, sentSigns);
      answers.splice(0, sentAnswers);
      next = told.next;
      show(told);
      if (told.is_over) {
        location.reload();
        return;
      }
    } catch (error) {
      if (error.code === "online_not_entered") {
        // The button may have been pressed before this script arrived, so the server is asked now and then.
        signs.length = 0;
        timer = setTimeout(send, (20 + Math.random() * 20) * 1000);
        return;
      }
      if (error instanceof AnswerError && error.status >= 400 && error.status < 500 && error.status !== 429) {
        location.reload(); // closed, no longer allowed, or the page is too old: the server says it in words
        return;
      }
      next = 15 + Math.random() * 15;
      say(root.dataset.wordLost, true);
    } finally {
      sending = false;
    }
    timer = setTimeout(send, next * 1000);
  }

  function say(words, lost = false) {
    part("line").textContent = words;
    part("line").classList.toggle("online__line--lost", lost);
  }

  function show(told) {
    part("now").hidden = false;
    part("minutes").textContent = fill(root.dataset.wordMinutes, { n: told.minutes, of: told.of });
    part("answers").textContent = fill(root.dataset.wordAnswers, { n: told.answered, of: told.asked });
    part("enough").hidden = !told.is_enough;
    say(fill(root.dataset.wordLive, { at: clock(new Date()) }));
    const isAnswered = told.prompt && answers.some((one) => one.prompt === told.prompt.number);
    if (told.prompt && !isAnswered) ask(told.prompt);
    else if (!told.prompt) stopAsking();
  }

  // ---- prompts

  function ask({ number, seconds }) {
    const isNew = prompt?.number !== number;
    prompt = { number, endsAt: now() + seconds };
    part("prompt").hidden = false;
    tick();
    if (!isNew) return;
    beep();
    navigator.vibrate?.([120, 80, 120]);
    clearInterval(blink);
    blink = setInterval(() => {
      document.title = document.title === title ? `● ${root.dataset.wordTitle}` : title;
    }, 1000);
  }

  function tick() {
    if (!prompt) return;
    const left = Math.ceil(prompt.endsAt - now());
    if (left <= 0) {
      stopAsking();
      part("say").textContent = root.dataset.wordMissed;
      return;
    }
    part("prompt-left").textContent = fill(root.dataset.wordLeft, { n: left });
    setTimeout(tick, 1000);
  }

  function stopAsking() {
    prompt = null;
    part("prompt").hidden = true;
    clearInterval(blink);
    document.title = title;
  }

  part("answer").addEventListener("click", () => {
    if (!prompt) return;
    answers.push({ prompt: prompt.number, at: now() });
    stopAsking();
    part("say").textContent = root.dataset.wordThanks;
    send();
  });

  // Sound needs a touch of the page once: the button that enters the room is one.
  let sound = null;
  function beep() {
    if (!sound) return;
    [0, 0.35].forEach((after) => {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      volume.gain.value = 0.15;
      tone.frequency.value = 740;
      tone.connect(volume).connect(sound.destination);
      tone.start(sound.currentTime + after);
      tone.stop(sound.currentTime + after + 0.2);
    });
  }

  document.addEventListener("pointerdown", () => (sound ??= window.AudioContext ? new AudioContext() : null), { once: true });
  part("enter")?.addEventListener("submit", () => setTimeout(send, 4000)); // the server notes the entering first
  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  send();
}
