// Brings the queue to the server and news of the door back. What is sent stays in the queue until the server has
// answered for exactly that id, in JSON: a sign-in page or a hotel's portal is no answer.

import { APP } from "./version.js";

const BATCH = 50;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
const ASK_EVERY = 3_000;
const ROSTER_EVERY = 60_000;
const TIMEOUT = 12_000;
const SAMPLES = 8;
const CLOCK_JUMP = 2_000;

export class Sync extends EventTarget {
  constructor({ store, door, urls, csrf }) {
    super();
    Object.assign(this, { store, door, urls, csrf });
    this.identity = null;
    this.cursor = null;
    this.etag = null;
    this.isOnline = navigator.onLine;
    this.needsSignIn = false;
    this.hasEnded = false; // the token is over: it may deliver the queue, and nothing else
    this.lastSent = null;
    this.preflight = null; // not told yet
    this.rosterAt = null; // when the server last said that the roster is this
    this.isRosterOld = false; // somebody has changed it since
    this.waiting = 0;
    this.offset = 0; // server time less device time, ms
    this.correctedBy = 0; // so much of it since the last answer, because the clock went back
    this.samples = [];
    this.wait = FIRST_WAIT;
    this.isSending = false;
    this.leftOut = new Set(); // devices for which the server takes nothing from this one, until the page is opened anew
    this.listeners = new Map(); // item id -> resolve of who waits for its answer
  }

  async start() {
    this.identity = await this.store.identity(this.door);
    this.waiting = await this.store.count(this.door);
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.#line(false));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now());
    if (this.identity) await this.refreshRoster();
    else await this.enrol();
    this.report(this.preflight);
    this.#loop();
    this.#rosterLoop();
  }

  now() {
    this.wait = FIRST_WAIT;
    this.send().then(() => this.sendHalls()); // scans first: a count of the hall is compared with them
  }

  // Whether an account stands behind this page: without one a device is enrolled by a link of its own.
  get canAskKey() {
    return Boolean(this.urls.enrol);
  }

  // A token for this browser; it is shown once and kept here. Only for somebody with an account, and once a device has
  // ended only when they ask for it.
  async enrol() {
    if (!this.canAskKey) {
      this.#end(); // its browser has lost what it was given: only another code lets it in
      return false;
    }
    const answer = await this.#ask(this.urls.enrol, { method: "POST", headers: { "X-CSRF-Token": this.csrf } }, false);
    const isEnrolled = answer.status === 200 && Boolean(answer.body?.token);
    if (isEnrolled) {
      const { token, device, label } = answer.body;
      this.identity = { token, device, label, seq: this.identity?.seq ?? 0 };
      await this.store.saveIdentity(this.door, this.identity).catch(() => {}); // without room it lasts as long as the page
      this.hasEnded = false;
      this.etag = null;
      this.dispatchEvent(new CustomEvent("enrolled", { detail: answer.body.roster_key }));
      await this.refreshRoster();
    }
    this.needsSignIn = !isEnrolled && answer.status !== 0;
    this.#changed();
    return isEnrolled;
  }

  // The key that opens the names of this door, for an account that may count here; null without a line.
  async askKey() {
    if (!this.identity) return null;
    const body = new FormData();
    body.set("device", this.identity.device);
    const headers = { "X-CSRF-Token": this.csrf };
    const answer = await this.#ask(this.urls.key, { method: "POST", headers, body }, false);
    return answer.body?.roster_key ?? null;
  }

