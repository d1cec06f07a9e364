// The decoder in its worker: one question, one answer, in whatever order they come.

export class Decoder {
  constructor({ decoderUrl, wasmUrl }) {
    this.asked = new Map(); // turn -> resolve
    this.turn = 0;
    this.worker = new Worker(decoderUrl, { type: "module" });
    this.worker.postMessage({ wasm: wasmUrl });
    this.worker.onmessage = ({ data }) => this.#answer(data.turn, data.texts ?? []);
    this.worker.onerror = () => [...this.asked.keys()].forEach((turn) => this.#answer(turn, []));
  }

  // The texts of the codes in this frame; no text is no code.
  frame(frame) {
    return this.#ask({ frame }, [frame.data.buffer]);
  }

  // The same for a picture file.
  picture(picture) {
    return this.#ask({ picture });
  }

  #ask(message, handedOver = []) {
    const turn = (this.turn += 1);
    return new Promise((resolve) => {
      this.asked.set(turn, resolve);
      this.worker.postMessage({ turn, ...message }, handedOver);
    });
  }

  #answer(turn, texts) {
    this.asked.get(turn)?.([...new Set(texts)]);
    this.asked.delete(turn);
  }
}
