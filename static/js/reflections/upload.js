// Sends photos one by one, each made small on this device first: a weak line carries a page at a time, and what has
// arrived stays. Turned as it was held, and without what the camera wrote beside it. Documents go as they are.

import { AnswerError, ask } from "../lib/fetch.js";
import { fill, number } from "../lib/words.js";

const SIDE = 1900; // as the server keeps it
const QUALITY = 0.82;
const PATIENCE = 120000;

export function mount(form) {
  const words = JSON.parse(form.dataset.words);
  const field = form.querySelector("input[type=file]");
  const button = form.querySelector("button[type=submit], button:not([type])");
  const said = form.querySelector('[data-part="said"]');
  const most = Number(form.dataset.most);
  const isPhotos = "photos" in form.dataset;
  let isSending = false;

  const say = (text, isBad = false) => {
    said.textContent = text;
    said.classList.toggle("paper-add__said--bad", isBad);
  };

  form.addEventListener("submit", async (event) => {
    const chosen = [...field.files];
    if (!chosen.length) return;
    event.preventDefault();
    if (isSending) return;
    if (isPhotos && chosen.length > most) {
      say(`${words.many} ${fill(words.left, { n: number(most) })}`, true);
      return;
    }
    isSending = true;
    button.setAttribute("aria-disabled", "true");
    try {
      for (const [place, file] of chosen.entries()) {
        say(fill(words.sending, { n: number(place + 1), total: number(chosen.length) }));
        const body = new FormData();
        body.append("files", isPhotos ? await small(file) : file, file.name);
        await ask(form.action, { method: "POST", form: body, timeout: PATIENCE });
      }
      location.assign(form.action);
    } catch (error) {
      say(error instanceof AnswerError && error.status ? error.message : words.lost, true);
      isSending = false;
      button.removeAttribute("aria-disabled");
    }
  });
}

/** The photo as a JPEG of a sane size; as it is where this browser can't open it. */
async function small(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    if (scale === 1 && file.type === "image/jpeg" && file.size < 600_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY))) ?? file;
  } catch {
    return file;
  }
}
