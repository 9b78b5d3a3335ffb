// The prompt: plain text with its references shown as chips, and a menu to put one in.

import { change, current, flush, later, on, watch } from "./desk.js";
import { attribute, button, h, show } from "./dom.js";
import { say } from "./say.js";

const KEPT = "prompt";
const WORD = /[\p{L}\p{N}_]/u;
const OPENS = /[@{][^\s@{}]*$/;
const escaped = (words) => words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

let area, glass, menu, chips, sent;
let typed = 0, stored = 0; // how often it was changed here, and up to where the studio knows
let options = [], marked = 0;

export function prompt() {
  area = h("textarea", { id: "prompt", rows: 4, placeholder: "The surfer of @Image1 moves like @Video1 …", spellcheck: true,
    "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": "prompt-menu", "aria-describedby": "prompt-help" });
  glass = h("div", { class: "glass", "aria-hidden": "true" });
  menu = h("ul", { id: "prompt-menu", class: "menu", role: "listbox", "aria-label": "References", hidden: true });
  chips = h("div", { class: "chips", role: "group", "aria-label": "Insert a reference" });
  sent = h("div", { class: "sent soft" });
  area.addEventListener("input", () => {
    edited();
    suggest();
  });
  area.addEventListener("keydown", keys);
  area.addEventListener("scroll", () => (glass.scrollTop = area.scrollTop));
  area.addEventListener("blur", () => setTimeout(close, 150));
  area.addEventListener("change", () => flush("prompt"));
  watch(draw);
  on("line", ({ state }) => state === "up" && typed !== stored && keep());
  window.addEventListener("pagehide", leave);
  return h("section", { class: "prompt" }, h("h2", {}, h("label", { htmlFor: "prompt" }, "Prompt")),
    h("div", { class: "editor" }, glass, area, menu), chips,
    h("p", { id: "prompt-help", class: "help soft" }, "Type @ to name a file, or press Ctrl+Space."), sent);
}

// Text ---------------------------------------------------------------------------------------------

function edited() {
  typed += 1;
  paint();
  later("prompt", 250, keep);
}

async function keep() {
  const mine = typed;
  const told = await change("PATCH", "/api/request", { prompt: area.value || null });
  if (told) stored = Math.max(stored, mine);
  if (current()) draw(current());
}

// A page that is left in the middle of a word still sends it; where nobody hears, it keeps it.
function leave() {
  if (typed === stored) return;
  sessionStorage.setItem(KEPT, area.value);
  fetch("/api/request", { method: "PATCH", keepalive: true, body: JSON.stringify({ prompt: area.value || null }),
    headers: { "Content-Type": "application/json", "X-Studio": "1" } });
}

function takeUp() {
  const words = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (words === null || words === area.value) return;
  area.value = words;
  edited();
}

function draw(desk) {
  if (typed === stored) put(desk.request.prompt ?? "");
  if (sessionStorage.getItem(KEPT) !== null) takeUp();
  show(chips, desk.assets.map(({ id, ref, kind, name, source }) => [id, ref, kind, name, source]), (list) =>
    list.filter(([, ref]) => ref).map(([id, ref, kind, name, source]) =>
      button(name ? `${ref} ${name}` : ref, () => insert(id),
        { class: `chip ${kind}`, "aria-label": `Insert ${ref}, ${name ?? source}`, title: source })));
  show(sent, typed === stored && desk.bound && desk.bound.given !== desk.bound.sent ? desk.bound.sent : null,
    (words) => words ? [h("details", {}, h("summary", {}, "As it goes out"), h("p", { class: "mono" }, words))] : []);
  paint();
}

// Other words from the studio (files moved, another tab): the caret stays where it was.
function put(words) {
  if (area.value === words) return;
  const behind = area.value.length - area.selectionEnd;
  area.value = words;
  if (document.activeElement === area) area.selectionStart = area.selectionEnd = Math.max(0, words.length - behind);
}

// Chips --------------------------------------------------------------------------------------------

function paint() {
  const pieces = [];
  let done = 0;
  for (const { start, end, kind } of mentions(area.value, current()?.assets ?? [])) {
    pieces.push(area.value.slice(done, start), h("mark", { class: kind }, area.value.slice(start, end)));
    done = end;
  }
  pieces.push(`${area.value.slice(done)}\n`);
  glass.replaceChildren(...pieces);
  glass.scrollTop = area.scrollTop;
  area.style.height = "auto";
  area.style.height = `${Math.min(360, area.scrollHeight + 2)}px`;
}

// Where the text names a file of the desk, or a reference that no file has.
export function mentions(words, assets) {
  const known = new Map();
  for (const { ref, kind, name, source } of assets) {
    if (!ref) continue;
    known.set(ref, kind);
    known.set(`@${source}`, kind);
    if (name) known.set(`{${name}}`, kind);
  }
  const longest = [...known.keys()].sort((one, other) => other.length - one.length).map(escaped);
  const pattern = new RegExp([...longest.map((one) => `${one}(?![0-9])`), "@(?:Image|Video|Audio)[0-9]+", "\\{[\\p{L}_][\\p{L}\\p{N}_-]*\\}"].join("|"), "gu");
  return [...words.matchAll(pattern)].map((match) => ({
    start: match.index, end: match.index + match[0].length, kind: known.get(match[0]) ?? "unknown" }));
}

// The menu -----------------------------------------------------------------------------------------

function keys(event) {
  if (event.key === " " && event.ctrlKey) {
    event.preventDefault();
    return suggest(true);
  }
  if (menu.hidden) return undefined;
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) mark((marked + steps[event.key] + options.length) % options.length);
  else if (event.key === "Enter" || event.key === "Tab") insert(options[marked].id);
  else if (event.key === "Escape") close();
  else return undefined;
  return event.preventDefault();
}

