// What a page says while it keeps what somebody types: its state, why the server has not taken it, and the way back in.

import { getPage } from "../lib/fetch.js";
import { personalPath } from "../lib/personal_link.js";
import { shape } from "../lib/shape.js";
import { fill } from "../lib/words.js";

const NOTICES = ["offline", "signed-out", "refused"];

/** A name for one page, drawn at random: what it sends is one line. */
export const pageName = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * `chips`: state -> [drawing, tone]. `comeBack` asks again once the personal link was opened, true when that worked.
 * `said` hears of each new state with its sentence.
 */
export function sayings(root, words, chips, { comeBack, said = () => {} }) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  part("open-link").addEventListener("click", openLink);

  function hideNotices() {
    for (const name of NOTICES) part(name).hidden = true;
  }

  function away(notice, state = "device") {
    hideNotices();
    if (notice) part(notice).hidden = false;
    if (state) chip(state);
  }

  function someoneElse(state = "device") {
    away("signed-out", state);
    sayLink(words.someone_else);
  }

  // Why it was not taken; true when it is worth trying again.
  function refused(error) {
    if (error.code === "another_writer") someoneElse();
    else if (error.status === 401 || error.code === "forbidden") away("signed-out");
    else if (error.status === 0) away("offline");
    else if (error.status >= 500 || error.status === 429) away(null, "failing");
    else {
      away("refused", "failing");
      part("refused").querySelector(".notice__words").lastChild.textContent = ` ${error.body?.message ?? ""}`;
      return false;
    }
    return true;
  }

  async function openLink() {
    const path = personalPath(part("link").value);
    if (!path) {
      sayLink(words.not_a_link);
      return;
    }
    try {
      await getPage(path);
    } catch {
      sayLink(words.still_out);
      return;
    }
    part("link-error").hidden = true;
    if (!(await comeBack()) && part("link-error").hidden) sayLink(words.still_out);
  }

  function sayLink(sentence) {
    const place = part("link-error");
    place.hidden = false;
    place.textContent = sentence;
  }

  function chip(name, values = {}) {
    const sentence = fill(words[name], values);
    const place = part("state");
    if (place.dataset.chip === name && place.textContent.trim() === sentence) return;
    const [drawn, tone] = chips[name];
    const chipped = document.createElement("span");
    chipped.className = `state state--${tone}`;
    const word = document.createElement("span");
    word.textContent = sentence;
    chipped.append(shape(drawn, tone), word);
    place.replaceChildren(chipped);
    place.dataset.chip = name;
    said(name, sentence);
  }

  return { part, away, chip, hideNotices, refused, someoneElse };
}
