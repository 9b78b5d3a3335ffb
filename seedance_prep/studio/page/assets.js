// The list of files: cards in the order of the desk, moved by dragging or by buttons.

import { Card } from "./card.js";
import { change, current, flush, watch } from "./desk.js";
import { keyed } from "./dom.js";
import { sending } from "./files.js";
import { say } from "./say.js";
import { watchWeights } from "./weigh.js";
import { VERDICTS, counted } from "./words.js";

let said = new Map();
let order = null; // while a card is dragged

export function setUp() {
  watch(draw);
  watchWeights((answer) => {
    for (const card of list().held?.values() ?? []) card.weighed(answer);
  });
}

function draw(desk) {
  const here = sending();
  const shown = desk.assets.filter((asset) => !(asset.state === "uploading" && here.has(asset.source)));
  keyed(list(), arranged(shown), (asset) => asset.id, (asset) => new Card(asset, { shift, grab }));
  list().hidden = !shown.length;
  tell(desk.assets);
}

const list = () => document.querySelector("#assets");

function arranged(assets) {
  if (!order) return assets;
  return order.map((id) => assets.find((asset) => asset.id === id)).filter(Boolean);
}

// Each verdict once, and again when it changes.
function tell(assets) {
  const now = new Map();
  for (const asset of assets) {
    if (asset.state !== "judged" && asset.state !== "unreadable") continue;
    const found = counted(asset.findings);
    const words = asset.state === "unreadable" ? "cannot be read" : VERDICTS[asset.verdict].toLowerCase();
    now.set(asset.id, `${asset.ref ?? ""} ${asset.source}: ${words}${found ? `, ${found}` : ""}`.trim());
  }
  for (const [id, words] of now) if (said.get(id) !== words) say(words);
  said = now;
}

async function arrange(ids) {
  await flush("prompt");
  return change("POST", "/api/order", { ids });
}

// One place up or down, by button or key.
async function shift(id, by) {
  const ids = current().assets.map((asset) => asset.id);
  const at = ids.indexOf(id), to = at + by;
  if (to < 0 || to >= ids.length) return;
  ids.splice(to, 0, ...ids.splice(at, 1));
  const told = await arrange(ids);
  if (told) say(`${current().assets[to].source} is now file ${to + 1} of ${ids.length}`);
}

// Dragging by the handle: the others make room as the pointer passes their middle.
function grab(event, card) {
  if (event.button !== 0) return;
  event.preventDefault();
  order = current().assets.map((asset) => asset.id);
  const before = order.join();
  card.element.classList.add("lifted");
  const move = (next) => {
    const others = [...list().children].filter((one) => one !== card.element);
    const place = others.filter((one) => middle(one) < next.clientY).length;
    const ids = others.map((one) => one.dataset.id);
    ids.splice(place, 0, card.id);
    if (ids.join() === order.join()) return;
    order = ids;
    list().insertBefore(card.element, others[place] ?? null);
  };
  const drop = async (last) => {
    document.removeEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel"]) document.removeEventListener(type, drop);
    card.element.classList.remove("lifted");
    if (last.type === "pointerup" && order.join() !== before) await arrange(order);
    order = null;
    draw(current());
  };
  // On the page, not captured: a card that changes places in the tree would lose the pointer.
  document.addEventListener("pointermove", move);
  for (const type of ["pointerup", "pointercancel"]) document.addEventListener(type, drop);
}

function middle(element) {
  const box = element.getBoundingClientRect();
  return box.top + box.height / 2;
}
