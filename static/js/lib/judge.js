// What the door says, decided on the phone. The same decisions as conference/checkin/rules.py, proved equal on
// thousands of shared cases: whoever changes one changes both. Plain data in, a word out; no clock, no network.

const MOST_DIGITS_OF_A_NUMBER = 10;
const BETWEEN_SESSIONS = 30 * 60_000;
const SPARE_FROM = 2 ** 31;
const BY_HAND = new Set(["typed", "name", "paper"]);

export const LETS_IN = new Set(["accepted", "late", "already_in", "too_early"]);

// The attendee's number, where the way of reading may give one instead of a ticket.
export function numberGiven(text, method) {
  const isNumber = /^[0-9]+$/.test(text) && text.length <= MOST_DIGITS_OF_A_NUMBER;
  return BY_HAND.has(method) && isNumber ? Number(text) : null;
}

// The number of the spare badge that this is, null for somebody's own ticket.
export function spareOf(claim) {
  const isSpare = !claim.fault && claim.site !== null && claim.attendee >= SPARE_FROM;
  return isSpare ? claim.attendee - SPARE_FROM : null;
}

// Of a spare badge the entry is whoever it was handed to, at the site and in the study session where that happened.
// Somebody of another site or of another study session comes in as the host's guest.
// claim: {attendee, conference, site, issue} with nulls for what is not known, or {fault: "malformed"|"forged"}.
export function judge({ claim, entry, session, site, t, direction, is_guest, seen, knows_all_sites }) {
  if (claim.fault === "malformed") return "invalid";
  if (claim.fault === "forged") return "forged";
  if (session === null) return "unknown";
  if (claim.conference !== null && claim.conference !== session.conference) return "not_summoned";
  const isSpare = spareOf(claim) !== null;
  if (entry === null && !isSpare) {
    const belongsElsewhere = !knows_all_sites && claim.site !== null && claim.site !== site;
    if (!belongsElsewhere) return "unknown";
  }
  const isOnItsDay = session.day_from <= t && t < session.day_until;
  const isClosed = isOnItsDay && session.closed_at !== null && t >= session.closed_at;
  if (isClosed && isSpare) return "closed"; // asked first: it is so whoever the badge turns out to be of
  if (entry !== null) {
    const bar = barred(claim, entry, session, t);
    if (bar !== null) return bar;
  }
  if (isClosed) return "closed";
  if (entry === null && isSpare) return "spare";
  if (seen !== null && seen.site === site && direction === "in") return "already_in";
  if (entry !== null && !is_guest && !isCalledTo(entry, session.id)) return "other_session";
  if ((entry === null || entry.site !== site) && !is_guest) return "other_site";
  if (direction !== "in") return "accepted";
  if (seen !== null) return "already_in";
  if (!isOnItsDay) return "accepted";
  if (t < session.doors_open_at) return "too_early";
  return minutesLate(session, t) === null ? "accepted" : "late";
}

function barred(claim, entry, session, t) {
  if (entry.withdrawn) return "not_summoned";
  if (claim.issue !== null && spareOf(claim) === null && claim.issue < entry.issue) {
    const isTheOneBefore = claim.issue === entry.issue - 1 && entry.reissued_at !== null;
    if (!(isTheOneBefore && t < entry.reissued_at)) return "revoked";
  }
  return entry.substituted.includes(session.id) ? "substituted" : null;
}

// Whether a study session is one of those that somebody on the roster is called to.
export const isCalledTo = ({ sessions }, session) => sessions === null || sessions.includes(session);

// Whole minutes since the start, or null for someone who is not late.
export function minutesLate(session, t) {
  const minutes = Math.floor((t - session.starts_at) / 60000);
  return minutes >= session.late_after_minutes ? minutes : null;
}

// The study session that a door counts in at t; sessions in order of time.
export function sessionAt(sessions, t) {
  const today = sessions.filter((one) => one.day_from <= t && t < one.day_until);
  if (!today.length) return sessions.find((one) => one.starts_at > t) ?? sessions.at(-1);
  let found = today[0];
  today.slice(1).forEach((one, place) => {
    if (t >= Math.min(one.doors_open_at, today[place].ends_at + BETWEEN_SESSIONS)) found = one;
  });
  return found;
}
