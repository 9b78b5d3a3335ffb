// One run as it goes: its place in the queue, its log, its video.

import { change, watch } from "./desk.js";
import { button, h, show, text } from "./dom.js";
import { say } from "./say.js";
import { money } from "./words.js";

export const STATES = {
  prepared: "Prepared", uploading: "Uploading the files", submitting: "Sending the request", submitted: "Waiting for the service",
  queued: "In the queue", running: "The service is at work", finished: "Finished", done: "Finished", failed: "Failed",
  cancelled: "Cancelled", stopped: "Stopped; it may go on at the service", uncertain: "Unknown whether the service took it",
};
const OPEN = ["prepared", "uploading", "submitting", "submitted", "queued", "running"];

export const underWay = (run) => OPEN.includes(run.state);

export function runPanel(place) {
  const title = h("h2", {}, "Run"), words = h("p", { class: "run-state" }), log = h("ol", { class: "log", tabIndex: 0, "aria-label": "Log of the run" });
  const video = h("div", { class: "result" }), buttons = h("p", { class: "row" }), error = h("p", { class: "bad" });
  place.append(title, words, error, video, buttons, log);
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
  const place = run.position !== null && run.position !== undefined && underWay(run) ? `, place ${run.position} in the queue` : "";
  const paid = run.state === "finished" && run.cost ? `, ${typeof run.cost === "number" ? money(run.cost) : ""}` : "";
  return `${words}${place}${paid.length > 2 ? paid : ""}`;
}

function result(id) {
  const link = `/api/runs/${encodeURIComponent(id)}/video`;
  return [
    h("video", { src: link, controls: true, playsInline: true, preload: "metadata", "aria-label": "The video that was made" }),
    h("p", {}, h("a", { class: "button primary", href: link, download: `${id}.mp4` }, "Download the video")),
  ];
}

function buttonsOf(id, open, run) {
  const path = `/api/runs/${encodeURIComponent(id)}`;
  if (open && id) return [button("Cancel the run", () => change("POST", `${path}/cancel`, {}))];
  if (["uncertain", "stopped"].includes(run.state) && id) return [button("Find out", () => change("POST", `${path}/resume`, {}))];
  return [];
}

