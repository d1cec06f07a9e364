// Numbers and hours as the page writes them, and sentences with places to fill.

const language = document.documentElement.lang === "en" ? "en-GB" : "vi-VN";
const whole = new Intl.NumberFormat(language);
const two = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Ho_Chi_Minh" });

export const number = (value) => whole.format(value); // 24.814
export const decimal = (value) => two.format(value); // 73,59
export const percent = (part, total) => `${two.format(total ? (100 * part) / total : 0)}%`;
export const clock = (moment) => hour.format(moment instanceof Date ? moment : new Date(moment)); // 07:42

/** fill("còn {n} giây", { n: 3 }). Of "one second¦{n} seconds" the first is for one, by the sentence's first place. */
export function fill(sentence, values) {
  const [one, more] = sentence.includes("¦") ? sentence.split("¦") : [sentence, sentence];
  const counted = /\{(\w+)\}/.exec(more)?.[1];
  const chosen = String(values[counted]) === "1" ? one : more;
  return chosen.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** Lower case without marks, as the server folds names to search: "Nguyễn Ánh" gives "nguyen anh". */
export const fold = (text) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase().replace(/\s+/g, " ").trim();
