// A form that came back begins at its list of faults; each link goes to the field itself.

export function mount(root) {
  root.focus();
  root.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!field) return;
    event.preventDefault();
    const target = field.matches("fieldset") ? field.querySelector("input") ?? field : field;
    field.closest(".field, .choice-field")?.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  });
}
