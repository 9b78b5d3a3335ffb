// The request beside the files: prompt, parameters, what is used of each limit, and the price.

import { change, watch } from "./desk.js";
import { choices, field, h, show, text, value } from "./dom.js";
import { findings } from "./findings.js";
import { prompt } from "./prompt.js";
import { watchWeights } from "./weigh.js";
import { plural, price } from "./words.js";

const ALLOW = { none: "touch nothing", lossless: "repackage and cut", lossy: "also scale and encode", inventive: "also crop, pad, lengthen", drop: "also leave files out" };
const MEND = { errors: "errors", warnings: "errors and warnings" };
const SUMS = [
  ["files", "count", "Files"], ["images", "count", "Images"], ["videos", "count", "Videos"], ["videos", "seconds", "Video time"],
  ["videos", "bytes", "Video size"], ["audio", "count", "Sounds"], ["audio", "seconds", "Sound time"],
];

export function request() {
  const change = (name, read = (words) => words || null) => (event) => set({ [name]: read(event.target.value) });
  const pick = (name, read) => h("select", { onchange: change(name, read) });
  const fields = {
    resolution: pick("resolution"), duration: pick("duration"), aspect_ratio: pick("aspect_ratio"),
    generate_audio: pick("generate_audio", (words) => (words ? words === "yes" : null)),
    endpoint: pick("endpoint"), bitrate_mode: pick("bitrate_mode"),
    seed: h("input", { type: "number", min: 0, step: 1, placeholder: "any", onchange: change("seed", (words) => (words === "" ? null : Math.round(Number(words)))) }),
    end_user_id: h("input", { type: "text", maxLength: 64, autocomplete: "off", placeholder: "none", onchange: change("end_user_id") }),
    metadata: pick("metadata"), allow: pick("allow"), mend: pick("mend"),
  };
  const bars = h("div", { class: "bars" }), found = h("div", { class: "found" });
  const cost = h("strong", { class: "price-range" }), lines = h("ul", { class: "lines" });
  const bill = h("section", { class: "price" }, h("details", {}, h("summary", {}, "Price on fal ", cost), lines));
  const numbers = (told) => {
    show(found, [desk.assets.length ? told.findings ?? [] : [], desk.options], ([list]) => findings(list));
    meters(bars, told.limits ?? {});
    text(cost, price(told.cost));
    show(lines, told.cost ?? null, (one) => (one?.lines ?? []).map((line) => h("li", {}, line.what)).concat(one?.advice ? [h("li", {}, one.advice)] : []));
  };
  let desk = null;
  watch((next) => {
    desk = next;
    options(fields, next);
    numbers(next);
    bill.hidden = !next.assets.length || !next.cost;
  });
  watchWeights((told) => numbers(told ?? desk));
  return [
    prompt(),
    h("section", { class: "settings" }, h("h2", {}, "Video to make"),
      h("div", { class: "fields" }, field("Resolution", fields.resolution), field("Duration", fields.duration),
        field("Aspect ratio", fields.aspect_ratio), field("Sound", fields.generate_audio)),
      h("details", {}, h("summary", {}, "More"),
        h("div", { class: "fields" }, field("Endpoint", fields.endpoint, { class: "field whole" }), field("Bit rate", fields.bitrate_mode), field("Seed", fields.seed),
          field("End-user id", fields.end_user_id), field("Metadata of files", fields.metadata),
          field("A fix may", fields.allow), field("A fix mends", fields.mend)))),
    h("section", { class: "totals" }, h("h2", {}, "Limits"), bars, found),
    bill,
  ];
}

const set = (wishes) => change("PATCH", "/api/request", wishes);

function options(fields, desk) {
  const { request, choices: known = {} } = desk;
  const offered = (list = [], chosen) => {
    const all = chosen === null || chosen === undefined || list.map(String).includes(String(chosen)) ? list : [chosen, ...list];
    return all.map((one) => [one, String(one)]);
  };
  const worth = (name) => [["", "default"], ...offered(known[name], request[name])];
  for (const name of ["resolution", "aspect_ratio", "bitrate_mode"]) choices(fields[name], worth(name), request[name]);
  choices(fields.duration, worth("duration").map(([one, words]) => [one, /^\d+$/.test(words) ? plural(Number(words), "second") : words]), request.duration);
  choices(fields.generate_audio, [["", "default"], ["yes", "with sound"], ["no", "silent"]],
    request.generate_audio === null || request.generate_audio === undefined ? "" : request.generate_audio ? "yes" : "no");
  choices(fields.endpoint, offered(desk.endpoints, request.endpoint).map(([one]) => [one, one.replace("bytedance/", "").replace("/reference-to-video", "")]), request.endpoint);
  choices(fields.allow, (known.allow ?? Object.keys(ALLOW)).map((one) => [one, ALLOW[one] ?? one]), desk.options.allow);
  choices(fields.mend, (known.mend ?? Object.keys(MEND)).map((one) => [one, MEND[one] ?? one]), desk.options.mend);
  choices(fields.metadata, [["", "as planned"], ["keep", "keep"], ["strip", "strip"]], request.metadata);
  value(fields.end_user_id, request.end_user_id);
  value(fields.seed, request.seed);
}

// One bar for each limit that is touched; made once, so that they move smoothly while a window does.
const drawn = new WeakMap();
function meters(place, limits) {
  const used = SUMS.map(([kind, what, label]) => [`${kind} ${what}`, limits[kind]?.[what], label])
    .filter(([name, sum]) => sum && (sum.used > 0 || name === "files count"));
  const names = used.map(([name]) => name).join();
  if (drawn.get(place)?.names !== names) build(place, used, names);
  const rows = drawn.get(place).rows;
  used.forEach(([, sum], at) => meter(rows[at], sum));
}

function build(place, used, names) {
  const rows = used.map(([, , label]) => {
    const fill = h("i"), words = h("span", { class: "sum-words" });
    return { fill, words, element: h("div", { class: "sum" }, h("span", { class: "soft" }, label), words, h("div", { class: "bar", "aria-hidden": "true" }, fill)) };
  });
  place.replaceChildren(...rows.map((row) => row.element));
  drawn.set(place, { names, rows });
}

function meter({ fill, words, element }, sum) {
  const share = sum.max ? sum.used / sum.max : Number(sum.used > 0);
  const over = sum.over ?? share > 1;
  fill.style.transform = `scaleX(${Math.min(1, share)})`;
  element.classList.toggle("over", over);
  text(words, `${sum.words ?? `${sum.used} of ${sum.max}`}${over ? ", too much" : ""}`);
}
