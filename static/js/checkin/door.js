// The door: reads tickets, shows the verdict at once, and keeps each scan until the server has it.

import { verify } from "../lib/ed25519.js";
import { judge, LETS_IN, minutesLate, numberGiven } from "../lib/judge.js";
import { setMeter, shape } from "../lib/shape.js";
import { ticketReader } from "../lib/ticket.js";
import { clock, fill, fold, number } from "../lib/words.js";
import { Camera } from "./camera.js";
import { prepareOffline } from "./offline.js";
import { listFound } from "./search.js";
import { shake, sound, wakeSound } from "./signs.js";
import { openStore } from "./store.js";
import { Sync } from "./sync.js";
import { GROUNDS, VerdictScreen } from "./verdict.js";
import { listenToWedge } from "./wedge.js";

const WAIT_FOR_SERVER = 250;
const LAST_SHOWN = 2;
const CLOCK_WARNING = 120_000;
const ASKING = { other_site: true };

export async function mount(root) {
  await new Door(root).open();
}

class Door {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part="${name}"]`) ?? document.querySelector(`[data-part="${name}"]`);
    this.words = Object.fromEntries(
      [...this.part("words").content.querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.textContent]),
    );
    this.site = Number(root.dataset.site);
    this.session = Number(root.dataset.session);
    this.key = `${root.dataset.conference}:${this.site}`;
    this.roster = null;
    this.people = new Map();
    this.seen = new Map(); // number -> { site, at }, in the chosen study session
    this.present = Number(this.part("present").textContent.replace(/\D/g, ""));
    this.last = [];
    this.turn = 0;
    this.screen = new VerdictScreen(this.part("verdict"), this.words, fill);
  }

  async open() {
    try {
      this.store = await openStore();
    } catch {
      this.#note("bad", this.words.note_storage);
      return;
    }
    const { scanUrl, doorUrl, changesUrl, enrolUrl } = this.root.dataset;
    this.sync = new Sync({
      store: this.store,
      door: this.key,
      urls: { scans: scanUrl, door: doorUrl, changes: changesUrl, enrol: enrolUrl },
      csrf: document.querySelector('meta[name="csrf-token"]').content,
    });
    this.sync.addEventListener("roster", ({ detail }) => {
      this.#take(detail);
      this.#recallQueue();
    });
    this.sync.addEventListener("ended", () => this.#forget());
    this.sync.addEventListener("news", ({ detail }) => this.#hear(detail));
    this.sync.addEventListener("state", () => this.#showLine());
    this.#tabs();
    this.#controls();
    const kept = await this.store.roster(this.key);
    if (kept) {
      this.#take(kept);
      await this.#recallQueue();
    }
    await this.sync.start();
    this.#showLine();
    this.root.dataset.ready = "true";
    this.#prepareOffline();
  }

  async #prepareOffline() {
    const { workerUrl, decoderUrl, wasmUrl, decoderParts } = this.root.dataset;
    const { states, icons } = document.documentElement.dataset; // sprites are loaded by use, out of sight
    const extra = [decoderUrl, wasmUrl, states, icons, ...decoderParts.split(" ")];
    const isReady = await prepareOffline({ workerUrl, extra });
    this.root.dataset.offline = String(isReady);
    this.part("fact-offline").textContent = isReady ? this.words.offline_ready : this.words.offline_not;
  }

  // ---- what is known of the door

  #take(roster) {
    this.roster = roster;
    this.people = new Map(roster.people.map((one) => [one.number, { ...one, folded: fold(one.name) }]));
    this.times = roster.sessions.find((one) => one.id === this.session) ?? null;
    this.read = ticketReader(roster.keys, verify);
    const seen = Object.entries(roster.seen[this.session] ?? {});
    this.seen = new Map(seen.map(([one, [at, site]]) => [Number(one), { at, site }]));
    this.called = roster.people.filter((one) => !one.withdrawn).length;
    this.#count([...this.seen.values()].filter((one) => one.site === this.site).length);
    this.part("fact-roster").textContent = clock(new Date(roster.taken_at));
    this.part("fact-device").textContent = roster.device?.label ?? "";
  }

  // What is personal leaves this device; what was scanned stays until the server has it.
  #forget() {
    this.roster = null;
    this.people.clear();
    clearTimeout(this.keeping);
    this.store.dropRoster(this.key).catch(() => {});
    this.#showFound();
  }

  // Who was let in here and is not on the server yet: a reload, or a roster older than the queue, must not forget.
  async #recallQueue() {
    const items = await this.store.waiting(this.key);
    const undone = new Set(items.filter((one) => one.kind === "undo").map((one) => one.target));
    for (const item of items) {
      if (item.kind !== "scan" || item.study_session !== this.session || undone.has(item.id)) continue;
      if (item.verdict_shown !== null && !LETS_IN.has(item.verdict_shown)) continue;
      const typed = numberGiven(item.ticket, item.method);
      const claim = typed === null ? await this.read(item.ticket) : { attendee: typed };
      const isCalledHere = this.people.get(claim.attendee)?.withdrawn === false;
      if (claim.fault || this.seen.has(claim.attendee) || !(isCalledHere || item.decision === "guest")) continue;
      this.seen.set(claim.attendee, { site: this.site, at: Date.parse(item.scanned_at) + item.clock_offset_ms });
    }
    this.#count([...this.seen.values()].filter((one) => one.site === this.site).length);
  }

  #hear({ changes, headcounts }) {
    for (const one of changes) {
      if (one.study_session !== this.session) continue;
      if (one.present) this.seen.set(one.number, { site: one.site, at: Date.parse(one.at) });
      else this.seen.delete(one.number);
    }
    const here = headcounts.find((one) => one.study_session === this.session && one.site === this.site);
    if (here) this.#count(here.present);
    if (changes.length) this.#keepSeen();
    this.#showFound();
  }

  // So that a start without a line knows what this device knew when the line was lost.
  #keepSeen() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      if (!this.roster) return;
      const seen = Object.fromEntries([...this.seen].map(([one, { at, site }]) => [one, [at, site]]));
      this.roster.seen = { ...this.roster.seen, [this.session]: seen };
      this.store.saveRoster(this.key, this.roster).catch(() => {});
    }, 400);
  }

  #count(present) {
    this.present = present;
    this.part("present").textContent = number(present);
    this.part("fact-present").textContent = number(present);
    if (this.called === undefined) return;
    this.part("summoned").textContent = number(this.called);
    this.part("fact-called").textContent = number(this.called);
    this.part("left").textContent = number(Math.max(0, this.called - present));
    setMeter(this.part("meter"), present, this.called);
  }

  // ---- one reading, from whatever source

  // extra: { number } for somebody found by name.
  async onText(text, method) {
    if (this.screen.isOpen && (this.screen.view.isAsking || this.screen.isHeld)) return;
    if (!this.roster) {
      this.#note("warn", this.words.note_no_roster);
      return;
    }
    const at = Date.now();
    const t = Math.round(at + this.sync.offset);
    const typed = numberGiven(text, method);
    const claim = typed === null ? await this.read(text) : { attendee: typed, conference: null, site: null, issue: null };
    const verdict = this.#judge(claim, t, false);
    const item = await this.#item(text, method, at, verdict, null);
    await this.#settle({ item, claim, verdict, t, isAsking: ASKING[verdict] ?? false });
  }

  #judge(claim, t, isGuest) {
    const earlier = claim.fault ? null : (this.seen.get(claim.attendee) ?? null);
    return judge({
      claim,
      entry: claim.fault ? null : (this.people.get(claim.attendee) ?? null),
      session: this.times,
      site: this.site,
      t,
      direction: "in",
      is_guest: isGuest,
      seen: earlier && earlier.at <= t ? earlier : null,
      knows_all_sites: false,
    });
  }

  async #item(text, method, at, verdict, decision) {
    return {
      id: newId(),
      kind: "scan",
      ticket: text,
      study_session: this.session,
      direction: "in",
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
      await this.store.keep(this.key, item);
      this.sync.waiting += 1;
    } catch {
      isKept = false;
    }
    this.#showLine();
    const answer = isKept && this.sync.isOnline ? await this.sync.deliver(item, WAIT_FOR_SERVER) : null;
    this.#show(reading, answer, isKept);
    if (isKept && answer === null) {
      this.sync.send();
      this.sync.answerOf(item.id).then((later) => this.#afterwards(turn, reading, later));
    }
    if (answer) this.#remember(reading, answer);
    else if (!isAsking && LETS_IN.has(verdict)) this.#rememberHere(reading);
  }

  // The server's answer came after the verdict was shown.
  #afterwards(turn, reading, answer) {
    this.#remember(reading, answer);
    const isShown = this.screen.isOpen && this.turn === turn;
    const differs = GROUNDS[answer.verdict] !== GROUNDS[reading.verdict];
    if (differs && (isShown || LETS_IN.has(reading.verdict))) this.#show(reading, answer, true);
    else if (isShown) {
      this.screen.safe(...this.#safe(answer.verdict, answer, true));
      if (answer.attendee?.name) this.screen.person(answer.attendee);
    }
  }

  #show(reading, answer, isKept) {
    const verdict = answer?.verdict ?? reading.verdict;
    const person = this.#person(reading, answer);
    const isAsking = ASKING[verdict] ?? false;
    this.screen.show({
      verdict,
      lines: this.#lines(verdict, reading, answer),
      person,
      facts: this.#facts(verdict, reading, person, answer),
      safe: this.#safe(verdict, answer, isKept),
      second: this.#second(verdict),
      isAsking,
      guestNote: isAsking ? this.#guestNote() : "",
    });
    this.current = { ...reading, answer };
    const kind = GROUNDS[verdict];
    if (this.part("sound").checked) sound(kind);
    if (this.part("vibration").checked) shake(kind);
    this.part("announce").textContent = `${this.words[verdict]}. ${person?.name ?? ""}`;
    this.#lastScan(verdict, person, reading);
  }

  #person(reading, answer) {
    if (answer?.attendee) {
      const { attendee } = answer;
      return { ...attendee, name: attendee.name ?? fill(this.words.number, { n: attendee.number }) };
    }
    if (reading.claim.fault) return null;
    const known = this.people.get(reading.claim.attendee);
    if (known) return known;
    if (reading.verdict !== "other_site" && reading.verdict !== "accepted") return null;
    return { number: reading.claim.attendee, name: fill(this.words.number, { n: reading.claim.attendee }) };
  }

  #lines(verdict, reading, answer) {
    const { words, times } = this;
    if (verdict === "late") {
      const late = answer?.minutes_late ?? minutesLate(times, reading.t) ?? 0;
      return [fill(words.late_line, { n: late })];
    }
    if (verdict === "already_in") return this.#already(reading, answer);
    if (verdict === "too_early") return [fill(words.too_early_line, { at: clock(times.doors_open_at) })];
    if (verdict === "closed") return times?.closed_at ? [fill(words.closed_line, { at: clock(times.closed_at) })] : [];
    return [words[`${verdict}_line`]];
  }

  #already(reading, answer) {
    const first = answer?.first_seen;
    const known = this.seen.get(reading.claim.attendee);
    const at = first ? Date.parse(first.at) : known?.at;
    if (at === undefined) return [];
    const minutes = Math.floor((reading.t - at) / 60_000);
    const ago = minutes < 1 ? this.words.ago_now : fill(this.words.ago, { n: minutes });
    if (!first) return [fill(this.words.already_line_here, { at: clock(at) }), ago];
    const where = first.site === this.site ? first.device : first.site_name;
    return [fill(this.words.already_line, { at: clock(at), where }), ago];
  }

  #facts(verdict, reading, person, answer) {
    if (!person) return [];
    if (verdict === "other_site") return person.site_name ? [[this.words.guest_of, person.site_name]] : [];
    if (verdict !== "accepted" && verdict !== "late") return [];
    const facts = [];
    if (person.seat) facts.push([this.words.seat, person.seat]);
    facts.push([this.words.came_at, clock(reading.t)]);
    if (facts.length === 1 && reading.item.decision === "guest") facts.unshift([this.words.guest, person.site_name ?? ""]);
    return facts;
  }

  #safe(verdict, answer, isKept) {
    const { words } = this;
    if (!isKept) return ["failed", words.safe_failed];
    if (ASKING[verdict]) return ["none", words.safe_none];
    if (!LETS_IN.has(verdict)) return ["refused", words.safe_refused];
    if (answer) return ["kept", fill(words.safe_kept, { present: number(this.present), called: number(this.called) })];
    return this.sync.isOnline ? ["sending", words.safe_sending] : ["device", words.safe_device];
  }

  #second(verdict) {
    if (verdict === "accepted" || verdict === "late" || verdict === "too_early") {
      return { what: "undo", words: this.words.undo };
    }
    return GROUNDS[verdict] === "refused" ? { what: "find", words: this.words.find } : null;
  }

  #guestNote() {
    const free = this.roster?.free_seats;
    if (free === null || free === undefined) return this.words.guest;
    return free > 0 ? fill(this.words.guest_seats, { n: number(free) }) : this.words.guest_no_seats;
  }

  // ---- what it means for the next reading

  #remember(reading, answer) {
    const number = answer.attendee?.number;
    if (number === undefined || !answer.counts) return;
    const first = answer.first_seen;
    this.seen.set(number, first ? { site: first.site, at: Date.parse(first.at) } : { site: this.site, at: reading.t });
    this.#keepSeen();
  }

  #rememberHere({ claim, t }) {
    if (claim.fault || this.seen.has(claim.attendee)) return;
    this.seen.set(claim.attendee, { site: this.site, at: t });
    this.#count(this.present + 1);
  }

  #lastScan(verdict, person, reading) {
    const name = person?.name ?? this.words[verdict];
    this.last = [{ verdict, name, at: reading.t }, ...this.last.filter((one) => one.at !== reading.t)].slice(0, LAST_SHOWN);
    const place = this.part("last");
    place.replaceChildren(
      ...this.last.map((one) => {
        const row = document.createElement("li");
        const [drawn, tone] = LAST_SHAPES[GROUNDS[one.verdict]];
        const words = document.createElement("span");
        words.className = "last__name";
        const isPlain = GROUNDS[one.verdict] === "in" || one.name === this.words[one.verdict];
        words.textContent = isPlain ? one.name : `${one.name} · ${this.words[one.verdict].toLocaleLowerCase("vi")}`;
        const time = document.createElement("time");
        time.textContent = clock(one.at);
        row.append(shape(drawn, tone, 18), words, time);
        return row;
      }),
    );
  }

  // ---- what the host answers

  async #choose(what) {
    const reading = this.current;
    if (what === "guest") {
      const verdict = this.#judge(reading.claim, reading.t, true);
      const item = await this.#item(reading.item.ticket, reading.item.method, Date.now(), verdict, "guest");
      await this.#settle({ ...reading, item, verdict, t: Date.parse(item.scanned_at) + item.clock_offset_ms });
    } else if (what === "undo") {
      await this.#undo(reading);
    } else {
      this.screen.close();
      if (what === "find") this.#tab("search");
    }
  }

  async #undo({ item, claim }) {
    const undo = {
      id: newId(),
      kind: "undo",
      target: item.id,
      scanned_at: new Date().toISOString(),
      clock_offset_ms: Math.round(this.sync.offset),
      device_seq: await this.sync.nextSeq(),
    };
    try {
      await this.store.keep(this.key, undo);
    } catch {
      this.screen.safe("failed", this.words.safe_failed);
      return;
    }
    this.sync.waiting += 1;
    this.seen.delete(claim.attendee);
    this.#count(Math.max(0, this.present - 1));
    this.last = this.last.slice(1);
    this.part("announce").textContent = this.words.undone;
    this.screen.close();
    this.#flash(this.words.undone);
    this.sync.send();
    this.sync.answerOf(undo.id).then(() => this.sync.refreshRoster());
  }

  // ---- what is always in view

  #showLine() {
    const { sync, words } = this;
    const n = number(sync.waiting);
    let state;
    if (sync.needsSignIn) state = ["square-slash", "warn", fill(words.chip_sign_in, { n })];
    else if (!sync.isOnline) state = ["square-slash", "warn", fill(words.chip_offline, { n })];
    else if (sync.waiting) state = ["dot", "quiet", fill(words.chip_sending, { n })];
    else state = ["ring-tick", "ok", fill(words.chip_sent, { at: clock(sync.lastSent ?? new Date()) })];
    const chip = this.part("chip");
    const said = document.createElement("span");
    said.className = `state state--${state[1]}`;
    const text = document.createElement("span");
    text.textContent = state[2];
    said.append(shape(state[0], state[1], 16), text);
    if (chip.textContent !== state[2]) chip.replaceChildren(said);
    this.part("fact-queue").textContent = sync.waiting ? n : words.queue_none;
    if (sync.lastSent) this.part("fact-synced").textContent = clock(sync.lastSent);
    const seconds = Math.round(Math.abs(sync.offset) / 1000);
    if (sync.samples.length) {
      this.part("fact-clock").textContent = seconds < 3 ? words.clock_ok : fill(words.clock_off, { n: number(seconds) });
    }
    if (sync.needsSignIn) this.#note("warn", words.note_sign_in);
    else if (!sync.isOnline) this.#note("warn", this.roster ? words.note_offline : words.note_no_roster);
    else if (Math.abs(sync.offset) > CLOCK_WARNING) this.#note("warn", fill(words.note_clock, { n: Math.round(seconds / 60) }));
    else this.#note(null);
  }

  #note(kind, words = "") {
    const note = this.part("note");
    note.hidden = kind === null;
    if (kind === null || note.dataset.words === words) return;
    note.dataset.words = words;
    note.className = `door-note door-note--${kind}`;
    note.textContent = words;
  }

  #flash(words) {
    const hint = this.part("hint");
    hint.textContent = words;
    clearTimeout(this.flashed);
    this.flashed = setTimeout(() => (hint.textContent = this.words.hint), 2_500);
  }

  // ---- tabs, camera, fields

  #tabs() {
    for (const tab of document.querySelectorAll("[data-tab]")) {
      tab.addEventListener("click", (event) => {
        event.preventDefault();
        wakeSound();
        this.#tab(tab.dataset.tab);
      });
    }
    this.part("menu").addEventListener("click", (event) => {
      event.preventDefault();
      this.#tab("state");
    });
    this.#tab(location.hash.slice(1) in TABS ? location.hash.slice(1) : "scan");
  }

  #tab(name) {
    this.tab = name;
    for (const panel of this.root.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
    for (const tab of document.querySelectorAll("[data-tab]")) {
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    history.replaceState(null, "", `#${name}`);
    if (name === "search") this.part("find").focus();
    if (name === "type") this.part("typed").focus();
    if (this.camera) this.camera.isPaused = name !== "scan";
    if (name === "scan") this.#startCamera();
  }

  #controls() {
    addEventListener("pointerdown", wakeSound, { capture: true });
    addEventListener("keydown", wakeSound, { capture: true });
    this.screen.addEventListener("choice", ({ detail }) => this.#choose(detail));
    listenToWedge((digits) => this.onText(digits, "wedge"));
    this.part("find").addEventListener("input", () => this.#showFound());
    this.part("found").addEventListener("click", (event) => {
      const pressed = event.target.closest("[data-number]");
      if (pressed) this.onText(pressed.dataset.number, "name");
    });
    this.part("type-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#typed();
    });
    this.part("camera-on").addEventListener("click", () => this.#startCamera(true));
    this.part("torch").addEventListener("click", async () => {
      const on = this.part("torch").getAttribute("aria-pressed") !== "true";
      await this.camera.torch(on);
      this.part("torch").setAttribute("aria-pressed", String(on));
    });
    this.part("switch").addEventListener("click", () => this.camera.next().catch(() => {}));
    for (const name of ["sound", "vibration"]) {
      const box = this.part(name);
      box.checked = localStorage.getItem(`door-${name}`) !== "off";
      box.addEventListener("change", () => localStorage.setItem(`door-${name}`, box.checked ? "on" : "off"));
    }
  }

  #typed() {
    const field = this.part("typed");
    const text = field.value.replace(/[\s.]/g, "");
    const isNumber = /^[0-9]{1,10}$/.test(text) || /^[0-9]{188}$/.test(text);
    this.part("type-error").hidden = isNumber;
    field.toggleAttribute("aria-invalid", !isNumber);
    if (!isNumber) {
      this.part("type-error").textContent = this.words.type_error;
      field.focus();
      return;
    }
    field.value = "";
    this.onText(text, "typed");
  }

  #showFound() {
    if (this.tab !== "search") return;
    listFound({
      wanted: fold(this.part("find").value),
      people: this.people,
      seen: this.seen,
      place: this.part("found"),
      count: this.part("find-count"),
      words: this.words,
    });
  }

  async #startCamera(isAsked = false) {
    if (this.camera?.isRunning || (this.cameraFault && !isAsked)) return;
    const { decoderUrl, wasmUrl } = this.root.dataset;
    if (!this.camera) {
      this.camera = new Camera({ video: this.part("video"), decoderUrl, wasmUrl });
      this.camera.addEventListener("code", ({ detail }) => this.onText(detail, "camera"));
      this.camera.addEventListener("several", () => this.#flash(this.words.two_codes));
    }
    try {
      const found = await this.camera.start();
      this.cameraFault = null;
      this.part("camera-off").hidden = true;
      this.part("torch").hidden = !found.hasTorch;
      this.part("switch").hidden = found.cameras < 2;
    } catch (error) {
      this.cameraFault = error.message;
      this.part("camera-off").hidden = false;
      this.part("camera-off-words").textContent = this.words[`camera_${error.message}`] ?? this.words.camera_absent;
    }
  }
}

const TABS = { scan: 1, search: 1, type: 1, state: 1 };
const LAST_SHAPES = {
  in: ["disc-tick", "ok"],
  again: ["squares", "warn"],
  other: ["gate-arrow", "accent"],
  refused: ["octagon-cross", "bad"],
  not_now: ["clock-square", "idle"],
};

// crypto.randomUUID is missing outside HTTPS; the random numbers are not.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
