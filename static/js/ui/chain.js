// On a phone a chain of steps, or tabs, scroll sideways; the current one is brought into view.

export function mount(root) {
  const step = (root.querySelector("[aria-current]")?.closest("li")) ?? root.querySelector('[data-state="now"]');
  if (!step || root.scrollWidth <= root.clientWidth) return;
  root.scrollLeft = step.offsetLeft - (root.clientWidth - step.offsetWidth) / 2;
}
