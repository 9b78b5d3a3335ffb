// The page: puts the parts in their places and keeps the line to the studio.

import { actions } from "./actions.js";
import * as assets from "./assets.js";
import { change, listen, on, watch } from "./desk.js";
import { button, text } from "./dom.js";
import * as files from "./files.js";
import { request } from "./request.js";
import * as runs from "./runs.js";
import { note, say } from "./say.js";
import { sentence } from "./words.js";

const link = document.querySelector("#link"), clear = document.querySelector("#clear");
const LOST = `The studio has stopped. Your files and words are kept: start it again with “seedance-prep studio --port ${location.port}”.`;
const LOCKED = "The studio was started anew and does not know this page yet. Open the address that it printed in its terminal; this page then goes on by itself.";

document.querySelector("#request").append(...request(), ...actions());
files.setUp();
assets.setUp();
runs.setUp();

on("line", ({ state }) => {
  document.body.dataset.line = state;
  text(link, { up: "Connected", down: "Not connected", locked: "Locked out" }[state]);
  if (state === "up") {
    if (document.querySelector("#banner").classList.contains("lost")) note(null);
  } else note(state === "locked" ? LOCKED : LOST, "lost");
});
on("refused", ({ message }) => {
  note(sentence(message));
});

clear.addEventListener("click", () => {
  note("Take all files and words off the desk? Your own files stay where they are.", "warning", button("Clear the desk", async () => {
    if (await change("POST", "/api/clear", {})) say("The desk is clear.");
    note(null);
    document.querySelector("#choose").focus();
  }, { class: "danger" }));
  document.querySelector("#banner button").focus();
});
watch((desk) => {
  clear.hidden = !desk.assets.length && !desk.request.prompt;
  document.body.dataset.ready = "yes";
});

listen();
