// What can be done now: fix, stop, take the set along, generate; and how it goes.

import { change, current, flush, watch } from "./desk.js";
import { button, h, show, text } from "./dom.js";
import { findings } from "./findings.js";
import { pay } from "./pay.js";
import { runPanel, underWay } from "./run.js";
import { say } from "./say.js";
import { clock, counted, plural, price, sentence } from "./words.js";
import { watchWeights } from "./weigh.js";

export function actions() {
  const headline = h("p", { class: "headline" }), cost = h("span", { class: "price-range" });
  const fix = button("Fix", start), stop = button("Stop the fix", () => change("POST", "/api/fix/stop", {}));
  const generate = button("Generate…", async () => {
    await flush("prompt");
    pay();
  });
  const bar = h("progress", { max: 1, "aria-label": "Fixing the set" });
  const set = h("div", { class: "made" });
  const run = h("section", { class: "run" });
  watch((desk) => {
    const state = standing(desk), fixing = desk.fix?.state === "running", done = made(desk);
    text(headline, state.words);
    document.title = `${state.words} · seedance-prep studio`;
    headline.className = `headline ${state.kind}`;
    text(cost, desk.cost && desk.assets.length ? price(desk.cost) : "");
    fix.hidden = generate.hidden = fixing;
    stop.hidden = bar.hidden = !fixing;
    text(fix, done ? "Fix again" : state.mends ? `Fix ${plural(state.mends, "file")}` : "Make the set");
    fix.disabled = !state.ready;
    generate.disabled = !state.ready || Boolean(desk.run && underWay(desk.run));
    fix.className = done ? "" : "primary";
    generate.className = done ? "primary" : "";
    progress(bar, desk);
    show(set, [desk.fix && { ...desk.fix, progress: null, seconds_left: null }], ([one]) => result(one));
    set.hidden = !set.childElementCount;
  });
  watchWeights((told) => text(cost, price((told ?? current())?.cost)));
  told();
  return [runPanel(run), h("section", { class: "actions", "aria-label": "Do it" },
    h("div", { class: "standing" }, headline, cost), bar, set, h("div", { class: "row" }, fix, stop, generate))];
}

// Whether the outputs are those of the desk as it is.
export const made = (desk) => desk.fix?.state === "done" && desk.fix.fresh !== false;

async function start() {
  await flush("prompt");
  if (await change("POST", "/api/fix", {})) say("The fix has begun.");
}

// What the desk is ready for, in words.
function standing(desk) {
  const assets = desk.assets, count = (test) => assets.filter(test).length;
  const busy = count((one) => one.state === "uploading" || one.state === "reading");
  const mends = count((one) => one.verdict === "mend");
  const stuck = count((one) => one.verdict === "stuck" || one.state === "unreadable");
  if (desk.fix?.state === "running") {
    const left = desk.fix.seconds_left;
    return { words: left ? `Fixing, about ${clock(left)} left` : "Fixing…", kind: "", mends };
  }
  if (!assets.length) return { words: "Nothing on the desk yet", kind: "soft", mends };
  if (busy) return { words: `Reading ${plural(busy, "file")}…`, kind: "soft", mends };
  if (stuck) return { words: `${plural(stuck, "file")} ${stuck === 1 ? "needs" : "need"} you`, kind: "bad", mends, ready: assets.length > stuck };
  const wrong = (desk.findings ?? []).some((one) => one.level === "error");
  if (wrong && !desk.ok_after_fix) return { words: "The request needs you", kind: "bad", mends, ready: true };
  if (made(desk)) return { words: "The set is made", kind: "good", mends, ready: true };
  if (mends) return { words: `A fix will mend ${plural(mends, "file")}`, kind: "warning", mends, ready: true };
  return { words: assets.length === 1 ? "The file complies" : "All files comply", kind: "good", mends, ready: true };
}

function progress(bar, desk) {
  const shares = Object.values(desk.fix?.progress ?? {}).map(Number);
  if (!shares.length) bar.removeAttribute("value");
  else bar.value = shares.reduce((sum, one) => sum + one, 0) / Math.max(shares.length, 1);
}

function result(fix) {
  if (!fix || fix.state === "running") return [];
  if (fix.state === "failed") return [h("p", { class: "bad" }, sentence(fix.error ?? "the fix did not end; nothing was kept"))];
  const left = (fix.findings ?? []).filter((one) => one.level === "error");
  return [
    fix.fresh === false ? h("p", { class: "warning" }, "The desk has changed since the last fix.") : null,
    left.length ? h("details", { open: true }, h("summary", {}, `Left after the fix: ${counted(left)}`), h("div", { class: "found" }, findings(left))) : null,
    fix.outputs?.length ? h("p", { class: "links" }, h("a", { href: "/api/set.zip", download: "" }, `Download the set (${plural(fix.outputs.length, "file")})`),
      h("a", { href: "/api/report.html", target: "_blank", rel: "noopener" }, "Open the report")) : null,
  ].filter(Boolean);
}

// The end of a fix is said once.
function told() {
  let last = null;
  watch((desk) => {
    const now = desk.fix?.state ?? null;
    if (last === "running" && now === "done") say(`The fix is done: ${plural(desk.fix.outputs?.length ?? 0, "file")} made.`);
    if (last === "running" && now === "failed") say(`The fix did not end. ${desk.fix.error ?? ""}`);
    last = now;
  });
}

