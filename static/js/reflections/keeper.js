// Keeps what was typed on this device until the server has it. Two stores, because they fail differently:
// localStorage has every letter at once and survives a closed tab; IndexedDB, written a second later with strict
// durability, survives a browser that is killed.

const PREFIX = "reflection/";
const DATABASE = "diem-cau-drafts";
const STORE = "drafts";
const SLOW_MS = 1000;
const LOCK_MS = 1500;

let opening = null;

function open() {
  opening ??= new Promise((resolve) => {
    let request;
    try {
      request = indexedDB.open(DATABASE, 1);
    } catch {
      resolve(null);
      return;
    }
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => resolve(null);
  });
  return opening;
}

async function inStore(mode, work) {
  const database = await open();
  if (!database) return null;
  return new Promise((resolve) => {
    try {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request?.result ?? null);
      transaction.onerror = transaction.onabort = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

// A page that lives holds its lock; what lies in the name of a page that is gone may be taken over.
async function isGone(page) {
  if (!navigator.locks) return true;
  try {
    return await navigator.locks.request(`${PREFIX}${page}`, { signal: AbortSignal.timeout(LOCK_MS) }, () => true);
  } catch {
    return false;
  }
}

/** What one page keeps for one person. `owner` is the attendee's id, `page` a random name of this page. */
export function keeper(owner, page) {
  const own = `${PREFIX}${owner}/${page}`;
  let latest = null;
  let slow = 0;
  navigator.locks?.request(`${PREFIX}${page}`, () => new Promise(() => {})).catch(() => {});

  const keepSlowly = () => {
    slow = 0;
    const record = latest;
    inStore("readwrite", (store) => (record ? store.put(record, own) : store.delete(own)));
  };

  return {
    /** False when this device has no room for it. */
    keep(record) {
      latest = { ...record, owner, page };
      slow ||= setTimeout(keepSlowly, SLOW_MS);
      try {
        localStorage.setItem(own, JSON.stringify(latest));
        return true;
      } catch {
        return false;
      }
    },

    /** The server has everything of this page. */
    drop() {
      latest = null;
      clearTimeout(slow);
      try {
        localStorage.removeItem(own);
      } catch {
        // A browser without storage has nothing to forget.
      }
      keepSlowly();
    },

    /** What pages that are gone left behind for this person, the newest first. */
    async left() {
      const records = new Map();
      const add = (record) => {
        if (!record || record.owner !== owner || record.page === page) return;
        const known = records.get(record.page);
        if (!known || known.seq < record.seq || (known.seq === record.seq && known.typed_at < record.typed_at)) {
          records.set(record.page, record);
        }
      };
      try {
        for (let place = 0; place < localStorage.length; place += 1) {
          const key = localStorage.key(place);
          if (key.startsWith(`${PREFIX}${owner}/`)) add(JSON.parse(localStorage.getItem(key)));
        }
      } catch {
        // What can't be read can't be brought back from here; the other store is asked too.
      }
      for (const record of (await inStore("readonly", (store) => store.getAll())) ?? []) add(record);
      const found = [...records.values()].sort((one, other) => (one.typed_at < other.typed_at ? 1 : -1));
      const gone = await Promise.all(found.map((record) => isGone(record.page)));
      return found.filter((_record, place) => gone[place]);
    },

    /** A page's left text is taken over, or the server has it. */
    async forget(record) {
      const key = `${PREFIX}${owner}/${record.page}`;
      try {
        localStorage.removeItem(key);
      } catch {
        // Nothing kept, nothing to forget.
      }
      await inStore("readwrite", (store) => store.delete(key));
    },
  };
}

const TYPED = "reflection-typed/";

/** When the last letter was typed on this device, for the receipt of what was written without a line. */
export function noteTyped(owner, moment) {
  try {
    localStorage.setItem(`${TYPED}${owner}`, moment);
  } catch {
    // Only a courtesy: the server's own time decides.
  }
}

export function lastTyped(owner) {
  try {
    return localStorage.getItem(`${TYPED}${owner}`) ?? "";
  } catch {
    return "";
  }
}
