// What was found, worst first; notes are folded away.

import { h } from "./dom.js";

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

// What mends it: a fix with no further word, a fix that must be allowed, or the caller.
function mending(one) {
  if (one.fix && one.left === false) return null;
  if (one.remedy) return h("p", { class: "soft" }, one.remedy);
  if (one.fix?.trust) return h("p", { class: "soft" }, `A fix may mend it when “A fix may” is set to ${one.fix.trust}.`);
  return null;
}
