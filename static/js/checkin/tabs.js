// The ways of the door, one in view at a time; the address remembers which.

const TABS = new Set(["scan", "search", "type", "state", "check", "hand", "hall"]);
const FIELDS = { search: "find", type: "typed", hall: "hall-people" };

// Says "opened" with the name of the tab.
export class Tabs extends EventTarget {
  constructor(page) {
    super();
    this.page = page;
    for (const tab of document.querySelectorAll("[data-tab]")) this.#opens(tab, tab.dataset.tab);
    this.#opens(page.part("menu"), "state");
    this.#opens(page.part("to-check"), "check");
    this.#opens(page.part("to-hand"), "hand");
    this.#opens(page.part("to-hall"), "hall");
  }

  // usual: what opens when the address names none.
  start(usual) {
    this.wanted ??= location.hash.slice(1); // opening a tab writes the address anew
    this.open(TABS.has(this.wanted) ? this.wanted : usual);
  }

  open(name) {
    this.current = name;
    for (const panel of this.page.root.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
    for (const tab of document.querySelectorAll("[data-tab]")) {
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    history.replaceState(null, "", `#${name}`);
    if (name in FIELDS) this.page.part(FIELDS[name]).focus();
    this.dispatchEvent(new CustomEvent("opened", { detail: name }));
  }

  #opens(link, name) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      this.open(name);
    });
  }
}
