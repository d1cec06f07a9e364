// What this device holds until the server has it: the queue of scans, its token, the roster of its door.
// A scan is told "stored" only after IndexedDB has put it on the disk.

import { openDB } from "../../vendor/idb-8.0.4/idb.js";

const NAME = "diem-cau-door";
const VERSION = 1;
const TRIAL = "trial";
const TRIAL_BYTES = 65_536; // more than a hundred scans take

export async function openStore() {
  const db = await openDB(NAME, VERSION, {
    upgrade(database) {
      database.createObjectStore("queue", { keyPath: "id" }).createIndex("door", "door");
      database.createObjectStore("doors"); // door -> { token, device, label, seq }
      database.createObjectStore("rosters"); // door -> the last snapshot
    },
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

  async waiting(door, most = 500) {
    const rows = await this.db.getAllFromIndex("queue", "door", door, most);
    return rows.sort((a, b) => a.at - b.at).map((row) => row.item);
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

  identity(door) {
    return this.db.get("doors", door);
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
