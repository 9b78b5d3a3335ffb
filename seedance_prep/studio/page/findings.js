// What was found, worst first; notes are folded away.

import { change, current } from "./desk.js";
import { button, h } from "./dom.js";

export function findings(list) {
  const notes = list.filter((one) => one.level === "info");
  const rest = list.filter((one) => one.level !== "info");
  return [
    ...rest.map(finding),
    notes.length ? h("details", { class: "notes" },
      h("summary", {}, notes.length === 1 ? "1 note" : `${notes.length} notes`), notes.map(finding)) : null,
  ].filter(Boolean);
}

function finding(one) {
  return h("div", { class: `finding ${one.level}` },
    h("p", {}, h("span", { class: "level" }, word(one.level)), " ", one.message,
      " ", h("code", { class: "code", title: one.name }, one.code),
      one.fix && one.left === false ? h("span", { class: "mended" }, "a fix mends it") : null),
    mending(one));
}

const word = (level) => ({ error: "Error:", warning: "Warning:", info: "Note:" })[level] ?? level;

// What mends it: nothing more than a fix, a fix that may do more, or the caller.
function mending(one) {
  if (one.fix && one.left === false) return null;
  const wanted = one.fix ? missing(one) : null;
  if (wanted) return h("p", { class: "soft" }, `A fix mends it ${wanted.words}. `, button("Let it", () => change("PATCH", "/api/request", wanted.patch), { class: "link-button" }));
  return one.remedy ? h("p", { class: "soft" }, one.remedy) : null;
}

const TRUST = ["none", "lossless", "lossy", "inventive", "drop"];
const MAY = { lossless: "when it may repackage and cut", lossy: "when it may scale and encode", inventive: "when it may crop, pad or lengthen", drop: "when it may leave files out" };

// What the options keep a fix from; null where they are not what it wants.
function missing(one) {
  const { allow, mend } = current().options, patch = {}, words = [];
  if (TRUST.indexOf(one.fix.trust) > TRUST.indexOf(allow)) {
    patch.allow = one.fix.trust;
    words.push(MAY[one.fix.trust]);
  }
  if (one.level === "warning" && mend === "errors") {
    patch.mend = "warnings";
    words.push(words.length ? "and mends warnings, too" : "when it mends warnings, too");
  }
  return words.length ? { patch, words: words.join(" ") } : null;
}
