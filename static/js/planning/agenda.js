// Draws a programme to scale: minutes become lengths, items at the same time stand side by side.
// Without it the programme is a list in the same order. On a phone it stays one.

export function mount(root) {
  for (const scale of root.querySelectorAll("[data-part=scale]")) {
    scale.style.setProperty("--minutes", scale.dataset.minutes);
    for (const placed of scale.querySelectorAll("[data-top]")) {
      for (const name of ["top", "length", "lane", "lanes"]) {
        if (name in placed.dataset) placed.style.setProperty(`--${name}`, placed.dataset[name]);
      }
      const minutes = Number(placed.dataset.length);
      if (minutes && minutes <= 15) placed.dataset.size = "line";
      else if (minutes && minutes < 30) placed.dataset.size = "short";
    }
  }
  root.dataset.drawn = "";
}