function opening() {
  return OPENS.exec(area.value.slice(0, area.selectionStart))?.[0] ?? "";
}

function suggest(asked = false) {
  const begun = opening(), wanted = begun.slice(1).toLowerCase();
  const assets = (current()?.assets ?? []).filter((asset) => asset.ref);
  const fits = ({ ref, name, source }) => [ref.slice(1), name ?? "", source].some((words) => words.toLowerCase().startsWith(wanted));
  const complete = assets.some(({ ref, name }) => begun === ref || begun === `{${name}}`);
  options = (begun || asked) && !complete ? assets.filter(fits) : [];
  if (!options.length) {
    if (asked) say("There is no reference to insert yet.");
    return close();
  }
  menu.replaceChildren(...options.map((asset, index) => h("li", { id: `prompt-option-${index}`, role: "option",
    onpointerdown: (event) => {
      event.preventDefault();
      insert(asset.id);
    } }, h("span", { class: `chip ${asset.kind}` }, asset.ref), ` ${asset.name ? `{${asset.name}} ` : ""}`, h("span", { class: "soft" }, asset.source))));
  menu.hidden = false;
  mark(0);
  return undefined;
}

function mark(index) {
  marked = index;
  [...menu.children].forEach((option, at) => attribute(option, "aria-selected", String(at === index)));
  attribute(area, "aria-activedescendant", `prompt-option-${index}`);
  menu.children[index].scrollIntoView({ block: "nearest" });
}

function close() {
  menu.hidden = true;
  attribute(area, "aria-activedescendant", null);
}

// Put a reference in at the caret, in place of what was begun, apart from the words beside it.
function insert(id) {
  const asset = current()?.assets.find((one) => one.id === id);
  if (!asset) return;
  const begun = opening(), start = area.selectionStart - begun.length, end = area.selectionEnd;
  const before = area.value.slice(0, start), behind = area.value.slice(end);
  const words = asset.name ? `{${asset.name}}` : asset.ref;
  const spaced = `${WORD.test(before.slice(-1)) ? " " : ""}${words}${WORD.test(behind[0] ?? "") || !behind ? " " : ""}`;
  area.focus();
  area.setSelectionRange(start, end);
  // The old command, because it alone keeps the browser's undo.
  if (!document.execCommand("insertText", false, spaced)) {
    area.setRangeText(spaced, start, end, "end");
    edited();
  }
  close();
  say(`${asset.ref} inserted`);
}

