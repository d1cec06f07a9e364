// What a verdict sounds and feels like: made here, no file to load.

const SOUNDS = {
  in: [[880, 70], [1320, 110]],
  again: [[520, 90], [0, 60], [520, 90]],
  other: [[520, 80], [660, 80], [780, 80]],
  refused: [[196, 450]],
  not_now: [[330, 150]],
};
const SHAKES = { in: [60], again: [60, 80, 60], other: [120, 60, 120], refused: [400], not_now: [150] };

let context = null;

// Browsers let a page sound only after a touch; call this from one.
export function wakeSound() {
  context ??= "AudioContext" in window ? new AudioContext() : null;
  if (context?.state === "suspended") context.resume().catch(() => {});
}

export function sound(kind) {
  if (context?.state !== "running") return;
  let at = context.currentTime + 0.01;
  for (const [pitch, length] of SOUNDS[kind]) {
    const until = at + length / 1000;
    if (pitch) {
      const tone = context.createOscillator();
      const loudness = context.createGain();
      tone.type = pitch < 250 ? "square" : "sine";
      tone.frequency.value = pitch;
      loudness.gain.setValueAtTime(0, at);
      loudness.gain.linearRampToValueAtTime(0.5, at + 0.008);
      loudness.gain.setValueAtTime(0.5, until - 0.015);
      loudness.gain.linearRampToValueAtTime(0, until);
      tone.connect(loudness).connect(context.destination);
      tone.start(at);
      tone.stop(until);
    }
    at = until;
  }
}

export function shake(kind) {
  navigator.vibrate?.(SHAKES[kind]);
}
