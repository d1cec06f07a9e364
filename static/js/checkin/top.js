// What is always in view at the door: the count with its span, how far the line is, and a word where it is needed.

import { setMeter, shape } from "../lib/shape.js";
import { clock, fill, number } from "../lib/words.js";

const CLOCK_WARNING = 120_000;

export function showCount(page, { present, called, left, guests }) {
  page.part("present").textContent = number(present);
  page.part("fact-present").textContent = number(present);
  if (called === undefined) return;
  page.part("summoned").textContent = number(called);
  page.part("fact-called").textContent = number(called);
  page.part("left").textContent = number(left ?? Math.max(0, called - present));
  page.part("guests").hidden = !guests;
  page.part("guest-count").textContent = number(guests);
  setMeter(page.part("meter"), present, called);
}

export function showRoster(page, roster) {
  page.part("fact-roster").textContent = clock(new Date(roster.taken_at));
  page.part("fact-device").textContent = roster.device?.label ?? "";
}

export function showLine(page, sync, known) {
  const { words } = page;
  const n = number(sync.waiting);
  showChip(page, sync, n);
  page.part("fact-queue").textContent = sync.waiting ? n : words.queue_none;
  if (sync.lastSent) page.part("fact-synced").textContent = clock(sync.lastSent);
  const seconds = Math.round(Math.abs(sync.offset) / 1000);
  if (sync.samples.length) {
    page.part("fact-clock").textContent = seconds < 3 ? words.clock_ok : fill(words.clock_off, { n: number(seconds) });
  }
  if (sync.hasEnded) page.note("warn", words.note_ended);
  else if (sync.needsSignIn) page.note("warn", words.note_sign_in);
  else if (!sync.isOnline) page.note("warn", known.roster ? words.note_offline : words.note_no_roster);
  else if (Math.abs(sync.offset) > CLOCK_WARNING) page.note("warn", fill(words.note_clock, { n: Math.round(seconds / 60) }));
  else if (isClosed(known.times, Date.now() + sync.offset)) {
    page.note("warn", fill(words.note_closed, { at: clock(known.times.closed_at) }));
  } else page.note(null);
}

// Nobody has to be sent away to learn that the study session is closed here.
const isClosed = (times, now) => Boolean(times?.closed_at) && now >= times.closed_at && now < times.day_until;

function showChip(page, sync, n) {
  const { words } = page;
  let state;
  if (sync.hasEnded) state = ["square-slash", "warn", fill(words.chip_ended, { n })];
  else if (sync.needsSignIn) state = ["square-slash", "warn", fill(words.chip_sign_in, { n })];
  else if (!sync.isOnline) state = ["square-slash", "warn", fill(words.chip_offline, { n })];
  else if (sync.waiting) state = ["dot", "quiet", fill(words.chip_sending, { n })];
  else state = ["ring-tick", "ok", fill(words.chip_sent, { at: clock(sync.lastSent ?? new Date()) })];
  const chip = page.part("chip");
  if (chip.textContent === state[2]) return;
  const said = document.createElement("span");
  said.className = `state state--${state[1]}`;
  const text = document.createElement("span");
  text.textContent = state[2];
  said.append(shape(state[0], state[1], 16), text);
  chip.replaceChildren(said);
}
