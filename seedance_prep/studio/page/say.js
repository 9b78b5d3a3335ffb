// Words for those who do not see the page, and short notes for those who do.

import { h } from "./dom.js";

export function say(words) {
  const log = document.querySelector("#said");
  log.append(h("p", {}, words));
  while (log.childElementCount > 20) log.firstElementChild.remove();
}

// A note at the top that stays until it is put away or replaced; null takes it away.
export function note(words, kind = "bad", action = null) {
  const banner = document.querySelector("#banner");
  banner.hidden = !words;
  banner.className = `banner ${kind}`;
  if (!words) return banner.replaceChildren();
  const away = h("button", { type: "button", class: "quiet", onclick: () => note(null) }, "Dismiss");
  banner.replaceChildren(h("p", {}, words), h("span", { class: "banner-buttons" }, action, kind === "lost" ? null : away));
}
