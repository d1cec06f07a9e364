// A state shape or icon from the sprites, for what the script draws; the word beside it is the caller's.

const SVG = "http://www.w3.org/2000/svg";

function use(file, name, size, className) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  const inner = document.createElementNS(SVG, "use");
  inner.setAttribute("href", `${file}#${name}`);
  svg.append(inner);
  return svg;
}

const sprite = (name) => document.documentElement.dataset[name];

/** shape("disc-tick", "ok"): names as in img/states.svg, tones as in components.css. */
export const shape = (name, tone = "idle", size = 16) => use(sprite("states"), name, size, `shape shape--${tone}`);

export const icon = (name, size = 20) => use(sprite("icons"), name, size, "icon");

/** The span macro's svg set to a new value without drawing it anew. */
export function setMeter(element, value, total) {
  const part = total ? Math.min(100, Math.max(0, (100 * value) / total)) : 0;
  element.querySelector(".span-meter__done")?.setAttribute("width", `${part.toFixed(2)}%`);
  element.querySelector(".span-meter__knob")?.setAttribute("cx", `${part.toFixed(2)}%`);
  const meter = element.matches("[role=meter]") ? element : element.querySelector("[role=meter]");
  meter?.setAttribute("aria-valuenow", value);
  meter?.setAttribute("aria-valuemax", total);
}
