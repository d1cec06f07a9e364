// The rungs that a device climbs before the doors open: each measured here, shown with its value and a way to mend it,
// and told to the server. The same rungs as conference/checkin/preflight.py.

import { shape } from "../lib/shape.js";
import { clock, fill, number } from "../lib/words.js";
import { APP } from "./version.js";

const TEST_CODE = /^0{12,40}$/; // what /door/test-code.svg shows
const OLD_ROSTER = 12 * 3_600_000;
const CLOCK_WARNING = 120_000;
const ENOUGH_ROOM = 50; // MB
const LEAST_ROOM = 5;
const LOW_BATTERY = 40; // percent: a study session lasts half a day
const SOON = 800;
const SHAPES = { good: ["ring-tick", "ok"], look: ["triangle", "warn"], lacking: ["octagon-cross", "bad"] };

export class Preflight {
  constructor({ page, known, mode, sync, store, camera, tabs, prepare }) {
    Object.assign(this, { page, known, mode, sync, store, camera, tabs, prepare });
    this.tested = null;
    this.rungs = {};
    this.mends = {
      roster: () => sync.refreshRoster(),
      offline: () => prepare(),
      storage: () => navigator.storage?.persist?.(),
      clock: () => sync.askNews(),
      network: () => sync.askNews(),
      camera: () => camera.start(true),
      test_scan: () => this.#beginTest(),
      app: () => this.#renew(),
    };
    for (const row of this.#rows()) {
      row.querySelector(".rung__mend")?.addEventListener("click", () => this.#mend(row.dataset.rung));
    }
    page.part("check-done").addEventListener("click", (event) => {
      event.preventDefault();
      tabs.open("scan");
    });
  }

  // Measures everything and tells the server. Cheap: it may run whenever the panel is opened.
  async run() {
    const { root } = this.page;
    this.rungs = {
      roster: this.#roster(),
      offline: root.dataset.offline === "true" ? ["good", null, "offline_ready"] : ["lacking", null, "offline_not"],
      storage: await this.#storage(),
      room: await this.#room(),
      clock: this.#clock(),
      network: this.#network(),
      camera: await this.#camera(),
      test_scan: this.tested ?? ["lacking", null, "check_test_none"],
      battery: await this.#battery(),
      app: await this.#app(),
    };
    this.#show();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.#tell(), SOON);
  }

  // A code that was read in test mode: it proves that this device reads, and counts for nobody.
  async take(text, method) {
    let word = "check_test_other";
    if (TEST_CODE.test(text)) word = "check_test_code";
    else if (this.known.roster && !(await this.known.claimOf(text, method)).fault) word = "check_test_ticket";
    this.tested = ["good", method, word];
    this.mode.turn("in");
    this.tabs.open("check");
  }

  // ---- the rungs: [state, value for the server, word, what fills the word]

  #roster() {
    const { roster, called } = this.known;
    if (!roster) return ["lacking", 0, "check_roster_none"];
    const isFresh = Date.now() - roster.taken_at < OLD_ROSTER;
    return [isFresh ? "good" : "look", called, "check_roster", { n: number(called), at: clock(roster.taken_at) }];
  }

  async #storage() {
    try {
      await this.store.tryOut();
    } catch {
      return ["lacking", "none", "check_storage_none"];
    }
    const isKept = await navigator.storage?.persisted?.().catch(() => false);
    return isKept
      ? ["good", "persistent", "check_storage_persistent"]
      : ["look", "temporary", "check_storage_temporary"];
  }

  async #room() {
    const told = await navigator.storage?.estimate?.().catch(() => null);
    if (!told?.quota) return ["good", null, "check_unknown"];
    const free = Math.floor((told.quota - told.usage) / 1_000_000);
    const state = free >= ENOUGH_ROOM ? "good" : free >= LEAST_ROOM ? "look" : "lacking";
    return [state, free, state === "good" ? "check_room" : "check_room_low", { n: number(free) }];
  }

  #clock() {
    const { samples, offset } = this.sync;
    if (!samples.length) return ["look", null, "check_clock_none"];
    const seconds = Math.round(offset / 1000);
    const away = Math.abs(seconds);
    if (away * 1000 > CLOCK_WARNING) return ["look", seconds, "check_clock_wrong", { n: number(Math.round(away / 60)) }];
    return ["good", seconds, away < 3 ? "clock_ok" : "clock_off", { n: number(away) }];
  }

  #network() {
    const { isOnline, samples } = this.sync;
    if (!isOnline || !samples.length) return ["look", null, "check_network_none"];
    const { trip } = samples.at(-1);
    return ["good", trip, "check_network", { n: number(trip) }];
  }

  // Without a camera a scanner that types does as well: the test scan tells whether something reads.
  async #camera() {
    if (await this.camera.start()) return ["good", "running", "check_camera"];
    const fault = this.camera.fault ?? "absent";
    return ["look", fault, `camera_${fault}`];
  }

  async #battery() {
    const battery = await navigator.getBattery?.().catch(() => null);
    if (!battery) return ["good", null, "check_unknown"];
    const percent = Math.round(battery.level * 100);
    if (battery.charging) return ["good", percent, "check_battery_charging", { n: percent }];
    const isLow = percent < LOW_BATTERY;
    return [isLow ? "look" : "good", percent, isLow ? "check_battery_low" : "check_battery", { n: percent }];
  }

  async #app() {
    const registration = await navigator.serviceWorker?.getRegistration?.().catch(() => null);
    const isOld = Boolean(registration?.waiting) || this.page.root.dataset.renewed === "true";
    const word = this.sync.waiting ? "check_app_waits" : "check_app_new";
    return [isOld ? "look" : "good", APP, isOld ? word : null, { n: APP }];
  }

  // ---- mending, showing, telling

  async #mend(name) {
    await this.mends[name]();
    await this.run();
  }

  #beginTest() {
    this.mode.turn("test");
    this.tabs.open("scan");
  }

  // Never while something is unsent: what is on the way stays with the page that sends it.
  #renew() {
    if (!this.sync.waiting) location.reload();
  }

  #show() {
    const { words } = this.page;
    for (const row of this.#rows()) {
      const [state, , word, values] = this.rungs[row.dataset.rung];
      row.dataset.state = state;
      row.querySelector(".rung__shape").replaceChildren(shape(...SHAPES[state], 20));
      row.querySelector(".rung__value").textContent = word === null ? values.n : fill(words[word], values ?? {});
      row.querySelector(".rung__mend")?.toggleAttribute("hidden", state === "good");
    }
    const lacking = Object.values(this.rungs).filter(([state]) => state === "lacking").length;
    const said = lacking ? fill(words.check_lacking, { n: number(lacking) }) : words.check_ready;
    this.page.part("check-word").textContent = said;
    this.page.part("fact-check").textContent = said;
  }

  #tell() {
    const rungs = Object.entries(this.rungs).map(([name, [state, value]]) => [name, [state, value]]);
    this.sync.report({ checked_at: new Date(Date.now() + this.sync.offset).toISOString(), rungs: Object.fromEntries(rungs) });
  }

  #rows() {
    return [...this.page.root.querySelectorAll("[data-rung]")];
  }
}
