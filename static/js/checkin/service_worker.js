// Lets the door page start without a line after one visit. Scans and rosters never pass through here: they live in
// IndexedDB, and the API is always asked itself. A new release is taken over quietly, with the next page that is
// loaded; an open page is never reloaded.

const PAGES = "door-pages-1";
const ASSETS = "door-assets-1";
const PATIENCE = 4_000;
const START = "/door/"; // where the icon on the home screen leads
const DOOR = /^\/door\/[^/]+\/\d+$/;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("door-") && name !== PAGES && name !== ASSETS);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === START) {
    event.respondWith(startOrLastDoor(request));
  } else if (request.mode === "navigate" && DOOR.test(url.pathname)) {
    event.respondWith(freshOrKept(PAGES, request, url.pathname));
  } else if (url.pathname === "/door/decoder.js" || url.pathname.startsWith("/static/")) {
    const isForEver = url.searchParams.has("v") || url.pathname.startsWith("/static/vendor/");
    event.respondWith(isForEver ? keptOrFresh(request) : freshOrKept(ASSETS, request, request.url));
  }
});

// The server's answer when it comes in time and is good, else the kept one.
async function freshOrKept(name, request, key) {
  const cache = await caches.open(name);
  try {
    const answer = await within(PATIENCE, fetch(request));
    // A redirect to the sign-in page, or an error, must not replace a door that works.
    if (answer.ok && !answer.redirected) {
      cache.put(key, answer.clone()).catch(() => {});
      return answer;
    }
    return answer.status >= 500 ? ((await cache.match(key)) ?? answer) : answer;
  } catch (error) {
    const kept = await cache.match(key);
    if (kept) return kept;
    throw error;
  }
}

// The server leads on to the door of whoever asks. Without it that is the door which was open last on this device.
async function startOrLastDoor(request) {
  const answer = await within(PATIENCE, fetch(request)).catch(() => null);
  if (answer !== null && answer.status < 500) return answer;
  const doors = await (await caches.open(PAGES)).keys();
  if (doors.length) return Response.redirect(doors.at(-1).url);
  return answer ?? Response.error();
}

async function keptOrFresh(request) {
  const cache = await caches.open(ASSETS);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) cache.put(request, answer.clone()).catch(() => {});
  return answer;
}

function within(time, promise) {
  return Promise.race([promise, new Promise((_, refuse) => setTimeout(() => refuse(new Error("late")), time))]);
}
