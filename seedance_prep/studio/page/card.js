// One file: what it is, what is wrong, what a fix will do, what is kept, what came out.

import { change, current, flush } from "./desk.js";
import { attribute, button, choices, field, h, icon, iconButton, show, text, value } from "./dom.js";
import { findings } from "./findings.js";
import { Outcome, outputOf } from "./outcome.js";
import { Trim } from "./trim.js";
import { settle, weigh } from "./weigh.js";
import { VERDICTS, counted, facts, size } from "./words.js";

const UP = "M12 19V5m-6 6 6-6 6 6";
const DOWN = "M12 5v14m-6-6 6 6 6-6";
const REMOVE = "M6 6l12 12M18 6 6 18";
const GRIP = "M9 5v.01M15 5v.01M9 12v.01M15 12v.01M9 19v.01M15 19v.01";
const KEEP = [["", "as planned"], ["first", "the first seconds"], ["last", "the last seconds"], ["best", "the best seconds"]];
const FRAME = [["", "as planned"], ["crop", "crop"], ["pad", "pad"]];
const FILL = [["", "as planned"], ["hold", "hold the last picture"], ["loop", "play it again"]];
const AS = [["", "what it is"], ["image", "an image"], ["video", "a video"], ["audio", "a sound"]];

const MADE = { untouched: "Complies", remuxed: "Mended", copied: "Mended", encoded: "Mended" };

export class Card {
  constructor(asset, { shift, grab }) {
    this.id = asset.id;
    this.shift = shift;
    this.thumb = h("div", { class: "thumb" });
    this.ref = h("span", { class: "chip" });
    this.source = h("span", { class: "file-name" });
    this.what = h("p", { class: "what soft" });
    this.badge = h("span", { class: "badge" });
    this.up = iconButton("Move up", UP, () => shift(this.id, -1));
    this.down = iconButton("Move down", DOWN, () => shift(this.id, 1));
    this.remove = iconButton("Remove", REMOVE, () => this.leave());
    this.handle = h("span", { class: "handle", "aria-hidden": "true", title: "Drag to change the order" }, icon(GRIP));
    this.handle.addEventListener("pointerdown", (event) => grab(event, this));
    this.findings = h("div", { class: "found" });
    this.will = h("div", { class: "will" });
    this.place = h("div", {});
    this.why = h("div", { class: "why" });
    this.outcome = new Outcome(asset);
    this.element = h("li", { class: "card" },
      h("div", { class: "card-head" }, this.handle, this.thumb,
        h("div", { class: "card-title" }, h("h3", {}, this.ref, " ", this.source), this.what, this.badge),
        h("div", { class: "card-buttons" }, this.up, this.down, this.remove)),
      this.place, this.why, this.findings, this.will, this.outcome.element, this.wishes());
    this.element.dataset.id = asset.id;
  }

  wishes() {
    const patch = (name, read = (words) => words || null) => async (event) => {
      if (name === "name" || name === "as") await flush("prompt");
      if (event.target.checkValidity()) await this.change({ [name]: read(event.target.value.trim()) });
      else event.target.reportValidity();
    };
    const pick = (name) => h("select", { onchange: patch(name) });
    this.name = h("input", { type: "text", maxLength: 60, placeholder: "hero", autocomplete: "off", spellcheck: false,
      pattern: "[\\p{L}_][\\p{L}\\p{N}_\\-]*", title: "a letter, then letters, digits, _ or -", onchange: patch("name") });
    this.name.addEventListener("keydown", (event) => event.key === "Enter" && this.name.blur());
    this.keep = pick("keep");
    this.frame = pick("frame");
    this.fill = pick("fill");
    this.as = pick("as");
    this.weight = h("input", { type: "number", min: "0.1", max: "1000", step: "any", onchange: patch("weight", (words) => Number(words) || 1) });
    this.loudness = h("input", { type: "number", min: "-40", max: "-9", step: "any", placeholder: "as it is", onchange: patch("loudness", (words) => (words ? Number(words) : null)) });
    this.fields = {
      name: field("Name in the prompt", this.name), keep: field("When too long, keep", this.keep),
      weight: field("Share of the seconds", this.weight), frame: field("When the ratio is off", this.frame),
      fill: field("When too short", this.fill), loudness: field("Loudness, LUFS", this.loudness), as: field("Use it as", this.as),
    };
    this.chosen = h("span", { class: "soft" });
    this.options = h("details", { class: "wishes" }, h("summary", {}, "Options ", this.chosen),
      h("div", { class: "fields" }, ...Object.values(this.fields)));
    return this.options;
  }

  change(wishes) {
    return change("PATCH", `/api/assets/${this.id}`, wishes);
  }

  async leave() {
    await flush("prompt");
    const cards = [...this.element.parentElement.children];
    const next = cards[cards.indexOf(this.element) + 1] ?? cards[cards.indexOf(this.element) - 1];
    if (await change("DELETE", `/api/assets/${this.id}`)) {
      (next?.querySelector("[aria-label^=Remove]") ?? document.querySelector("#choose")).focus();
    }
  }

  update(asset, index) {
    this.asset = asset;
    this.title(asset, index);
    this.trimmed(asset);
    this.reasoned(asset);
    const open = this.element.classList.contains("dragged");
    if (!open) this.judged(asset);
    this.outcome.update(asset, current()?.fix);
    this.wished(asset);
  }

