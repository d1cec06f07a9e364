// One reading, from whatever source, to its end: judged here, kept on the device, told, answered by the server.

import { judge, LETS_IN, numberGiven, spareOf } from "../lib/judge.js";
import { newId } from "../lib/ids.js";
import { isHandOver } from "./hand_over.js";
import { UNLISTED } from "./known.js";
import { shake, sound } from "./signs.js";
import { asks } from "./telling.js";
import { GROUNDS } from "./verdict.js";

const WAIT_FOR_SERVER = 250;

// Says "kept" when the queue has grown, "wanted" with the tab to open, "tested" with what was read as a test,
// "handed" with a code in which another device hands over its scans, "handing" with the number of a spare badge that
// waits for somebody to be given to, null when none does any more.
export class Readings extends EventTarget {
  constructor({ page, known, mode, sync, store, screen, telling, last }) {
    super();
    Object.assign(this, { page, known, mode, sync, store, screen, telling, last });
    this.turn = 0;
    this.handing = null; // the spare badge that goes to whom the host names next: { text, claim }
    screen.addEventListener("choice", ({ detail }) => this.#choose(detail));
  }

  async take(text, method) {
    const { screen, page, known } = this;
    if (isHandOver(text)) {
      this.dispatchEvent(new CustomEvent("handed", { detail: text }));
      return;
    }
    if (this.mode.direction === "test") {
      this.dispatchEvent(new CustomEvent("tested", { detail: { text, method } }));
      return;
    }
    if (screen.isOpen && (screen.view.isAsking || screen.isHeld)) return;
    if (!known.roster) {
      page.note("warn", page.words.note_no_roster);
      return;
    }
    this.sync.mindClock();
    const at = Date.now();
    const t = Math.round(at + this.sync.offset);
    this.mode.keepUp(t);
    const { direction } = this.mode;
    const shown = await known.claimOf(text, method);
    const claim = known.ofHolder(shown, t) ?? shown;
    const verdict = this.#judge(shown, t, direction, false);
    const [person, item] = await Promise.all([
      known.personOf(claim, text),
      this.#item({ text, method, at, verdict, direction, decision: null }),
    ]);
    const handed = numberGiven(text, method) === null ? undefined : this.#handOver(item);
    this.hand(null);
    await this.#settle({ item, claim, shown, person, verdict, t, handed, isAsking: asks(verdict) });
  }

  // From now on the next person who is named by hand gets this spare badge; null ends it.
  hand(spare) {
    if (this.handing === spare) return;
    this.handing = spare;
    this.dispatchEvent(new CustomEvent("handing", { detail: spare && spareOf(spare.claim) }));
  }

  // The spare badge that goes with this item, if one waits.
  #handOver(item) {
    if (this.handing) item.spare = this.handing.text;
    return this.handing?.claim;
  }

  // Somebody without a ticket, as the host wrote them down: { name, birth, phone, unit }.
  async takeStranger(person) {
    const { known, page } = this;
    if (!known.roster) {
      page.note("warn", page.words.note_no_roster);
      return;
    }
    const at = Date.now();
    const t = Math.round(at + this.sync.offset);
    this.mode.keepUp(t);
    const entry = { ...UNLISTED, number: 0, site: known.site };
    const claim = { attendee: 0, conference: null, site: null, issue: null };
    const asked = { claim, entry, session: known.times, site: known.site, t, direction: "in" };
    const verdict = judge({ ...asked, is_guest: true, seen: null, knows_all_sites: false });
    const item = await this.#item({ text: null, method: "typed", at, verdict, direction: "in", decision: null });
    Object.assign(item, { kind: "walk_in", person });
    const handed = this.#handOver(item);
    this.hand(null);
    // Until the server has given a number, the item's own id stands for the person.
    await this.#settle({ item, claim: { ...claim, attendee: item.id }, verdict, t, handed, isAsking: false, stranger: person });
  }

