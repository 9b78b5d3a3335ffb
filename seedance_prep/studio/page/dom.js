// Elements from plain values; lists that keep their elements, and with them focus and scroll.

export function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(made, name, value);
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

function set(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.className = value;
  else if (name in element && !name.includes("-") && name !== "list" && name !== "role") element[name] = value;
  else attribute(element, name, value);
}

// An attribute that is there, or not.
export function attribute(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}

export function text(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// Fill an element anew only when what it shows has changed.
const shown = new WeakMap();
export function show(element, value, draw) {
  const key = JSON.stringify(value) ?? "";
  if (shown.get(element) === key) return;
  shown.set(element, key);
  const children = draw(value);
  element.replaceChildren(...[children].flat().filter(Boolean));
}

// One child per item, made once and then updated. `make(item)` gives {element, update(item)}.
export function keyed(parent, items, key, make) {
  const held = (parent.held ??= new Map());
  const wanted = new Set(items.map(key));
  for (const [id, one] of held) {
    if (wanted.has(id)) continue;
    one.element.remove();
    held.delete(id);
  }
  items.forEach((item, index) => {
    const id = key(item);
    if (!held.has(id)) held.set(id, make(item));
    const one = held.get(id);
    const there = parent.children[index];
    if (there !== one.element) move(parent, one.element, there ?? null);
    one.update(item, index);
  });
}

// Moving an element takes its focus away; give it back.
function move(parent, element, before) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  parent.insertBefore(element, before);
  focused?.focus({ preventScroll: true });
}

// The value of a field, unless somebody is busy in it.
export function value(field, wanted) {
  const text = String(wanted ?? "");
  if (document.activeElement !== field && field.value !== text) field.value = text;
}

export function choices(select, options, wanted) {
  show(select, options, (list) => list.map(([worth, words]) => h("option", { value: worth }, words)));
  const text = String(wanted ?? "");
  if (select.value !== text) select.value = text;
}

let names = 0;
export const unique = (stem) => `${stem}-${++names}`;

// A field with its label.
export function field(words, control, props = {}) {
  control.id ||= unique("field");
  return h("div", { class: "field", ...props }, h("label", { htmlFor: control.id }, words), control);
}

export function button(words, onclick, props = {}) {
  return h("button", { type: "button", onclick, ...props }, words);
}

// An icon with a name: the path of a 24 x 24 drawing.
export function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", "icon");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}

export function iconButton(name, path, onclick, props = {}) {
  return button(icon(path), onclick, { class: "icon-button", "aria-label": name, title: name, ...props });
}
