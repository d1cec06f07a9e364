// The door: reads tickets, shows the verdict at once, and keeps each scan until the server has it.

import { fill } from "../lib/words.js";
import { CameraPanel } from "./camera_panel.js";
import { Fields } from "./fields.js";
import { HallPanel } from "./hall.js";
import { HandOverPanel } from "./hand_over_panel.js";
import { offerInstalling } from "./install.js";
import { Known } from "./known.js";
import { LastScans } from "./last.js";
import { Lock } from "./lock.js";
import { hearNeighbours } from "./near.js";
import { prepareOffline } from "./offline.js";
import { Mode } from "./mode.js";
import { Others } from "./others.js";
import { Page } from "./page.js";
import { Preflight } from "./preflight.js";
import { Readings } from "./readings.js";
import { wakeSound } from "./signs.js";
import { openStore } from "./store.js";
import { Sync } from "./sync.js";
import { Tabs } from "./tabs.js";
import { Telling } from "./telling.js";
import { showCount, showLine, showRoster } from "./top.js";
import { Vault } from "./vault.js";
import { VerdictScreen } from "./verdict.js";
import { WalkInForm } from "./walk_in.js";
import { listenToWedge } from "./wedge.js";

export async function mount(root) {
  const page = new Page(root);
  offerInstalling(page.part("install"));
  let store;
  try {
    store = await openStore(() => page.warnForGood(page.words.note_storage_gone));
  } catch {
    page.warnForGood(page.words.note_storage);
    return;
  }
  // Told before anybody is scanned: a verdict will still say of each scan whether it was kept.
  store.tryOut().catch(() => page.warnForGood(page.words.note_storage));
  await open(page, store);
}

async function open(page, store) {
  const { root, words } = page;
  const { site, session, conference } = root.dataset;
  const door = `${conference}:${site}`;
  const present = Number(page.part("present").textContent.replace(/\D/g, ""));
  const known = new Known({ store, door, site: Number(site), session: Number(session), present });
  const sync = new Sync({
    store,
    door,
    urls: urlsOf(root.dataset),
    csrf: document.querySelector('meta[name="csrf-token"]').content,
  });
  const screen = new VerdictScreen(page.part("verdict"), words, fill);
  const telling = new Telling({ words, known, sync });
  const last = new LastScans(page.part("last"));
  const mode = new Mode({ page, known, sync });
  const readings = new Readings({ page, known, mode, sync, store, screen, telling, last });
  const lock = new Lock({ page, vault: new Vault(store, door), sync, known });
  const take = (text, method) => {
    lock.touch();
    return lock.isLocked ? undefined : readings.take(text, method);
  };
  const camera = new CameraPanel(page, take);
  const tabs = new Tabs(page);
  const fields = new Fields({ page, known, tabs, take });
  new WalkInForm({ page, known, take: (person) => readings.takeStranger(person) });
  const prepare = () => makeReadyForNoLine(page);
  const preflight = new Preflight({ page, known, mode, sync, store, camera, tabs, prepare });
  const handOver = new HandOverPanel({ page, known, sync, store, tabs });
  new HallPanel({ page, known, sync, store, tabs });
  const line = () => showLine(page, sync, known);

  known.addEventListener("counted", () => showCount(page, known));
  readings.addEventListener("kept", line);
  readings.addEventListener("wanted", ({ detail }) => tabs.open(detail));
  readings.addEventListener("handed", ({ detail }) => handOver.takeCode(detail));
  readings.addEventListener("handing", ({ detail }) => fields.showHanding(detail));
  page.part("handing-end").addEventListener("click", () => readings.hand(null));
  readings.addEventListener("tested", ({ detail }) => preflight.take(detail.text, detail.method));
  tabs.addEventListener("opened", ({ detail }) => {
    fields.showFound();
    camera.pause(detail !== "scan");
    if (detail === "scan" && !lock.isLocked) camera.start();
    if (detail === "check" && !lock.isLocked) preflight.run();
  });
  listenToSync({ page, sync, known, line });
  lock.addEventListener("closed", () => {
    screen.close();
    camera.pause(true);
  });
  lock.addEventListener("opened", () => tabs.open(tabs.current));
  listenToWedge((digits) => take(digits, "wedge"));
  rememberSettings(page);
  watchForNewRelease(page);
  await lock.start();

  const kept = await store.roster(door);
  if (kept) await takeRoster(page, known, kept);
  mode.start();
  tabs.start(usualTab(known, sync));
  await sync.start();
  mode.start();
  if (!kept) tabs.start(usualTab(known, sync));
  line();
  root.dataset.ready = "true";
  hearNeighbours({ sync, wanted: () => sync.askNews(), ended: () => sync.askNews() });
  new Others({ page, store, door, sync }).start();
  await prepare();
  if (tabs.current === "check" && !lock.isLocked) await preflight.run();
}

const urlsOf = (data) => ({
  scans: data.scanUrl,
  halls: data.hallUrl,
  door: data.doorUrl,
  changes: data.changesUrl,
  report: data.reportUrl,
  enrol: data.enrolUrl,
  key: data.keyUrl,
});

// Before the doors open there is nobody to scan, and time to look at the device.
function usualTab({ times }, { offset }) {
  return times && Date.now() + offset < times.doors_open_at ? "check" : "scan";
}

function listenToSync({ page, sync, known, line }) {
  sync.addEventListener("roster", ({ detail }) => takeRoster(page, known, detail));
  sync.addEventListener("ended", () => known.forget());
  sync.addEventListener("news", ({ detail }) => known.hear(detail));
  sync.addEventListener("state", line);
}

async function takeRoster(page, known, roster) {
  known.take(roster);
  showRoster(page, roster);
  await known.recallQueue();
}

function rememberSettings(page) {
  addEventListener("pointerdown", wakeSound, { capture: true });
  addEventListener("keydown", wakeSound, { capture: true });
  for (const name of ["sound", "vibration"]) {
    const box = page.part(name);
    box.checked = localStorage.getItem(`door-${name}`) !== "off";
    box.addEventListener("change", () => localStorage.setItem(`door-${name}`, box.checked ? "on" : "off"));
  }
}

// A newer release has taken over the service worker: this page goes on as it is, and the pre-flight tells of it.
function watchForNewRelease(page) {
  const worker = navigator.serviceWorker;
  if (!worker) return;
  let isSecond = Boolean(worker.controller); // the first visit gets its own release's worker while it is open
  worker.addEventListener("controllerchange", () => {
    if (isSecond) page.root.dataset.renewed = "true";
    isSecond = true;
  });
}

async function makeReadyForNoLine(page) {
  const { workerUrl, decoderUrl, wasmUrl, laterParts } = page.root.dataset;
  const { states, icons } = document.documentElement.dataset; // sprites are loaded by use, out of sight
  const extra = [decoderUrl, wasmUrl, states, icons, ...laterParts.split(" ")];
  const isReady = await prepareOffline({ workerUrl, extra });
  page.root.dataset.offline = String(isReady);
  page.part("fact-offline").textContent = isReady ? page.words.offline_ready : page.words.offline_not;
}
