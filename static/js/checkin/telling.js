// What the whole screen says of a reading: its lines, the person, and how safely it is kept.

import { LETS_IN, minutesLate, spareOf } from "../lib/judge.js";
import { clock, fill, number } from "../lib/words.js";
import { GROUNDS } from "./verdict.js";

const ASKING = { other_site: true, other_session: true, spare: true };

const SILHOUETTES = { in: null, out: "gate-arrow", spot: "ring-tick" };

export const asks = (verdict) => ASKING[verdict] ?? false;

export class Telling {
  constructor({ words, known, sync }) {
    Object.assign(this, { words, known, sync });
  }

  view(reading, answer, isKept) {
    const verdict = answer?.verdict ?? reading.verdict;
    const person = this.person(reading, answer);
    const isAsking = asks(verdict);
    const { direction } = reading.item;
    const isPlain = GROUNDS[verdict] === "in" && direction === "in";
    return {
      verdict,
      word: this.words[`${verdict}_${direction}`] ?? this.words[verdict],
      silhouette: verdict === "accepted" ? SILHOUETTES[direction] : null,
      isPlain,
      lines: [...this.#lines(verdict, reading, answer), this.#spare(verdict, reading)],
      person,
      facts: this.#facts(verdict, reading, person),
      safe: this.safe(verdict, answer, isKept),
      second: this.#second(verdict, reading),
      isAsking,
      guestNote: isAsking ? this.#guestNote() : "",
    };
  }

  person(reading, answer) {
    if (answer?.attendee) {
      const { attendee } = answer;
      return { ...attendee, name: attendee.name ?? fill(this.words.number, { n: attendee.number }) };
    }
    if (reading.stranger) return { ...reading.stranger, number: null };
    if (reading.claim.fault || this.#isOfElsewhere(reading.claim)) return null;
    const { person } = reading;
    if (person) return { ...person, name: person.name ?? fill(this.words.number, { n: person.number }) };
    if (reading.verdict !== "other_site" && reading.verdict !== "accepted") return null;
    return { number: reading.claim.attendee, name: fill(this.words.number, { n: reading.claim.attendee }) };
  }

  safe(verdict, answer, isKept) {
    const { words, known } = this;
    if (!isKept) return ["failed", words.safe_failed];
    if (asks(verdict)) return ["none", words.safe_none];
    if (!LETS_IN.has(verdict)) return ["refused", words.safe_refused];
    if (answer) return ["kept", fill(words.safe_kept, { present: number(known.present), called: number(known.called) })];
    return this.sync.isOnline ? ["sending", words.safe_sending] : ["device", words.safe_device];
  }

  #lines(verdict, reading, answer) {
    const { words } = this;
    const { times } = this.known;
    if (verdict === "accepted") return this.#beforeThis(reading);
    if (verdict === "late") {
      const late = answer?.minutes_late ?? minutesLate(times, reading.t) ?? 0;
      return [fill(words.late_line, { n: late })];
    }
    if (verdict === "already_in") return this.#already(reading, answer);
    if (verdict === "too_early") return [fill(words.too_early_line, { at: clock(times.doors_open_at) })];
    if (verdict === "closed") return times?.closed_at ? [fill(words.closed_line, { at: clock(times.closed_at) })] : [];
    if (verdict === "other_session") return this.#ownSession(reading);
    if (this.#isOfElsewhere(reading.claim)) return [words.other_conference_line];
    return [words[`${verdict}_line`]];
  }

  // A ticket of another conference: its number is somebody else's here.
  #isOfElsewhere({ fault, conference }) {
    const own = this.known.roster?.conference.id;
    return !fault && own !== undefined && (conference ?? own) !== own;
  }

  // When somebody is called who has come to another session, as far as this door knows.
  #ownSession({ claim }) {
    const person = this.known.people.get(claim.attendee);
    if (!person) return [];
    const own = this.known.sessions.find((one) => person.sessions?.includes(one.id));
    if (!own) return [this.words.no_session_line];
    const day = own.held_on.split("-").reverse().join("/");
    return [fill(this.words.other_session_line, { at: clock(own.starts_at), day })];
  }

  // The spare badge that was handed over with this, or shown.
  #spare(verdict, { handed, shown }) {
    if (handed) return LETS_IN.has(verdict) ? fill(this.words.spare_handed, { n: spareOf(handed) }) : "";
    const number = shown ? spareOf(shown) : null;
    return number === null ? "" : fill(this.words.spare_number, { n: number });
  }

  // Who goes out or is checked inside should have come in before.
  #beforeThis({ item, claim }) {
    if (item.direction === "in") return [];
    const seen = this.known.seen.get(claim.attendee);
    const words = this.words[seen && seen.by !== item.id ? "came_line" : `unseen_${item.direction}_line`];
    return [fill(words, { at: seen ? clock(seen.at) : "" })];
  }

  #already(reading, answer) {
    const first = answer?.first_seen;
    const at = first ? Date.parse(first.at) : this.known.seen.get(reading.claim.attendee)?.at;
    if (at === undefined) return [];
    const minutes = Math.floor((reading.t - at) / 60_000);
    const ago = minutes < 1 ? this.words.ago_now : fill(this.words.ago, { n: minutes });
    if (!first) return [fill(this.words.already_line_here, { at: clock(at) }), ago];
    const where = first.site === this.known.site ? first.device : first.site_name;
    return [fill(this.words.already_line, { at: clock(at), where }), ago];
  }

  #facts(verdict, reading, person) {
    if (!person) return [];
    const isOfHere = person.site === this.known.site;
    if (verdict === "other_site" || (verdict === "other_session" && !isOfHere)) {
      return person.site_name ? [[this.words.guest_of, person.site_name]] : [];
    }
    if (verdict !== "accepted" && verdict !== "late") return [];
    const facts = [];
    const isGuest = reading.item.decision === "guest"; // whose seat is one of another hall, or of another day
    if (person.seat && !isGuest) facts.push([this.words.seat, person.seat]);
    facts.push([this.words[`at_${reading.item.direction}`], clock(reading.t)]);
    if (isGuest) facts.unshift([this.words.guest, isOfHere ? this.words.guest_session : (person.site_name ?? "")]);
    return facts;
  }

  #second(verdict, { handed }) {
    if (handed && LETS_IN.has(verdict)) return { what: "undo", words: this.words.undo };
    if (verdict === "accepted" || verdict === "late" || verdict === "too_early") {
      return { what: "undo", words: this.words.undo };
    }
    return GROUNDS[verdict] === "refused" ? { what: "find", words: this.words.find } : null;
  }

  #guestNote() {
    const free = this.known.freeSeats;
    if (free === null) return this.words.guest;
    return free > 0 ? fill(this.words.guest_seats, { n: number(free) }) : this.words.guest_no_seats;
  }
}
