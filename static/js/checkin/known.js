// What this device knows of its door: the roster, and who was seen in each study session.

import { verify } from "../lib/ed25519.js";
import { isCalledTo, LETS_IN, numberGiven, spareOf } from "../lib/judge.js";
import { ticketReader } from "../lib/ticket.js";
import { fold } from "../lib/words.js";
import { Names } from "./names.js";

const KEPT_AFTER = 400;

// Says "counted" when the figures changed, "people" when a list of them would look different.
export class Known extends EventTarget {
  constructor({ store, door, site, session, present }) {
    super();
    Object.assign(this, { store, door, site, session });
    this.roster = null;
    this.people = new Map(); // number -> what the door needs to judge, without names
    this.rosterKey = null; // in memory while the device is unlocked
    this.seenIn = new Map(); // study session -> number -> { site, at, by: the scan, where it was made here }
    this.presentIn = new Map([[session, present]]); // study session -> how many, here
    this.handed = new Map(); // spare badge -> who was handed it here: [{ holder, at, session, by: the scan, where it was made here }]
  }

  // Who was seen in the chosen study session.
  get seen() {
    return this.#seenIn(this.session);
  }

  get present() {
    return this.presentIn.get(this.session) ?? 0;
  }

  // Who is called here and still expected in this study session; null before the roster is there.
  get left() {
    if (!this.roster) return null;
    const isExpected = (one) => !one.leave?.includes(this.session) && !one.substituted.includes(this.session);
    return this.#called.filter((one) => isExpected(one) && !this.seen.has(one.number)).length;
  }

  // How many are called here in this study session.
  get called() {
    return this.#called.length;
  }