  #judge(claim, t, direction, isGuest) {
    const { known } = this;
    const earlier = claim.fault ? null : (known.seen.get(known.ofHolder(claim, t)?.attendee) ?? null);
    return judge({
      claim,
      entry: known.entryOf(claim, t),
      session: known.times,
      site: known.site,
      t,
      direction,
      is_guest: isGuest,
      seen: earlier && earlier.at <= t ? earlier : null,
      knows_all_sites: false,
    });
  }

  async #item({ text, method, at, verdict, direction, decision }) {
    return {
      id: newId(),
      kind: "scan",
      ticket: text,
      study_session: this.known.session,
      direction,
      scanned_at: new Date(at).toISOString(),
      clock_offset_ms: Math.round(this.sync.offset),
      device_seq: await this.sync.nextSeq(),
      method,
      // Without a line the phone decides by itself, and says what it told the host; with one it asks the server.
      verdict_shown: this.sync.isOnline ? null : verdict,
      decision,
    };
  }

  async #settle(reading) {
    const { item, verdict, isAsking } = reading;
    const turn = (this.turn += 1);
    let isKept = true;
    try {
      await this.store.keep(this.known.door, item);
      this.sync.waiting += 1;
    } catch {
      isKept = false;
    }
    this.dispatchEvent(new CustomEvent("kept"));
    if (reading.handed) this.dispatchEvent(new CustomEvent("wanted", { detail: "scan" })); // the next badge is read there
    const answer = isKept && this.sync.isOnline ? await this.sync.deliver(item, WAIT_FOR_SERVER) : null;
    this.#show(reading, answer, isKept);
    if (isKept && answer === null) {
      this.sync.send();
      this.sync.answerOf(item.id).then((later) => this.#afterwards(turn, reading, later));
    }
    if (answer) this.known.remember(reading, answer);
    else if (!isAsking && LETS_IN.has(verdict)) this.known.rememberHere(reading);
  }

  // The server's answer came after the verdict was shown.
  #afterwards(turn, reading, answer) {
    this.known.remember(reading, answer);
    const isShown = this.screen.isOpen && this.turn === turn;
    const isAnotherQuestion = asks(answer.verdict) && answer.verdict !== reading.verdict;
    const differs = isAnotherQuestion || GROUNDS[answer.verdict] !== GROUNDS[reading.verdict];
    if (differs && (isShown || LETS_IN.has(reading.verdict))) this.#show(reading, answer, true);
    else if (isShown) {
      this.screen.safe(...this.telling.safe(answer.verdict, answer, true));
      if (answer.attendee?.name) this.screen.person(answer.attendee);
    }
  }

  #show(reading, answer, isKept) {
    const view = this.telling.view(reading, answer, isKept);
    this.screen.show(view);
    this.current = { ...reading, answer };
    const kind = GROUNDS[view.verdict];
    if (this.page.part("sound").checked) sound(kind);
    if (this.page.part("vibration").checked) shake(kind);
    this.page.part("announce").textContent = `${view.word}. ${view.person?.name ?? ""}`;
    this.last.add(view, reading.t);
    if (kind === "in") this.mode.count(reading.claim.attendee);
  }

  // ---- what the host answers

  async #choose(what) {
    const reading = this.current;
    if (what === "move" && this.known.freeSeats === 0 && this.warned !== reading) {
      this.warned = reading;
      this.screen.noteMove(this.page.words.move_again);
    } else if (what === "guest" || what === "move") {
      const { ticket: text, method, direction } = reading.item;
      const verdict = this.#judge(reading.shown, reading.t, direction, true);
      const item = await this.#item({ text, method, at: Date.now(), verdict, direction, decision: what });
      if (reading.item.spare) item.spare = reading.item.spare;
      const t = Date.parse(item.scanned_at) + item.clock_offset_ms;
      await this.#settle({ ...reading, item, verdict, t, isAsking: asks(verdict) });
      if (what === "move") this.sync.answerOf(item.id).then(() => this.sync.refreshRoster());
    } else if (what === "undo") {
      await this.#undo(reading);
    } else {
      this.screen.close();
      if (what === "hand") this.hand({ text: reading.item.ticket, claim: reading.shown });
      if (what === "find" || what === "hand") this.dispatchEvent(new CustomEvent("wanted", { detail: "search" }));
    }
  }

  async #undo(reading) {
    const { page, sync } = this;
    const undo = {
      id: newId(),
      kind: "undo",
      target: reading.item.id,
      scanned_at: new Date().toISOString(),
      clock_offset_ms: Math.round(sync.offset),
      device_seq: await sync.nextSeq(),
    };
    try {
      await this.store.keep(this.known.door, undo);
    } catch {
      this.screen.safe("failed", page.words.safe_failed);
      return;
    }
    sync.waiting += 1;
    this.known.takeBack(reading);
    this.last.takeBack(reading.t);
    page.part("announce").textContent = page.words.undone;
    this.screen.close();
    page.flash(page.words.undone);
    sync.send();
    sync.answerOf(undo.id).then(() => sync.refreshRoster());
  }
}
