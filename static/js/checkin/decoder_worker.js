// Reads QR codes from frames and pictures, away from the page, so that the page stays quick on a cheap phone.

import { prepareZXingModule, readBarcodes } from "/static/vendor/zxing-wasm-3.1.4/es/reader/index.js";

const OPTIONS = { formats: ["QRCode"], tryHarder: true, tryInvert: false, maxNumberOfSymbols: 2 };
const THOROUGH = { ...OPTIONS, tryInvert: true, maxNumberOfSymbols: 8 }; // a picture is read once, and may take its time

self.addEventListener("message", async ({ data }) => {
  if (data.wasm) {
    prepareZXingModule({ overrides: { locateFile: () => data.wasm }, fireImmediately: true });
    return;
  }
  let texts = [];
  try {
    const found = await readBarcodes(data.frame ?? data.picture, data.frame ? OPTIONS : THOROUGH);
    texts = found.filter((one) => one.isValid !== false && one.text).map((one) => one.text);
  } catch (error) {
    self.postMessage({ turn: data.turn, error: String(error) });
    return;
  }
  self.postMessage({ turn: data.turn, texts });
});
