// What this device knows of its door: the roster, and who was seen in the chosen study session.

import { verify } from "../lib/ed25519.js";
import { LETS_IN, numberGiven } from "../lib/judge.js";
import { ticketReader } from "../lib/ticket.js";
import { fold } from "../lib/words.js";

const KEPT_AFTER = 400;

// Says "counted" when the figures changed, "people" when a list of them would look different.
export class Known extends EventTarget {
  constructor({ store, door, site, session, present }) {
    super();
    Object.assign(this, { store, door, site, session, present });
    this.roster = null;
    this.people = new Map();
    this.seen = new Map(); // number -> { site, at }, in the chosen study session
  }

  take(roster) {
    this.roster = roster;
    this.people = new Map(roster.people.map((one) => [one.number, { ...one, folded: fold(one.name) }]));
    this.times = roster.sessions.find((one) => one.id === this.session) ?? null;
    this.read = ticketReader(roster.keys, verify);
    const seen = Object.entries(roster.seen[this.session] ?? {});
    this.seen = new Map(seen.map(([one, [at, site]]) => [Number(one), { at, site }]));
    this.called = roster.people.filter((one) => !one.withdrawn).length;
    this.#countSeen();
  }

  // What is personal leaves this device; what was scanned stays until the server has it.
  forget() {
    this.roster = null;
    this.people.clear();
    clearTimeout(this.keeping);
    this.store.dropRoster(this.door).catch(() => {});
    this.#say("people");
  }

  // Who was let in here and is not on the server yet: a reload, or a roster older than the queue, must not forget.
  async recallQueue() {
    const items = await this.store.waiting(this.door);
    const undone = new Set(items.filter((one) => one.kind === "undo").map((one) => one.target));
    for (const item of items) {
      if (item.kind !== "scan" || item.study_session !== this.session || undone.has(item.id)) continue;
      if (item.verdict_shown !== null && !LETS_IN.has(item.verdict_shown)) continue;
      const claim = await this.claimOf(item.ticket, item.method);
      const isCalledHere = this.people.get(claim.attendee)?.withdrawn === false;
      if (claim.fault || this.seen.has(claim.attendee) || !(isCalledHere || item.decision === "guest")) continue;
      this.seen.set(claim.attendee, { site: this.site, at: Date.parse(item.scanned_at) + item.clock_offset_ms });
    }
    this.#countSeen();
  }

  async claimOf(text, method) {
    const given = numberGiven(text, method);
    return given === null ? this.read(text) : { attendee: given, conference: null, site: null, issue: null };
  }

  hear({ changes, headcounts }) {
    for (const one of changes) {
      if (one.study_session !== this.session) continue;
      if (one.present) this.seen.set(one.number, { site: one.site, at: Date.parse(one.at) });
      else this.seen.delete(one.number);
    }
    const here = headcounts.find((one) => one.study_session === this.session && one.site === this.site);
    if (here) this.#count(here.present);
    if (changes.length) this.#keepSeen();
    this.#say("people");
  }

  // The server's answer about one reading.
  remember(reading, answer) {
    const number = answer.attendee?.number;
    if (number === undefined || !answer.counts) return;
    const first = answer.first_seen;
    this.seen.set(number, first ? { site: first.site, at: Date.parse(first.at) } : { site: this.site, at: reading.t });
    this.#keepSeen();
  }

  // What was decided here, until the server says more.
  rememberHere({ claim, t }) {
    if (claim.fault || this.seen.has(claim.attendee)) return;
    this.seen.set(claim.attendee, { site: this.site, at: t });
    this.#count(this.present + 1);
  }

  takeBack({ claim }) {
    this.seen.delete(claim.attendee);
    this.#count(Math.max(0, this.present - 1));
  }

  // So that a start without a line knows what this device knew when the line was lost.
  #keepSeen() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      if (!this.roster) return;
      const seen = Object.fromEntries([...this.seen].map(([one, { at, site }]) => [one, [at, site]]));
      this.roster.seen = { ...this.roster.seen, [this.session]: seen };
      this.store.saveRoster(this.door, this.roster).catch(() => {});
    }, KEPT_AFTER);
  }

  #countSeen() {
    this.#count([...this.seen.values()].filter((one) => one.site === this.site).length);
  }

  #count(present) {
    this.present = present;
    this.#say("counted");
  }

  #say(what) {
    this.dispatchEvent(new CustomEvent(what));
  }
}
