// The first screen's number and span follow the doors.

import { setMeter } from "../lib/shape.js";
import { number, percent } from "../lib/words.js";
import { follow } from "./feed.js";

export function mount(root) {
  const { code, session, url, summoned } = root.dataset;
  const hero = root.querySelector(".hero__value");
  if (!session || !hero) return;
  follow({
    code,
    session,
    url,
    onState: () => {},
    onPicture: ({ present }) => {
      (hero.querySelector("a") ?? hero).textContent = number(present);
      const share = root.querySelector(".hero-card__percent");
      if (share) share.textContent = percent(present, Number(summoned));
      const meter = root.querySelector("[role=meter]");
      if (meter) setMeter(meter, present, Number(summoned));
    },
  });
}
