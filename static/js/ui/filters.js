// Filters send themselves when something was chosen; the search waits for Enter or a short rest.

const REST = 500;

export function mount(root) {
  const sheet = root.querySelector("[popover]");
  const isSheet = () => sheet?.matches(":popover-open");
  root.addEventListener("change", (event) => {
    if (event.target.matches("select") && !isSheet()) send();
  });
  const search = root.querySelector("input[type=search]");
  if (search) {
    const before = search.value;
    let timer = null;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => search.value.trim() !== before.trim() && send(search.name), REST);
    });
    if (sessionStorage.getItem("filters") === search.name) {
      sessionStorage.removeItem("filters");
      search.focus();
      search.setSelectionRange(search.value.length, search.value.length);
    }
  }

  function send(searched = "") {
    if (searched) sessionStorage.setItem("filters", searched);
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(root)) if (value !== "") asked.append(name, value);
    location.assign(`${root.getAttribute("action") || location.pathname}?${asked}`);
  }
}