  title(asset, index) {
    text(this.ref, asset.ref ?? "?");
    this.ref.className = `chip ${asset.kind ?? "unknown"}`;
    const words = asset.name ? `${asset.source} {${asset.name}}` : asset.source;
    text(this.source, words);
    this.source.title = words;
    text(this.what, asset.state === "uploading" ? [asset.looks, `${size(asset.received ?? 0)} of ${size(asset.bytes)}`].filter(Boolean).join(" · ")
      : asset.state === "reading" ? "Reading…" : asset.state === "unreadable" ? size(asset.bytes ?? 0) : facts(asset));
    // Told, not disabled: the button that was pressed keeps the focus at the end of the way.
    attribute(this.up, "aria-disabled", index === 0 ? "true" : null);
    attribute(this.down, "aria-disabled", index === current().assets.length - 1 ? "true" : null);
    for (const [one, verb] of [[this.up, "Move up"], [this.down, "Move down"], [this.remove, "Remove"]]) {
      attribute(one, "aria-label", `${verb} ${asset.ref ?? ""} ${asset.source}`);
    }
    const seen = asset.state === "judged" && asset.kind !== "audio" && asset.kind;
    show(this.thumb, [seen, asset.kind, asset.id], () => seen
      ? h("img", { src: `/api/assets/${asset.id}/thumb.jpg`, alt: "", loading: "lazy", draggable: false,
        onerror: () => this.thumb.replaceChildren(h("span", { class: "no-thumb" }, "no picture")) })
      : h("span", { class: "no-thumb" }, asset.kind === "audio" ? "sound" : asset.kind ?? "?"));
  }

  trimmed(asset) {
    const timed = asset.state === "judged" && asset.duration > 0 && (asset.kind === "video" || asset.kind === "audio");
    if (!timed) {
      this.place.replaceChildren();
      this.trim = null;
      return;
    }
    if (!this.trim) {
      this.trim = new Trim(asset, {
        onmove: (span) => {
          this.element.classList.add("dragged");
          weigh(this.id, span);
        },
        onkeep: async (span) => {
          this.element.classList.remove("dragged");
          if (span !== undefined) await this.change({ t: span });
          settle();
          this.judged(this.asset);
        },
      });
      this.place.replaceChildren(this.trim.element);
    }
    this.trim.update(asset);
  }

  // Why the plan keeps these seconds, and which others it would offer.
  reasoned(asset) {
    show(this.why, asset.t ? null : asset.choice ?? null, (choice) => choice ? [
      h("p", { class: "soft" }, `These seconds: ${choice.reason}`),
      ...(choice.others ?? []).map((other) => {
        const [start, stop] = other.window;
        return button(`${start.toFixed(1)} to ${stop.toFixed(1)} s`, () => this.change({ t: other.window }),
          { class: "link-button", title: other.reason, "aria-label": `Keep ${start.toFixed(1)} to ${stop.toFixed(1)} seconds instead: ${other.reason}` });
      })] : []);
  }

  // What the window under the pointer would come to.
  weighed(answer) {
    const told = answer?.assets?.[this.id];
    this.trim?.tell(told && this.element.classList.contains("dragged") ? answer : null);
    if (!told || !this.element.classList.contains("dragged")) return;
    this.judged({ ...this.asset, ...told });
  }

  judged(asset) {
    const mended = asset.verdict !== "stuck" && outputOf(asset, current()?.fix);
    const state = mended ? "ok" : asset.state === "judged" ? asset.verdict : asset.state;
    const words = mended ? MADE[mended.action] ?? "Mended" : VERDICTS[asset.verdict] ?? "";
    text(this.badge, asset.state === "unreadable" ? "Cannot be read" : asset.state === "judged" ? words : "");
    const count = counted(asset.findings ?? []);
    this.badge.className = `badge ${state}`;
    if (asset.state === "judged" && count && !mended) this.badge.append(h("span", { class: "count" }, ` · ${count}`));
    show(this.findings, [asset.findings ?? [], Boolean(mended), current()?.options], ([list, done]) => done && list.length
      ? [h("details", { class: "notes" }, h("summary", {}, `What was found: ${counted(list)}`), findings(list))] : findings(list));
    show(this.will, asset.verdict === "mend" && !mended ? asset.will ?? [] : [], (steps) => steps.length
      ? [h("h4", {}, "A fix will"), h("ul", { class: "steps" }, steps.map((step) => h("li", {}, step)))] : []);
  }

  wished(asset) {
    this.options.hidden = asset.state !== "judged" && asset.state !== "unreadable";
    const timed = asset.kind === "video" || asset.kind === "audio";
    value(this.name, asset.name);
    value(this.weight, asset.weight ?? 1);
    value(this.loudness, asset.loudness);
    for (const [select, options, wanted] of [[this.keep, KEEP, asset.keep], [this.frame, FRAME, asset.frame],
      [this.fill, FILL, asset.fill], [this.as, AS, asset.as]]) choices(select, options, wanted);
    this.fields.keep.hidden = this.fields.weight.hidden = !timed;
    this.fields.frame.hidden = asset.kind === "audio";
    this.fields.fill.hidden = asset.kind !== "video";
    this.fields.loudness.hidden = asset.kind !== "audio";
    const set = [asset.name && `{${asset.name}}`, asset.keep && `keep ${asset.keep}`, (asset.weight ?? 1) !== 1 && `weight ${asset.weight}`,
      asset.frame, asset.fill, asset.loudness && `${asset.loudness} LUFS`, asset.as && `as ${asset.as}`].filter(Boolean);
    text(this.chosen, set.length ? `· ${set.join(" · ")}` : "");
  }
}
