// News of one conference's counts: pushed over a socket, asked for every ten seconds while the socket fails.

import { io } from "../../vendor/socket.io-client-4.8.4/socket.io.esm.min.js";
import { getJson } from "../lib/fetch.js";

const POLL_MS = 10_000;

/**
 * onPicture gets {present, summoned, sites: [[id, present]], states?}; onState gets "live", "polling" or "lost".
 * A push carries the sites that changed; a whole picture follows each (re)connection, so nothing missed stays missed.
 */
export function follow({ code, session, url, onPicture, onState }) {
  const socket = io({ transports: ["websocket"], reconnectionDelayMax: 8_000, randomizationFactor: 0.8 });
  let version = -1;
  let timer = null;

  const whole = async () => {
    try {
      const picture = await getJson(url);
      version = Math.max(version, picture.version);
      onPicture(picture);
      return true;
    } catch {
      return false;
    }
  };

  const poll = async () => {
    onState((await whole()) ? "polling" : "lost");
    timer = setTimeout(poll, POLL_MS);
  };

  const startPolling = () => {
    if (timer === null) poll();
  };

  const stopPolling = () => {
    clearTimeout(timer);
    timer = null;
  };

  socket.on("connect", () => {
    socket.emit("watch", code, async (answer) => {
      if (answer?.error) return startPolling();
      stopPolling();
      onState("live");
      await whole();
    });
  });
  socket.on("counts", (push) => {
    if (push.session !== Number(session) || push.version < version) return;
    version = push.version;
    onPicture(push);
  });
  // The server's word for what should have arrived by now: a push may get lost between two of its processes.
  socket.on("version", (due) => {
    if (due > version) whole();
  });
  socket.on("connect_error", startPolling);
  socket.on("disconnect", startPolling);
}
