// Ticks the parts that a kind of conference usually needs, while a new one is being made. A person may change any.

export function mount(form) {
  const usual = JSON.parse(form.dataset.usual);
  const kind = form.elements.namedItem("kind");
  const follow = () => {
    const wanted = usual[kind.value] ?? [];
    for (const box of form.querySelectorAll("input[name^='module-']")) {
      box.checked = wanted.includes(box.name.slice("module-".length));
    }
  };
  kind.addEventListener("change", follow);
  // Somebody may have chosen before this script came.
  if (!kind.selectedOptions[0].defaultSelected) follow();
}
