// The other devices of this door: the server says when something was counted here, and this one asks what. Without the
// socket it asks every few seconds as before.

/** Calls `wanted` when there is news that this device has not heard; `ended` when its token is over. */
export async function hearNeighbours({ sync, wanted, ended }) {
  let io;
  try {
    ({ io } = await import("../../vendor/socket.io-client-4.8.4/socket.io.esm.min.js"));
  } catch {
    return; // not loaded without a line; the next start tries again
  }
  const socket = io({
    transports: ["websocket"],
    auth: (give) => give({ device: sync.identity?.token ?? "" }),
    reconnectionDelay: 2_000,
    reconnectionDelayMax: 30_000,
    randomizationFactor: 0.8,
  });
  socket.on("connect", () => {
    socket.emit("stand", sync.identity?.token ?? "", (answer) => {
      if (answer?.version !== undefined && String(answer.version) !== sync.cursor) wanted();
    });
  });
  socket.on("counted", (hint) => {
    if (String(hint.version) !== sync.cursor) wanted();
  });
  socket.on("ended", ended);
}
