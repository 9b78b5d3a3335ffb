// Files onto the desk: dropped, chosen, pasted, whole folders; one line for each on its way.

import { send } from "./api.js";
import { change, current, refresh, watch } from "./desk.js";
import { button, h, keyed, text } from "./dom.js";
import { say } from "./say.js";
import { size } from "./words.js";

const AT_ONCE = 1; // in the order given, which is the order of the references
const HIDDEN = /^(\.|Thumbs\.db$|desktop\.ini$)/i;
const arriving = [];
let working = 0, numbers = 0;

export function setUp() {
  const input = document.querySelector("#file-input"), folder = document.querySelector("#folder-input");
  document.querySelector("#choose").addEventListener("click", () => input.click());
  document.querySelector("#choose-folder").addEventListener("click", () => folder.click());
  for (const one of [input, folder]) {
    one.addEventListener("change", () => {
      take([...one.files]);
      one.value = "";
    });
  }
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
  dropping();
  watch(draw);
}

function dropping() {
  const holds = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const over = (on) => document.body.classList.toggle("dropping", on);
  document.addEventListener("dragenter", (event) => holds(event) && over(++depth > 0));
  document.addEventListener("dragleave", (event) => holds(event) && over(--depth > 0));
  document.addEventListener("dragover", (event) => holds(event) && event.preventDefault());
  document.addEventListener("drop", async (event) => {
    depth = 0;
    over(false);
    if (!holds(event)) return;
    event.preventDefault();
    take(await dropped(event.dataTransfer));
  });
}

// The files of a drop, and those in its folders, in the order of their names.
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (entry.isFile) {
    found.push(await new Promise((done, fail) => entry.file(done, fail)).catch(() => null));
    return;
  }
  const reader = entry.createReader(), inside = [];
  for (;;) {
    const some = await new Promise((done) => reader.readEntries(done, () => done([])));
    if (!some.length) break;
    inside.push(...some);
  }
  inside.sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
  for (const child of inside) await walk(child, found);
}

export function take(files) {
  const wanted = files.filter((file) => file && !HIDDEN.test(file.name));
  for (const file of wanted) arriving.push(line(file));
  if (files.length && !wanted.length) say("Nothing to take: the folder holds no files.");
  draw(current());
  next();
}

function line(file) {
  const most = current()?.bounds?.file;
  const refused = most && file.size > most
    ? `${file.name} has ${size(file.size)}; the studio takes files of up to ${size(most)}. Cut it first.` : null;
  if (refused) say(refused);
  return { number: ++numbers, file, name: file.name, size: file.size, sent: 0, id: null, error: refused,
           started: false, stop: new AbortController() };
}

function next() {
  while (working < AT_ONCE) {
    const one = arriving.find((each) => !each.started && !each.error);
    if (!one) return;
    one.started = true;
    working += 1;
    upload(one).finally(() => {
      working -= 1;
      draw(current());
      next();
    });
  }
}

async function upload(one) {
  let frame = 0;
  const shown = () => {
    frame = 0;
    draw(current());
  };
  try {
    const told = await send(one.file, one.name, (sent) => {
      one.sent = sent;
      frame ||= requestAnimationFrame(shown);
    }, one.stop.signal);
    one.id = told.id ?? "";
    remove(one);
    await refresh();
  } catch (error) {
    if (error.status === -1) await forget(one);
    else {
      one.error = error.status ? error.message : `${one.name}: ${error.message}`;
      say(one.error);
    }
  }
}

// Stopped here: what has arrived there goes, too.
async function forget(one) {
  remove(one);
  await refresh();
  const begun = current().assets.find((asset) => asset.bytes === one.size && asset.received < asset.bytes && asset.source === one.name);
  if (begun) await change("DELETE", `/api/assets/${begun.id}`);
}

function remove(one) {
  const at = arriving.indexOf(one);
  if (at >= 0) arriving.splice(at, 1);
  draw(current());
}

// Names of files that this page is sending: their cards come when they have arrived.
export function sending() {
  return new Set(arriving.filter((one) => one.started && !one.error).map((one) => one.name));
}

function draw(desk) {
  const empty = !desk?.assets.length && !arriving.length;
  document.body.classList.toggle("empty", Boolean(desk) && empty);
  keyed(document.querySelector("#arriving"), arriving, (one) => one.number, row);
}

function row(one) {
  const words = h("span", { class: "arriving-words" });
  const bar = h("progress", { max: Math.max(1, one.size), "aria-label": `${one.name} on its way` });
  const stop = button("Stop", () => {
    one.stop.abort();
    remove(one);
  }, { class: "quiet" });
  const element = h("li", {}, h("strong", { class: "file-name" }, one.name), words, bar, stop);
  return { element, update: () => {
    element.classList.toggle("refused", Boolean(one.error));
    bar.hidden = Boolean(one.error);
    bar.value = one.sent;
    text(stop, one.error ? "Dismiss" : "Stop");
    stop.setAttribute("aria-label", `${stop.textContent} ${one.name}`);
    text(words, one.error ?? (one.started ? [seen(one), `${size(one.sent)} of ${size(one.size)}`].filter(Boolean).join(" · ") : `${size(one.size)}, waiting`));
  } };
}

// What the studio knows from the first bytes, before the rest has come.
const seen = (one) => current()?.assets.find((asset) => asset.state === "uploading" && asset.source === one.name)?.looks;
