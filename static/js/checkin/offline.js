// Prepares this device to open the door page without a line: registers the service worker and keeps what the page
// is made of, also the camera's decoder, which is loaded later.

const PAGES = "door-pages-1";
const ASSETS = "door-assets-1";

// True when the next start needs no line.
export async function prepareOffline({ workerUrl, extra }) {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return false;
  try {
    await navigator.serviceWorker.register(workerUrl);
    await navigator.serviceWorker.ready;
    navigator.storage?.persist?.().catch(() => {}); // asked for: a browser short of room must not take the queue
    const used = performance.getEntriesByType("resource").map((one) => one.name);
    const ours = used.filter((name) => name.startsWith(`${location.origin}/static/`));
    const assets = await caches.open(ASSETS);
    await Promise.all([...new Set([...ours, ...extra])].map((url) => keep(assets, url)));
    const pages = await caches.open(PAGES);
    const page = await fetch(location.pathname, { credentials: "same-origin" });
    if (!page.ok || page.redirected) return false;
    await pages.put(location.pathname, page);
    return true;
  } catch {
    return false; // the page works as before, with a line
  }
}

async function keep(cache, url) {
  if (await cache.match(url)) return;
  await cache.add(url);
}
