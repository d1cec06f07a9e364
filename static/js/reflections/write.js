// The writing page: every letter on this device, the server a few seconds later, and a state that never lies.

import { AnswerError, ask, getJson } from "../lib/fetch.js";
import { clock, fill } from "../lib/words.js";
import { keeper, noteTyped } from "./keeper.js";
import { clearOther, showOther } from "./merge.js";
import { paper, pasteClean, sameContent } from "./paper.js";
import { pageName, sayings } from "./saying.js";

const PAUSE_MS = 2000; // after the last letter
const EVERY_MS = 15000; // at most one save in this time
const RETRY_MS = [3000, 6000, 12000, 30000];
const SAY_EVERY_MS = 10000;
const MOST_KEEPALIVE = 60000; // bytes that a browser sends on after its page has gone

const CHIPS = {
  typing: ["dot", "quiet"],
  saved: ["ring-tick", "ok"],
  device: ["square-slash", "warn"],
  two: ["hourglass", "warn"],
  failing: ["octagon-cross", "bad"],
};

export async function mount(root) {
  const words = JSON.parse(root.dataset.words);
  const owner = Number(root.dataset.for);
  const { part, chip, ...say } = sayings(root, words, CHIPS, { comeBack, said: announce });
  const form = root.querySelector("#paper");
  const sheet = paper(root, words);
  const page = pageName();
  const device = keeper(owner, page);

  let base = Number(root.dataset.revision);
  let seq = 0;
  let isDirty = false;
  let isMerging = "merging" in root.dataset;
  let theirs = null;
  let leftOver = null;
  let running = null;
  let timer = 0;
  let failures = 0;
  let lastSave = -EVERY_MS;
  let saidAt = 0;

  root.classList.add("is-kept");
  showLocalDue();
  const server = { ...sheet.read(), saved_at: root.dataset.savedAt };
  sheet.show();
  form.addEventListener("input", typed);
  form.addEventListener("paste", pasteClean);
  form.addEventListener("focusin", () => sheet.show());
  form.addEventListener("submit", handOver);
  form.addEventListener("keydown", (event) => {
    if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      saveNow();
    }
  });
  part("add")?.addEventListener("click", (event) => {
    event.preventDefault();
    sheet.addCard()?.querySelector("textarea").focus();
  });
  part("merged").addEventListener("click", settle);
  window.addEventListener("online", saveNow);
  window.addEventListener("offline", () => isDirty && away("offline"));
  window.addEventListener("pagehide", saveNow);
  document.addEventListener("visibilitychange", saveNow);
  window.addEventListener("focus", () => failures && saveNow());
  document.addEventListener("click", (event) => {
    if (event.target.closest("#write-parts a")) document.getElementById("write-parts").hidePopover?.();
  });
  // On a slow phone somebody may have begun before this script came.
  const hasBegun = [...form.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);
  await bringBack();
  if (hasBegun) typed();
  root.dataset.ready = "";

  function typed() {
    sheet.show();
    isDirty = true;
    keepHere();
    if (isMerging) return;
    if (!failures) chip("typing");
    schedule(Math.max(PAUSE_MS, lastSave + EVERY_MS - performance.now()));
  }

  function keepHere() {
    const typed_at = new Date().toISOString();
    const isKept = device.keep({ ...sheet.read(), base, seq, typed_at });
    noteTyped(owner, typed_at);
    part("full").hidden = isKept;
  }

  function schedule(delay) {
    timer ||= setTimeout(() => {
      timer = 0;
      save();
    }, delay);
  }

  function saveNow() {
    if (!isDirty || isMerging) return Promise.resolve(!isDirty);
    clearTimeout(timer);
    timer = 0;
    return save();
  }

  function save() {
    running ??= send().finally(() => {
      running = null;
    });
    return running;
  }

  // True when the server has what is on the page.
  async function send() {
    const content = sheet.read();
    seq += 1;
    keepHereUnder(seq);
    lastSave = performance.now();
    const body = { for: owner, base, page, seq, ...content };
    const keepalive = JSON.stringify(body).length * 3 < MOST_KEEPALIVE;
    try {
      const answer = await ask(root.dataset.url, { method: "PUT", json: body, keepalive });
      return saved(answer, content);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      return refused(error);
    }
  }

  function keepHereUnder(number) {
    device.keep({ ...sheet.read(), base, seq: number, typed_at: new Date().toISOString() });
  }

  function saved(answer, content) {
    base = answer.revision;
    failures = 0;
    say.hideNotices();
    form.elements.revision.value = base;
    isDirty = !sameContent(content, sheet.read());
    if (isDirty) {
      keepHere();
      chip("typing");
      schedule(EVERY_MS);
      return false;
    }
    device.drop();
    chip("saved", { hour: clock(answer.saved_at) });
    return true;
  }

  async function refused(error) {
    if (error.status === 409 && error.code === "two_versions") {
      conflict(error.body);
      return false;
    }
    if (error.code === "csrf_expired" && !failures) {
      failures = 1;
      if (await renew()) return send();
      return false;
    }
    const isWorthIt = say.refused(error);
    failures = isWorthIt ? failures + 1 : 0;
    if (isWorthIt) schedule(RETRY_MS[Math.min(failures, RETRY_MS.length) - 1]);
    return false;
  }

  function away(notice) {
    failures += 1;
    say.away(notice);
  }

  // A fresh token for this page, and whose text the server would take now.
  async function renew() {
    try {
      const now = await getJson(root.dataset.url);
      if (now.for !== owner) {
        failures += 1;
        say.someoneElse();
        return false;
      }
      document.querySelector('meta[name="csrf-token"]').content = now.csrf;
      form.elements.csrf_token.value = now.csrf;
      return true;
    } catch (error) {
      away(error.status === 0 ? "offline" : "signed-out");
      schedule(RETRY_MS[1]);
      return false;
    }
  }

  async function comeBack() {
    failures = 0;
    if (!(await renew())) return false;
    await saveNow();
    return true;
  }

  function conflict(other) {
    failures = 0;
    say.hideNotices();
    theirs = other;
    if (!showOther(root, sheet, other)) {
      base = other.revision;
      isDirty = false;
      device.drop();
      chip("saved", { hour: clock(other.saved_at) });
      return;
    }
    isMerging = true;
    part("merging").hidden = false;
    chip("two");
    part("merging").scrollIntoView({ block: "center" });
  }

  // The writer has put together what is to stay: it goes on from the other version, which is thereby seen.
  async function settle() {
    base = theirs.revision;
    isMerging = false;
    isDirty = true;
    clearOther(root);
    part("merging").hidden = true;
    lastSave = -EVERY_MS;
    keepHere();
    if (leftOver) await device.forget(leftOver);
    leftOver = null;
    await saveNow();
  }

  async function bringBack() {
    const [record, ...older] = await device.left();
    if (!record) return;
    const saidBefore = { revision: Number(root.dataset.revision), by: root.dataset.savedBy, seq: Number(root.dataset.savedSeq) };
    for (const one of older) if (sameContent(one, record) || sameContent(one, server)) await device.forget(one);
    if (sameContent(record, server)) {
      await device.forget(record);
      return;
    }
    const typedMeanwhile = isDirty ? sheet.read() : null;
    const goesOn = record.base === saidBefore.revision || (record.page === saidBefore.by && record.seq >= saidBefore.seq);
    if (typedMeanwhile) {
      leftOver = record; // shown beside what is being typed, kept until that is settled
      conflict({ ...record, revision: base, saved_at: record.typed_at });
      return;
    }
    sheet.write(record);
    isDirty = true;
    keepHere();
    await device.forget(record);
    if (goesOn) await saveNow();
    else conflict({ ...server, revision: base });
  }

  async function handOver(event) {
    const then = event.submitter?.value ?? "save";
    event.preventDefault();
    if (isMerging) {
      part("merging").scrollIntoView({ block: "center" });
      return;
    }
    if (!base && !isDirty) {
      isDirty = true;
      keepHere();
    }
    let isSaved = await saveNow();
    if (!isSaved && isDirty && !failures && !isMerging) isSaved = await saveNow(); // letters typed during the first save
    if (isSaved && then === "review") window.location.assign(root.dataset.reviewUrl);
    else if (!isSaved) part("notices").scrollIntoView({ block: "center" });
  }

  // Now and then for who listens, for the hour changes with every save.
  function announce(name, sentence) {
    if (name === "typing" || performance.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = performance.now();
    part("said").textContent = sentence;
  }

  function showLocalDue() {
    const due = new Date(root.dataset.dueAt);
    const shown = (timeZone) => new Intl.DateTimeFormat("en-GB", { dateStyle: "short", timeStyle: "short", timeZone }).format(due);
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (shown(here) === shown("Asia/Ho_Chi_Minh")) return;
    const place = part("local-due");
    place.hidden = false;
    place.textContent = fill(words.local_due, { moment: shown(here) });
  }
}
