// People behind a figure, at the side of the page. The address changes so that it can be sent on, and goes back on close.

import { getPage } from "../lib/fetch.js";
import { icon } from "../lib/shape.js";
import { mountAll } from "../lib/mount.js";

let drawer = null;
let opener = null;

export async function openDrawer(link) {
  const url = link.href;
  let page;
  try {
    page = await getPage(url);
  } catch {
    location.assign(url); // the page itself says what is wrong
    return;
  }
  const content = page.querySelector("[data-drawer-content]");
  if (!content) {
    location.assign(url);
    return;
  }
  opener = link;
  show(document.importNode(content, true));
  history.pushState({ drawer: true }, "", url);
}

function show(content) {
  drawer ??= build();
  drawer.replaceChildren(drawer.firstElementChild, content);
  const title = content.querySelector("h1, h2");
  if (title) {
    title.id ||= "drawer-title";
    drawer.setAttribute("aria-labelledby", title.id);
  }
  if (!drawer.open) drawer.showModal();
  drawer.scrollTop = 0;
  mountAll(content);
}

function build() {
  const made = document.createElement("dialog");
  made.className = "drawer";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button--quiet button--icon drawer__close";
  close.setAttribute("aria-label", document.documentElement.dataset.wordClose ?? "Đóng");
  close.append(icon("x"));
  close.addEventListener("click", () => made.close());
  made.append(close);
  made.addEventListener("click", (event) => {
    if (event.target === made) made.close();
  });
  made.addEventListener("close", () => {
    if (history.state?.drawer) history.back();
    opener?.focus();
  });
  window.addEventListener("popstate", () => made.open && made.close());
  document.body.append(made);
  return made;
}