  // Revoked or expired: the roster goes, the queue stays and is delivered.
  #end() {
    this.hasEnded = true;
    this.dispatchEvent(new CustomEvent("ended"));
    this.#changed();
  }

  async nextSeq() {
    if (!this.identity) return 0;
    this.identity.seq += 1;
    this.store.saveIdentity(this.door, this.identity).catch(() => {});
    return this.identity.seq;
  }

  // The answer for this item, or null when none came within the time: the item stays in the queue either way.
  async deliver(item, within) {
    const answered = new Promise((resolve) => this.listeners.set(item.id, resolve));
    const late = new Promise((resolve) => setTimeout(() => resolve(null), within));
    this.send();
    return Promise.race([answered, late]);
  }

  // Later answers are heard here: sync.answerOf(id).then(…)
  answerOf(id) {
    return new Promise((resolve) => {
      const before = this.listeners.get(id);
      this.listeners.set(id, (answer) => {
        before?.(answer);
        resolve(answer);
      });
    });
  }

  async send() {
    if (this.isSending) {
      this.isWanted = true;
      return;
    }
    this.isSending = true;
    try {
      do {
        this.isWanted = false;
      } while ((await this.#sendOnce()) || this.isWanted);
    } finally {
      this.isSending = false;
      this.#changed();
    }
  }

  // True when more can be sent at once.
  async #sendOnce() {
    const isLeftOut = (device) => this.leftOut.has(device);
    const { items, carriedFor } = await this.store.batch(this.door, this.batch ?? BATCH, isLeftOut);
    this.waiting = await this.store.count(this.door);
    if (!items.length) return false;
    if (!this.identity && !(await this.enrol())) return false;
    const answer = await this.#ask(this.urls.scans, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.identity.token}` },
      body: JSON.stringify({
        items,
        cursor: this.cursor,
        ...(carriedFor === undefined ? { device: this.#device() } : { carried_for: carriedFor }),
      }),
    });
    if (answer.status === 200 && Array.isArray(answer.body?.items)) return this.#settle(items, answer.body);
    if (answer.status === 401 && !this.hasEnded) this.#end();
    if (answer.status === 413 || answer.status === 400) {
      this.batch = Math.max(1, Math.floor(items.length / 2));
      if (items.length > 1) return true;
    }
    // What another device handed over and the server does not take from here must not stand before the own scans.
    if (carriedFor !== undefined && answer.status >= 400 && answer.status < 500) {
      this.leftOut.add(carriedFor);
      return true;
    }
    this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
    return false;
  }

  async #settle(items, body) {
    const sent = new Set(items.map((item) => item.id));
    const durable = body.items.filter((one) => sent.has(one.id) && [200, 400, 409].includes(one.status));
    await this.store.drop(durable.map((one) => one.id));
    this.waiting = await this.store.count(this.door);
    this.wait = FIRST_WAIT;
    this.lastSent = new Date();
    this.batch = BATCH;
    this.preflight = null;
    this.#news(body);
    for (const answer of durable) {
      this.dispatchEvent(new CustomEvent("answer", { detail: { answer, item: items.find((item) => item.id === answer.id) } }));
      this.listeners.get(answer.id)?.(answer);
      this.listeners.delete(answer.id);
    }
    return durable.length > 0 && this.waiting > 0;
  }

  #news(body) {
    if (typeof body.cursor === "string") this.cursor = body.cursor;
    if (body.roster_changed) {
      this.isRosterOld = true;
      this.refreshRoster();
    }
    this.dispatchEvent(
      new CustomEvent("news", { detail: { changes: body.changes ?? [], headcounts: body.headcounts ?? [] } }),
    );
  }

  #device() {
    const said = { queue: this.waiting, clock_offset_ms: Math.round(this.offset), app: APP };
    if (this.rosterAt) said.roster_at = this.rosterAt;
    return this.preflight ? { ...said, preflight: this.preflight } : said;
  }

  // How this device does, also while nobody comes. A pre-flight is told at once, or with the next delivery that arrives.
  async report(preflight) {
    this.preflight = preflight;
    if (!this.identity || this.hasEnded) return;
    const answer = await this.#ask(this.urls.report, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.identity.token}` },
      body: JSON.stringify(this.#device()),
    });
    if (answer.status === 200 && this.preflight === preflight) this.preflight = null;
  }

  // Counts of the hall, one after the other. What the server refuses is kept with its reason and not sent again.
  async sendHalls() {
    if (!this.identity || this.isSendingHalls) return;
    this.isSendingHalls = true;
    try {
      const halls = await this.store.halls(this.door);
      for (const { refused, ...count } of halls) {
        if (!refused && !(await this.#sendHall(count))) break;
      }
    } finally {
      this.isSendingHalls = false;
    }
  }

  // True when the server has answered for it.
  async #sendHall(count) {
    const answer = await this.#ask(this.urls.halls, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.identity.token}` },
      body: JSON.stringify(count),
    });
    const isKept = answer.status === 200 && answer.body.id === count.id;
    const why = [400, 404, 409].includes(answer.status) ? (answer.body.message ?? String(answer.status)) : null;
    if (isKept) await this.store.dropHall(this.door, count.id);
    else if (why) await this.store.keepHall(this.door, { ...count, refused: why });
    else return false;
    const detail = { study_session: count.study_session, hall: answer.body.hall };
    this.dispatchEvent(new CustomEvent("hall", { detail }));
    return true;
  }

  async refreshRoster() {
    if (!this.identity || this.hasEnded) return;
    const headers = { Authorization: `Bearer ${this.identity.token}` };
    if (this.etag) headers["If-None-Match"] = this.etag;
    const answer = await this.#ask(this.urls.door, { headers });
    if (answer.status === 401) return this.#end();
    if (answer.status === 304) this.rosterAt = new Date(Date.now() + this.offset).toISOString();
    if (answer.status === 304) this.isRosterOld = false;
    if (answer.status !== 200 || !Array.isArray(answer.body?.people)) return;
    this.rosterAt = answer.body.server_time;
    this.isRosterOld = false;
    this.etag = answer.etag;
    this.cursor = answer.body.cursor;
    const roster = { ...answer.body, taken_at: Date.now() };
    await this.store.saveRoster(this.door, roster).catch(() => {});
    this.dispatchEvent(new CustomEvent("roster", { detail: roster }));
  }

  // What was counted at this door by other devices.
  async askNews() {
    if (!this.identity || this.hasEnded || document.visibilityState === "hidden") return;
    const answer = await this.#ask(`${this.urls.changes}?cursor=${this.cursor ?? 0}`, {
      headers: { Authorization: `Bearer ${this.identity.token}` },
    });
    if (answer.status === 200 && answer.body?.headcounts) this.#news(answer.body);
    if (answer.status === 401) this.#end();
  }

  async #loop() {
    for (;;) {
      // Half the wait is chance, so that 364 doors do not come back in the same second.
      const pause = this.waiting ? this.wait : ASK_EVERY;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
      if (this.waiting) await this.send();
      else await this.askNews();
      if (this.isRosterOld && this.isOnline) await this.refreshRoster(); // the question that was to bring it got lost
      if (this.isOnline) await this.sendHalls();
      if (this.preflight && this.isOnline) await this.report(this.preflight);
    }
  }

  async #rosterLoop() {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, ROSTER_EVERY * (0.7 + Math.random() * 0.6)));
      if (document.visibilityState !== "visible") continue;
      await this.refreshRoster();
      await this.report(this.preflight);
    }
  }

  async #ask(url, options, isTimed = true) {
    this.mindClock();
    const began = Date.now();
    try {
      const response = await fetch(url, {
        ...options,
        headers: { Accept: "application/json", ...options.headers },
        cache: "no-store",
        credentials: "same-origin",
        redirect: "follow",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
      if (response.status === 304) {
        this.#line(true);
        return { status: 304, body: null };
      }
      const body = isJson ? await response.json() : null;
      if (body === null) {
        this.#line(false);
        return { status: 0, body: null };
      }
      if (isTimed && body.server_time) this.#compareClocks(began, Date.parse(body.server_time));
      this.#line(response.status < 500);
      return { status: response.status, body, etag: response.headers.get("ETag") };
    } catch {
      this.#line(false);
      return { status: 0, body: null };
    }
  }

  // The device's clock was set, or jumped: what was compared with it before no longer holds. A clock that went back is
  // corrected at once by as much, until it is put right again; one that went on may as well have slept.
  mindClock() {
    const gone = Date.now() - performance.now();
    const jump = gone - (this.clockGone ?? gone);
    this.clockGone = gone;
    if (Math.abs(jump) < CLOCK_JUMP) return;
    this.samples = [];
    const by = jump < 0 ? jump : Math.min(jump, this.correctedBy);
    this.offset -= by;
    this.correctedBy -= by;
  }

  // The quickest of the last answers tells the offset best.
  #compareClocks(began, serverTime) {
    if (!Number.isFinite(serverTime)) return;
    this.mindClock();
    const ended = Date.now();
    if (ended < began) return;
    this.correctedBy = 0;
    this.samples = [...this.samples, { trip: ended - began, offset: serverTime - (began + ended) / 2 }].slice(-SAMPLES);
    this.offset = this.samples.reduce((best, one) => (one.trip < best.trip ? one : best)).offset;
  }

  #line(isOnline) {
    if (this.isOnline === isOnline) return;
    this.isOnline = isOnline;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("state"));
  }
}