  get #called() {
    return [...this.people.values()].filter(
      (one) => !one.withdrawn && !one.extra && isCalledTo(one, this.session),
    );
  }

  // Who was counted here in this study session without being called here: guests, walk-ins, substitutes.
  get guests() {
    if (!this.roster) return 0;
    const called = new Set(this.#called.map((one) => one.number));
    return [...this.seen].filter(([number, one]) => one.site === this.site && !called.has(number)).length;
  }

  // Seats beyond those called here, less the guests counted in this study session; null where the hall is not known.
  get freeSeats() {
    const free = this.times?.free_seats ?? this.roster?.free_seats ?? null;
    if (free === null) return null;
    const isGuest = (number) => !this.people.has(number) || !isCalledTo(this.people.get(number), this.session);
    const guests = [...this.seen].filter(([number, one]) => one.site === this.site && isGuest(number)).length;
    return Math.max(0, free - guests);
  }

  get sessions() {
    return this.roster?.sessions ?? [];
  }

  get times() {
    return this.sessions.find((one) => one.id === this.session) ?? null;
  }

  choose(session) {
    this.session = session;
    this.#say("counted");
    this.#say("people");
  }

  take(roster) {
    this.roster = roster;
    this.people = new Map(roster.people.map((one) => [one.number, one]));
    this.names = new Names(roster);
    this.opened = null;
    this.read = ticketReader(roster.keys, verify);
    this.seenIn = new Map(Object.entries(roster.seen).map(([session, seen]) => [Number(session), seenOf(seen)]));
    this.handed = new Map();
    for (const [site, number, holder, at, session] of roster.spares ?? []) {
      this.#hand(`${site}:${number}`, { holder, at, session });
    }
    this.#countSeen();
  }

  // What is personal leaves this device; what was scanned stays until the server has it.
  forget() {
    this.roster = null;
    this.people.clear();
    this.lock();
    clearTimeout(this.keeping);
    this.store.dropRoster(this.door).catch(() => {});
    this.#say("people");
  }

  // From now on names can be searched for; null is a browser that can't.
  unlock(rosterKey) {
    this.rosterKey = rosterKey;
    this.opened = null;
    this.#say("people");
  }

  lock() {
    this.rosterKey = null;
    this.opened = null;
    this.#say("people");
  }

  // Everybody of this door with name, position, unit and seat, while the device is unlocked; else null.
  everybody() {
    if (!this.rosterKey || !this.roster) return Promise.resolve(null);
    this.opened ??= this.names.all(this.rosterKey).then(
      (names) => new Map([...names].map(([number, opened]) => [number, whole(this.people.get(number), opened)])),
      () => null, // the roster is sealed for the device that this browser was before
    );
    return this.opened;
  }

  // The claim with the person behind it: of a spare badge whoever was handed it last until then; null for nobody.
  ofHolder(claim, t) {
    const spare = keyOf(claim);
    if (spare === null) return claim;
    const found = this.#handing(spare, t);
    return found === undefined ? null : { ...claim, attendee: found.holder };
  }

  // The line of the roster for the one behind a claim. A spare badge is good where and when it was handed over.
  entryOf(claim, t) {
    if (claim.fault) return null;
    const spare = keyOf(claim);
    if (spare === null) return this.people.get(claim.attendee) ?? null;
    const handing = this.#handing(spare, t);
    if (handing === undefined) return null;
    const line = { ...UNLISTED, ...this.people.get(handing.holder) };
    const sessions = line.sessions && [...line.sessions, handing.session];
    return { ...line, number: handing.holder, site: this.site, sessions };
  }

  #handing(spare, t) {
    return (this.handed.get(spare) ?? []).filter((one) => one.at <= t).at(-1);
  }

  // Whoever stands at the door, as far as the roster says: by the ticket shown, or by name while unlocked.
  async personOf(claim, text) {
    const line = claim.fault ? undefined : this.people.get(claim.attendee);
    if (line === undefined) return null;
    const shown = await this.names.ofTicket(line, text);
    if (shown !== null) return whole(line, shown);
    return (await this.everybody())?.get(claim.attendee) ?? line;
  }

  // Who was let in here and is not on the server yet: a reload, or a roster older than the queue, must not forget.
  async recallQueue() {
    const items = await this.store.waiting(this.door);
    const undone = new Set(items.filter((one) => one.kind === "undo").map((one) => one.target));
    for (const item of items) {
      if (item.kind === "undo" || item.direction === "out" || undone.has(item.id)) continue;
      if (item.verdict_shown !== null && !LETS_IN.has(item.verdict_shown)) continue;
      const shown = item.kind === "walk_in" ? null : await this.claimOf(item.ticket, item.method);
      const claim = shown ? this.ofHolder(shown, Date.parse(item.scanned_at) + item.clock_offset_ms) : { attendee: item.id };
      if (claim === null) continue;
      const handed = item.spare ? keyOf(await this.read(item.spare)) : null;
      const at = Date.parse(item.scanned_at) + item.clock_offset_ms;
      if (handed) this.#hand(handed, { holder: claim.attendee, at, session: item.study_session, by: item.id });
      const line = this.people.get(claim.attendee);
      const isCalledHere = line?.withdrawn === false && isCalledTo(line, item.study_session);
      const seen = this.#seenIn(item.study_session);
      if (claim.fault || seen.has(claim.attendee) || !(isCalledHere || item.decision || !shown || keyOf(shown))) continue;
      seen.set(claim.attendee, { site: this.site, at, by: item.id });
    }
    this.#countSeen();
  }

  async claimOf(text, method) {
    const given = numberGiven(text, method);
    return given === null ? this.read(text) : { attendee: given, conference: null, site: null, issue: null };
  }

  hear({ changes, headcounts }) {
    for (const one of changes) {
      const seen = this.#seenIn(one.study_session);
      if (one.present) seen.set(one.number, { site: one.site, at: Date.parse(one.at) });
      else seen.delete(one.number);
    }
    for (const one of headcounts) {
      if (one.site === this.site) this.presentIn.set(one.study_session, one.present);
    }
    this.#say("counted");
    if (changes.length) this.#keepSeen();
    this.#say("people");
  }

  // The server's answer about one reading.
  remember({ item, t, handed }, answer) {
    const number = answer.attendee?.number;
    if (number === undefined || !answer.counts) return;
    if (handed) this.#hand(keyOf(handed), { holder: number, at: t, session: item.study_session, by: item.id });
    const first = answer.first_seen;
    this.#seenIn(item.study_session).delete(item.id); // a walk-in has a number now
    const seen = first ? { site: first.site, at: Date.parse(first.at) } : { site: this.site, at: t, by: item.id };
    this.#seenIn(item.study_session).set(number, seen);
    this.#keepSeen();
  }

  // What was decided here, until the server says more.
  rememberHere({ item, claim, t, handed }) {
    if (handed) this.#hand(keyOf(handed), { holder: claim.attendee, at: t, session: item.study_session, by: item.id });
    const seen = this.#seenIn(item.study_session);
    if (claim.fault || item.direction === "out" || seen.has(claim.attendee)) return;
    seen.set(claim.attendee, { site: this.site, at: t, by: item.id });
    this.#count(item.study_session, 1);
  }

  // An undone scan takes nobody's presence with it that rests on another scan.
  takeBack({ item, claim, handed }) {
    if (handed) {
      const spare = keyOf(handed);
      this.handed.set(spare, (this.handed.get(spare) ?? []).filter((one) => one.by !== item.id));
    }
    const seen = this.#seenIn(item.study_session);
    if (seen.get(claim.attendee)?.by !== item.id) return;
    seen.delete(claim.attendee);
    this.#count(item.study_session, -1);
  }

  // In the order of time, one scan once: by the server's answer a walk-in has a number.
  #hand(spare, one) {
    const others = (this.handed.get(spare) ?? []).filter((other) => other.by === undefined || other.by !== one.by);
    this.handed.set(spare, [...others, one].sort((a, b) => a.at - b.at));
  }

  #seenIn(session) {
    if (!this.seenIn.has(session)) this.seenIn.set(session, new Map());
    return this.seenIn.get(session);
  }

  // So that a start without a line knows what this device knew when the line was lost.
  #keepSeen() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      if (!this.roster) return;
      const all = [...this.seenIn].map(([session, seen]) => [session, Object.fromEntries([...seen].map(plain))]);
      this.roster.seen = Object.fromEntries(all);
      this.store.saveRoster(this.door, this.roster).catch(() => {});
    }, KEPT_AFTER);
  }

  #countSeen() {
    for (const [session, seen] of this.seenIn) {
      this.presentIn.set(session, [...seen.values()].filter((one) => one.site === this.site).length);
    }
    this.#say("counted");
  }

  #count(session, more) {
    this.presentIn.set(session, Math.max(0, (this.presentIn.get(session) ?? 0) + more));
    this.#say("counted");
  }

  #say(what) {
    this.dispatchEvent(new CustomEvent(what));
  }
}

// Somebody of whom the roster of this door says nothing.
export const UNLISTED = { issue: 1, reissued_at: null, withdrawn: false, substituted: [], sessions: null };

const keyOf = (claim) => (spareOf(claim) === null ? null : `${claim.site}:${spareOf(claim)}`);
const seenOf = (seen) => new Map(Object.entries(seen).map(([number, [at, site]]) => [Number(number), { at, site }]));
const plain = ([number, { at, site }]) => [number, [at, site]];
const whole = (line, opened) => ({ ...line, ...opened, folded: fold(opened.name) });
