// The desk as the studio holds it, and the line to it: one state, all readers told.

import { get, ask, GONE, Refused } from "./api.js";

const readers = new Set();
const news = new Map();
let desk = null;
let asked = null, again = null, frame = 0;
let source = null, waiting = 0;

export const current = () => desk;

// `reader(desk)` now and whenever it changed.
export function watch(reader) {
  readers.add(reader);
  if (desk) reader(desk);
  return () => readers.delete(reader);
}

// `reader(event)` for each event of a type: "progress", "run", "line" (up, down, locked).
export function on(type, reader) {
  news.set(type, [...(news.get(type) ?? []), reader]);
}

function tell(type, event) {
  for (const reader of news.get(type) ?? []) reader(event);
}

function hold(next) {
  if (desk && next.version < desk.version) return;
  desk = next;
  for (const reader of readers) reader(desk);
}

// Ask for the desk. Calls that come while one is under way become one more, which they wait for.
export function refresh(anew = false) {
  if (!asked) return (asked = fetched(anew).finally(() => (asked = null)));
  return (again ??= asked.then(() => {
    again = null;
    return refresh(anew);
  }));
}

async function fetched(anew) {
  let next;
  try {
    next = await get("/api/desk");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return line(error.status === 401 || error.status === 403 ? "locked" : "down");
  }
  if (anew) desk = null; // another studio may count anew
  line("up");
  return hold(next);
}

let state = "";
function line(next) {
  if (next !== "up") retry();
  if (next === state) return;
  state = next;
  tell("line", { state });
}

// Listen; when the line breaks, try again until it holds.
export function listen() {
  source?.close();
  source = new EventSource("/api/events");
  source.onopen = () => refresh(true);
  source.onmessage = (message) => heard(JSON.parse(message.data));
  source.onerror = () => {
    source.close();
    refresh().then(() => retry());
  };
}

function retry() {
  if (waiting) return;
  source?.close();
  waiting = setTimeout(() => {
    waiting = 0;
    listen();
  }, 1500);
}

function heard(event) {
  if (event.type === "desk" && (!desk || event.version !== desk.version)) refresh();
  if (event.type === "progress" || event.type === "run") went(event);
  tell(event.type, event);
}

// What moves too often for a whole desk each time.
function went(event) {
  if (!desk) return;
  if (event.what === "upload") {
    desk = { ...desk, assets: desk.assets.map((one) => (one.id === event.id ? { ...one, received: event.received } : one)) };
  } else if (event.what === "fix" && desk.fix) {
    desk = { ...desk, fix: { ...desk.fix, progress: event.progress, seconds_left: event.seconds_left } };
  } else if (event.type === "run") desk = { ...desk, run: event.run };
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    for (const reader of readers) reader(desk);
  });
}

// Change something. What the studio refuses is told, and the desk shown as it is.
export async function change(method, path, body) {
  try {
    const told = await ask(method, path, body);
    if (told && told.assets && told.version) hold(told);
    else await refresh();
    return told;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell("refused", { message: error.message === GONE ? "The studio does not answer; nothing was changed." : error.message });
    refresh();
    return null;
  }
}

// A change made in a row (typing): only the last counts.
const rows = new Map();
export function later(name, milliseconds, run) {
  clearTimeout(rows.get(name)?.timer);
  rows.set(name, { run, timer: setTimeout(() => flush(name), milliseconds) });
}

export async function flush(name) {
  const held = rows.get(name);
  if (!held) return;
  clearTimeout(held.timer);
  rows.delete(name);
  await held.run();
}

export const pending = (name) => rows.has(name);
