// Choosing rows: the bar comes in under the filters and says how many; "all" means all that match, not the page.

import { number } from "../lib/words.js";

export function mount(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const [bar, count, all, none, every, head] = ["bar", "count", "all", "none", "everything", "select-all"].map(part);
  const boxes = () => [...root.querySelectorAll("td.cell-select input")];
  if (head) head.hidden = false;
  if (none) none.hidden = false;
  if (all && root.dataset.wordAll) {
    all.textContent = root.dataset.wordAll;
    all.hidden = false;
  }

  function show(everything = false) {
    const chosen = boxes().filter((box) => box.checked).length;
    if (every) every.value = everything ? "1" : "";
    bar.toggleAttribute("data-open", chosen > 0);
    count.textContent = everything ? root.dataset.wordAll.replace(/^\D+/, "") : number(chosen);
    if (head) {
      head.checked = chosen > 0 && chosen === boxes().length;
      head.indeterminate = chosen > 0 && !head.checked;
    }
  }
  const set = (on) => { for (const box of boxes()) box.checked = on; };

  root.addEventListener("change", (event) => {
    if (event.target === head) set(head.checked);
    if (event.target === head || event.target.matches("td.cell-select input")) show();
  });
  all?.addEventListener("click", () => { set(true); show(true); });
  none?.addEventListener("click", () => { set(false); show(); });
  show();
}
