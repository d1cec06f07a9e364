// People of this door by name, marks and case aside: at least four letters, so that nobody reads the whole list.

import { shape } from "../lib/shape.js";
import { clock, fill, fold, number } from "../lib/words.js";

const FEWEST_LETTERS = 4;
const MOST = 40;

export function listFound({ wanted, people, seen, place, count, words, isHanding }) {
  place.replaceChildren();
  if (wanted.replace(/ /g, "").length < FEWEST_LETTERS) {
    count.textContent = words.find_more;
    return;
  }
  if (people === null) {
    count.textContent = words.find_closed;
    return;
  }
  const parts = wanted.split(" ");
  const found = [...people.values()].filter((one) => !one.withdrawn && hasAll(one.folded, parts));
  count.textContent = found.length ? fill(words.find_count, { n: number(found.length) }) : words.find_none;
  place.append(...found.slice(0, MOST).map((one) => row(one, seen.get(one.number), { parts, words, isHanding })));
}

// Each part begins a word of the name, in any order: "an nguyen" finds Nguyễn Thị An.
function hasAll(folded, parts) {
  return parts.every((part) => folded.startsWith(part) || folded.includes(` ${part}`));
}

function row(person, present, { parts, words, isHanding }) {
  const item = document.createElement("li");
  const who = document.createElement("div");
  who.className = "found__who";
  const name = document.createElement("p");
  name.className = "found__name";
  for (const word of person.name.split(" ")) {
    const isLast = name.childNodes.length ? " " : "";
    const piece = document.createElement(parts.some((part) => fold(word).startsWith(part)) ? "mark" : "span");
    piece.textContent = word;
    name.append(isLast, piece);
  }
  who.append(name, line(person.position), line(person.unit));
  item.append(who, present && !isHanding ? state(present, words) : record(person, isHanding ? words.hand : words.record));
  return item;
}

function line(text) {
  const words = document.createElement("p");
  words.className = "found__line";
  words.textContent = text ?? "";
  words.hidden = !text;
  return words;
}

function state(present, words) {
  const said = document.createElement("span");
  said.className = "state state--ok found__state";
  const text = document.createElement("span");
  text.textContent = fill(words.present_at, { at: clock(present.at) });
  said.append(shape("disc-tick", "ok", 16), text);
  return said;
}

function record(person, verb) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--plain found__record";
  button.dataset.number = person.number;
  button.textContent = verb;
  button.setAttribute("aria-label", `${verb} ${person.name}`);
  return button;
}
