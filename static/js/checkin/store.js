// What this device holds until the server has it: the queue of scans, its token, the roster of its door.
// A scan is told "stored" only after IndexedDB has put it on the disk.

import { openDB } from "../../vendor/idb-8.0.4/idb.js";

const NAME = "diem-cau-door";
const VERSION = 1;
const TRIAL = "trial";
const DOOR = /^\d+:\d+$/;
const TRIAL_BYTES = 65_536; // more than a hundred scans take

// gone: called when the browser has taken everything away, under the page.
export async function openStore(gone = () => {}) {
  const db = await openDB(NAME, VERSION, {
    upgrade(database) {
      database.createObjectStore("queue", { keyPath: "id" }).createIndex("door", "door");
      database.createObjectStore("doors"); // door -> { token, device, label, seq }
      database.createObjectStore("rosters"); // door -> the last snapshot
    },
    terminated: () => gone(),
  });
  return new Store(db);
}

class Store {
  constructor(db) {
    this.db = db;
  }

  // Throws when the device has no room or keeps nothing (private mode): then nobody may say "stored".
  async keep(door, item) {
    const change = this.db.transaction("queue", "readwrite", { durability: "strict" });
    change.store.put({ id: item.id, door, item, at: Date.now() });
    await change.done;
  }

  // Puts something on the disk and takes it away again. Throws when there is no room, or nothing is kept here.
  async tryOut() {
    const change = this.db.transaction("doors", "readwrite", { durability: "strict" });
    change.store.put(new Uint8Array(TRIAL_BYTES), TRIAL);
    await change.done;
    await this.db.delete("doors", TRIAL);
  }

  // Scans of another device, which this one delivers for it. Those it holds already stay as they are.
  async keepFor(door, items, device) {
    const change = this.db.transaction("queue", "readwrite", { durability: "strict" });
    for (const item of items) {
      if ((await change.store.getKey(item.id)) !== undefined) continue;
      change.store.put({ id: item.id, door, item, at: Date.now(), carriedFor: device });
    }
    await change.done;
  }

  // What this device scanned itself and has not delivered yet.
  async own(door) {
    const rows = await this.#rows(door);
    return rows.filter((row) => row.carriedFor === undefined).map((row) => row.item);
  }

  // The next to be sent together: all of one device. { items, carriedFor }, undefined for this device's own.
  async batch(door, most, isLeftOut) {
    const rows = (await this.#rows(door)).filter((row) => !isLeftOut(row.carriedFor));
    const carriedFor = rows[0]?.carriedFor;
    const together = rows.filter((row) => row.carriedFor === carriedFor).slice(0, most);
    return { items: together.map((row) => row.item), carriedFor };
  }

  async waiting(door) {
    return (await this.#rows(door)).map((row) => row.item);
  }

  async #rows(door) {
    const rows = await this.db.getAllFromIndex("queue", "door", door);
    return rows.sort((a, b) => a.at - b.at);
  }

  count(door) {
    return this.db.countFromIndex("queue", "door", door);
  }

  // Only for ids that the server has answered durably.
  async drop(ids) {
    const change = this.db.transaction("queue", "readwrite");
    for (const id of ids) change.store.delete(id);
    await change.done;
  }

  // A count of the hall: beside the devices, so that the pages of earlier releases find the same stores as before.
  async keepHall(door, count) {
    const change = this.db.transaction("doors", "readwrite", { durability: "strict" });
    change.store.put(count, `${door}:hall:${count.id}`);
    await change.done;
  }

  // What the server has not taken yet, in the order of counting.
  async halls(door) {
    const kept = await this.db.getAll("doors", IDBKeyRange.bound(`${door}:hall:`, `${door}:hall:~`));
    return kept.sort((a, b) => a.counted_at.localeCompare(b.counted_at));
  }

  dropHall(door, id) {
    return this.db.delete("doors", `${door}:hall:${id}`);
  }

  identity(door) {
    return this.db.get("doors", door);
  }

  // The doors of this device besides this one that are still of use, with how much of each is not delivered.
  async others(door) {
    const keys = await this.db.getAllKeys("doors");
    const doors = keys.filter((key) => key !== door && DOOR.test(key));
    const found = await Promise.all(doors.map((other) => this.#other(other)));
    return found.filter((one) => one.address && (one.waiting || one.isLive));
  }

  async #other(door) {
    const all = [this.identity(door), this.roster(door), this.count(door), this.halls(door)];
    const [identity, roster, scans, halls] = await Promise.all(all);
    const waiting = scans + halls.filter((one) => !one.refused).length;
    const address = identity.address ?? (roster && `/door/${roster.conference.code}/${roster.site.id}`);
    return { door, identity, waiting, address, site: identity.site ?? roster?.site.name, isLive: roster !== undefined };
  }

  saveIdentity(door, identity) {
    return this.db.put("doors", identity, door);
  }

  // The roster key under its PIN; see vault.js.
  vault(door) {
    return this.db.get("doors", `${door}:vault`);
  }

  saveVault(door, vault) {
    return this.db.put("doors", vault, `${door}:vault`);
  }

  dropVault(door) {
    return this.db.delete("doors", `${door}:vault`);
  }

  // One of a release that kept names in the clear, or of a device that has expired meanwhile, is no roster any more.
  async roster(door) {
    const kept = await this.db.get("rosters", door);
    if (!kept || (kept.salt && Date.now() < Date.parse(kept.device.expires_at))) return kept;
    await this.dropRoster(door);
    return undefined;
  }

  saveRoster(door, roster) {
    return this.db.put("rosters", roster, door);
  }

  // What is personal leaves this device.
  dropRoster(door) {
    return this.db.delete("rosters", door);
  }
}
