// One run as it goes: its place in the queue, its log, its video.

import { change, watch } from "./desk.js";
import { button, h, show, text } from "./dom.js";
import { say } from "./say.js";

// Of a run that is followed, and of the rows of the ledger.
export const STATES = {
  prepared: "Prepared", uploading: "Uploading the files", submitting: "Sending the request", submitted: "Sent, waiting for the service",
  queued: "In the queue", running: "The service is at work", finished: "Finished", done: "Finished", failed: "Failed",
  cancelled: "Cancelled", stopped: "No longer followed; the service may go on with it", uncertain: "Unknown whether the service took it",
};
const OPEN = ["uploading", "submitted", "queued", "running"];

export const underWay = (run) => OPEN.includes(run.state);

export function runPanel(place) {
  const words = h("p", { class: "run-state" }), log = h("ol", { class: "log", tabIndex: 0, "aria-label": "Log of the run" });
  const video = h("div", { class: "result" }), buttons = h("p", { class: "row" }), error = h("p", { class: "bad" });
  place.append(h("h2", {}, "Run"), words, error, video, buttons, log);
  let before = "";
  watch((desk) => {
    const run = desk.run;
    place.hidden = !run;
    if (!run) return;
    const now = state(run);
    text(words, now);
    words.className = `run-state ${run.state}`;
    text(error, run.error ?? "");
    error.hidden = !run.error;
    show(video, [run.id, Boolean(run.video)], ([id, there]) => (there ? result(id) : []));
    show(buttons, [run.id, underWay(run), run.state], ([id, open]) => buttonsOf(id, open, run));
    show(log, run.log ?? [], (lines) => lines.map((line) => h("li", {}, typeof line === "string" ? line : line.message ?? "")));
    log.hidden = !(run.log ?? []).length;
    log.scrollTop = log.scrollHeight;
    if (now !== before && before) say(`Run: ${now}`);
    before = now;
  });
  return place;
}

export function state(run) {
  const words = STATES[run.state] ?? run.state;
  return run.state === "queued" && Number.isInteger(run.position) ? `${words}, ${ahead(run.position)}` : words;
}

const ahead = (count) => (count ? `${count} ahead of it` : "next");

function result(id) {
  const link = `/api/runs/${encodeURIComponent(id)}/video`;
  return [
    h("video", { src: link, controls: true, playsInline: true, preload: "metadata", "aria-label": "The video that was made" }),
    h("p", {}, h("a", { class: "button primary", href: link, download: `${id}.mp4` }, "Download the video")),
  ];
}

function buttonsOf(id, open, run) {
  const path = `/api/runs/${encodeURIComponent(id)}`;
  if (open && !id) return [button("Stop", () => change("POST", "/api/generate/stop", {}))];
  if (open) return [button("Cancel the run", () => change("POST", `${path}/cancel`, {}))];
  if (["uncertain", "stopped"].includes(run.state) && id) return [button(run.state === "uncertain" ? "Find out" : "Resume", () => change("POST", `${path}/resume`, {}))];
  return [];
}

