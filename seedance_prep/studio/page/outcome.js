// What a fix made of one file: how far it is, then the output, to compare and to take along.

import { compare } from "./compare.js";
import { button, h, show } from "./dom.js";
import { facts, seconds, size } from "./words.js";

const ACTIONS = { untouched: "the very same bytes", remuxed: "streams copied into a new container", copied: "cut without a new encode", encoded: "encoded anew" };

export class Outcome {
  constructor(asset) {
    this.id = asset.id;
    this.element = h("div", { class: "outcome" });
  }

  update(asset, fix) {
    const share = fix?.state === "running" ? fix.progress?.[asset.ref] ?? null : undefined;
    const output = fix ? outputOf(asset, fix) : null;
    this.element.hidden = share === undefined && !output;
    if (share !== undefined) this.running(asset, share);
    else show(this.element, [output, asset.source, asset.kind], () => output ? done(asset, output) : []);
  }

  running(asset, share) {
    show(this.element, ["running", asset.ref], () => [h("progress", { max: 1, "aria-label": `Fixing ${asset.source}` })]);
    const bar = this.element.firstElementChild;
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
  }
}

// What was made of a file, as long as the desk is the one that it was made of.
export function outputOf(asset, fix) {
  if (fix?.state !== "done" || fix.fresh === false) return null;
  return (fix.outputs ?? []).find((one) => one.id === asset.id) ?? null;
}

function done(asset, output) {
  const link = `/api/outputs/${encodeURIComponent(output.ref)}/file`;
  const seen = (output.kind ?? asset.kind) !== "audio";
  return [
    h("h4", {}, "Made"),
    h("p", {}, h("strong", {}, output.path), ` · ${ACTIONS[output.action] ?? output.action}`,
      h("br"), h("span", { class: "soft" }, figures(asset, output))),
    output.operations?.length && output.action !== "untouched"
      ? h("details", {}, h("summary", {}, "What was done"), h("ul", { class: "steps" }, output.operations.map((one) => h("li", {}, one)))) : null,
    h("p", { class: "row" },
      seen ? button("Compare", () => compare(asset, output), { "aria-label": `Compare ${asset.source} before and after` })
        : h("audio", { controls: true, src: link, preload: "none", "aria-label": `${output.ref} as made` }),
      h("a", { class: "button", href: link, download: output.path, "aria-label": `Download ${output.path}` }, "Download")),
  ];
}

function figures(asset, output) {
  const parts = [facts({ ...output, bytes: output.bytes })];
  if (output.bytes && asset.bytes && output.bytes !== asset.bytes) parts.push(`was ${size(asset.bytes)}`);
  if (output.window) parts.push(`${seconds(output.window[0])} to ${seconds(output.window[1])} of the source`);
  if (output.vmaf) parts.push(`VMAF ${Number(output.vmaf.mean ?? output.vmaf).toFixed(1)}`);
  return parts.join(" · ");
}
