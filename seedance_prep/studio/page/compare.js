// Before and after, one over the other behind a line, or side by side pixel for pixel.

import { attribute, button, h, unique } from "./dom.js";
import { seconds } from "./words.js";

export function compare(asset, output) {
  const dialog = document.querySelector("#compare");
  const opener = document.activeElement;
  const long = output.kind === "video" || asset.kind === "video" ? output.facts?.duration ?? 0 : 0;
  let at = long / 2, asked = 0;
  let whole = "";
  const address = (side) => `/api/outputs/${encodeURIComponent(output.ref)}/frame.jpg?side=${side}&at=${at.toFixed(2)}${whole}&v=${(output.sha256 ?? "").slice(0, 12)}`;
  const before = h("div", { class: "side before" }), after = h("div", { class: "side after" });
  const stack = h("div", { class: "stack" }, after, before, h("span", { class: "tag left" }, "before"), h("span", { class: "tag right" }, "after"));
  for (const [one, other] of [[before, after], [after, before]]) one.addEventListener("scroll", () => beside(one, other));
  const line = h("input", { type: "range", min: 0, max: 100, value: 50, step: 1, id: unique("line") });
  const shift = () => {
    stack.style.setProperty("--at", `${line.value}%`);
    attribute(line, "aria-valuetext", `${line.value} % before, ${100 - line.value} % after`);
  };
  line.addEventListener("input", shift);
  follow(stack, line, shift);
  let round = 0;
  const load = async () => {
    const mine = ++round;
    stack.classList.add("busy");
    const made = await Promise.all([picture(address("before"), `${asset.source}, before`), picture(address("after"), `${output.ref}, after`)]);
    if (mine !== round) return;
    before.replaceChildren(made[0]);
    after.replaceChildren(made[1]);
    stack.classList.remove("busy");
    if (whole) for (const side of [before, after]) side.scrollTo(span(side, "Width") / 2, span(side, "Height") / 2);
  };
  const time = h("input", { type: "range", min: 0, max: Math.max(0, long - 0.05).toFixed(2), step: 0.05, value: at, id: unique("time") });
  const says = h("output", { htmlFor: time.id });
  const tell = () => {
    at = Number(time.value);
    says.textContent = seconds(at);
    attribute(time, "aria-valuetext", seconds(at));
  };
  time.addEventListener("input", () => {
    tell();
    clearTimeout(asked);
    asked = setTimeout(load, 120);
  });
  const close = button("Close", () => dialog.close(), { class: "quiet" });
  const full = button("1:1", () => {
    const on = stack.classList.toggle("full");
    attribute(full, "aria-pressed", String(on));
    for (const side of [before, after]) attribute(side, "tabindex", on ? 0 : null);
    line.disabled = on;
    whole = on ? "&close" : "";
    load();
  }, { "aria-pressed": "false", title: "Pixel for pixel, side by side" });
  dialog.replaceChildren(
    h("div", { class: "dialog-head" }, h("h2", { id: "compare-title" }, `${output.ref}: before and after`), full, close),
    stack,
    h("div", { class: "sliders" },
      h("label", { htmlFor: line.id }, "Line"), line, h("span", {}),
      ...(long ? [h("label", { htmlFor: time.id }, "Time"), time, says] : [])));
  dialog.onclose = () => opener?.focus();
  tell();
  load();
  shift();
  dialog.showModal();
  line.focus();
}

// A picture once it is there, so that nothing flickers; words where it cannot be made.
function picture(src, alt) {
  return new Promise((done) => {
    const made = h("img", { alt, draggable: false, onload: () => done(made),
      onerror: () => done(h("p", { class: "no-picture" }, "This picture could not be made.")) });
    made.src = src;
  });
}

const span = (side, name) => side[`scroll${name}`] - side[`client${name}`];

// The other side shows the same part, whatever its size.
function beside(one, other) {
  if (!one.matches(":hover, :focus")) return; // the one that is moved leads
  other.scrollLeft = (one.scrollLeft / Math.max(1, span(one, "Width"))) * span(other, "Width");
  other.scrollTop = (one.scrollTop / Math.max(1, span(one, "Height"))) * span(other, "Height");
}

// The line follows the pointer on the picture itself, too.
function follow(stack, line, shift) {
  const put = (event) => {
    const box = stack.getBoundingClientRect();
    line.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    shift();
  };
  stack.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || stack.classList.contains("full")) return;
    event.preventDefault();
    stack.setPointerCapture(event.pointerId);
    put(event);
  });
  stack.addEventListener("pointermove", (event) => stack.hasPointerCapture(event.pointerId) && put(event));
}
