// The kept seconds on a film or a waveform: two ends and a middle, by pointer and by keys.

import { get } from "./api.js";
import { attribute, button, h, icon, text, unique } from "./dom.js";
import { price, seconds } from "./words.js";

const SHORTEST = 0.1;
const HEIGHT = 64;
const LOOK = 150; // pixels: how high the frame under a dragged end is shown
const POINTS = 240;
const round = (value) => Math.round(value * 100) / 100;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Trim {
  // `onmove(span)` while it moves, `onkeep(span | null)` when it rests.
  constructor(asset, { onmove, onkeep }) {
    Object.assign(this, { onmove, onkeep, id: asset.id, kind: asset.kind, dragged: false, frame: 0, drawn: "" });
    this.length = asset.duration ?? 0;
    this.span = [0, this.length];
    this.pane = h("div", { class: `pane ${asset.kind}` });
    this.left = h("div", { class: "cut" });
    this.right = h("div", { class: "cut" });
    this.middle = this.slider("middle", `Kept part of ${asset.source}`);
    this.start = this.slider("end start", `Start of the kept part of ${asset.source}`);
    this.stop = this.slider("end stop", `End of the kept part of ${asset.source}`);
    this.look = h("div", { class: "look", "aria-hidden": "true", hidden: true });
    this.strip = h("div", { class: "strip" }, this.pane, this.left, this.right, this.middle, this.start, this.stop, this.look);
    this.from = this.number("Keep from, seconds", 0);
    this.until = this.number("Keep until, seconds", 1);
    this.kept = h("span", { class: "kept-length" });
    this.reset = button("Let the plan choose", () => this.keep(null), { class: "link-button" });
    this.weight = h("span", { class: "weighed", id: unique("weighed") });
    this.element = h("div", { class: "trim" }, this.strip,
      h("div", { class: "trim-words" },
        h("span", { class: "trim-fields" }, "Keep ", this.from, " to ", this.until, " s"),
        this.kept, this.reset, this.weight));
    this.draw = this.draw.bind(this);
  }

  slider(name, label) {
    const made = h("div", { class: `grip ${name}`, role: "slider", tabIndex: 0, "aria-label": label, "aria-orientation": "horizontal" });
    made.addEventListener("pointerdown", (event) => this.grab(event, name));
    made.addEventListener("keydown", (event) => this.key(event, name));
    return made;
  }

  number(label, index) {
    const made = h("input", { type: "number", step: "0.1", min: "0", "aria-label": label, class: "seconds" });
    made.addEventListener("change", () => {
      const next = [...this.span];
      next[index] = Number(made.value);
      if (made.value !== "" && Number.isFinite(next[index])) this.keep(this.bounded(next, index ? "end stop" : "end start"));
      this.paint();
    });
    return made;
  }

  update(asset) {
    this.length = asset.duration ?? 0;
    this.chosen = Boolean(asset.t);
    if (!this.dragged) this.span = asset.t ?? asset.window ?? [0, this.length];
    this.span = [this.span[0] ?? 0, Math.min(this.span[1] ?? this.length, this.length)];
    this.picture(asset);
    this.paint();
  }

  // The film or the wave, made once the width of the place is known.
  picture(asset) {
    const kind = `${asset.kind} ${asset.duration}`;
    if (this.drawn === kind) return;
    this.drawn = kind;
    const width = this.strip.clientWidth || 640;
    if (asset.kind === "audio") this.wave();
    else {
      const ratio = asset.facts?.width ? asset.facts.width / asset.facts.height : 16 / 9;
      const frames = clamp(Math.round(width / (HEIGHT * ratio)), 4, 32);
      this.frames = frames;
      this.film = `/api/assets/${this.id}/strip.jpg?frames=${frames}`;
      this.pane.replaceChildren(h("img", { src: this.film, alt: "", draggable: false, loading: "lazy" }));
    }
  }

  async wave() {
    try {
      const told = await get(`/api/assets/${this.id}/wave.json?points=${POINTS}`);
      this.pane.replaceChildren(drawing(told.heights));
    } catch {
      this.pane.replaceChildren(h("span", { class: "soft no-wave" }, "no waveform could be drawn"));
    }
  }

  // Pointer -----------------------------------------------------------------------------------------

  grab(event, name) {
    if (event.button !== 0 || !this.length) return;
    event.preventDefault();
    const grip = event.currentTarget, from = event.clientX, before = [...this.span];
    const scale = this.length / this.strip.clientWidth;
    grip.focus({ preventScroll: true });
    grip.setPointerCapture(event.pointerId);
    this.dragged = true;
    this.held = name;
    if (this.film && !this.look.firstElementChild) this.look.append(h("img", { src: this.film, alt: "" }));
    this.look.classList.toggle("below", this.strip.getBoundingClientRect().top < LOOK + 80);
    this.element.classList.add("dragged");
    const move = (next) => {
      this.span = this.bounded(moved(before, name, (next.clientX - from) * scale), name);
      this.changed();
    };
    const drop = (last) => {
      grip.removeEventListener("pointermove", move);
      for (const type of ["pointerup", "pointercancel"]) grip.removeEventListener(type, drop);
      this.dragged = false;
      this.held = "";
      this.element.classList.remove("dragged");
      if (last.type === "pointercancel") this.span = before;
      const still = this.span[0] === before[0] && this.span[1] === before[1];
      still ? this.rest() : this.keep(this.span);
    };
    grip.addEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel"]) grip.addEventListener(type, drop);
  }

  // Keys --------------------------------------------------------------------------------------------

  key(event, name) {
    const step = event.shiftKey ? 1 : 0.1;
    const steps = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -1, PageUp: 1, Home: -this.length, End: this.length };
    if (!(event.key in steps) || !this.length || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.span = this.bounded(moved(this.span, name, steps[event.key]), name);
    this.changed();
    clearTimeout(this.pause);
    this.dragged = true;
    this.pause = setTimeout(() => {
      this.dragged = false;
      this.keep(this.span);
    }, 350);
  }

  bounded([start, stop], name) {
    const shortest = Math.min(SHORTEST, this.length);
    if (name === "middle") {
      const length = this.span[1] - this.span[0];
      const first = clamp(start, 0, this.length - length);
      return [round(first), round(first + length)];
    }
    if (name === "end start") return [round(clamp(start, 0, stop - shortest)), stop];
    return [start, round(clamp(stop, start + shortest, this.length))];
  }

  changed() {
    this.frame ||= requestAnimationFrame(this.draw);
    this.onmove(this.span);
  }

  keep(span) {
    if (span) this.span = span;
    this.onkeep(span);
  }

  // What the window would come to, beside the film: the bars may be out of sight.
  tell(answer) {
    const sum = answer?.limits?.[this.kind === "audio" ? "audio" : "videos"]?.seconds;
    const words = sum ? `${this.kind === "audio" ? "sounds" : "videos"} together ${sum.words}${sum.over ? ", too much" : ""} · ${price(answer.cost)}` : "";
    text(this.weight, words);
    this.weight.classList.toggle("over", Boolean(sum?.over));
  }

  rest() {
    this.paint();
    this.onkeep(undefined);
  }

  // Drawing -----------------------------------------------------------------------------------------

  draw() {
    this.frame = 0;
    this.paint();
  }

  paint() {
    const [start, stop] = this.span, length = this.length || 1;
    const share = (value) => `${(100 * value) / length}%`;
    this.left.style.width = share(start);
    this.right.style.left = share(stop);
    this.middle.style.left = share(start);
    this.middle.style.right = share(length - stop);
    this.start.style.left = share(start);
    this.stop.style.left = share(stop);
    for (const [grip, at, says] of [
      [this.start, start, `${start.toFixed(1)} seconds of ${length.toFixed(1)}`],
      [this.stop, stop, `${stop.toFixed(1)} seconds of ${length.toFixed(1)}`],
      [this.middle, start, `from ${start.toFixed(1)} to ${stop.toFixed(1)} seconds, ${(stop - start).toFixed(1)} long`],
    ]) {
      attribute(grip, "aria-valuemin", 0);
      attribute(grip, "aria-valuemax", length);
      attribute(grip, "aria-valuenow", at);
      attribute(grip, "aria-valuetext", says);
    }
    for (const [field, at] of [[this.from, start], [this.until, stop]]) {
      field.max = length;
      const words = at.toFixed(2);
      if ((this.dragged || document.activeElement !== field) && field.value !== words) field.value = words;
    }
    this.peek(this.held === "end start" ? start : this.held === "end stop" ? stop : null);
    text(this.kept, `${seconds(stop - start)} of ${seconds(length)}`);
    this.reset.hidden = !this.chosen || this.dragged;
  }

  // The frame at the end that is dragged, large enough to be recognized.
  peek(at) {
    const film = this.look.firstElementChild;
    const there = at !== null && film?.naturalWidth > 0;
    if (this.look.hidden === there) this.look.hidden = !there;
    if (!there) return;
    const width = (LOOK * film.naturalWidth) / film.naturalHeight / this.frames;
    const number = clamp(Math.floor((at / this.length) * this.frames), 0, this.frames - 1);
    this.look.style.width = `${width}px`;
    this.look.style.left = `clamp(${width / 2}px, ${(100 * at) / this.length}%, calc(100% - ${width / 2}px))`;
    film.style.transform = `translateX(${-number * width}px)`;
  }
}

function moved([start, stop], name, by) {
  if (name === "middle") return [start + by, stop + by];
  return name === "end start" ? [start + by, stop] : [start, stop + by];
}

// Bars about the middle, as one path.
function drawing(points) {
  if (!points.length) return h("span", { class: "soft no-wave" }, "silent");
  const loudest = Math.max(...points, 0.001);
  const path = points.map((point, index) => {
    const half = Math.max(1, (46 * point) / loudest);
    return `M${index + 0.5} ${50 - half}V${50 + half}`;
  }).join("");
  const made = icon(path);
  made.setAttribute("viewBox", `0 0 ${points.length} 100`);
  made.setAttribute("preserveAspectRatio", "none");
  made.setAttribute("class", "wave");
  return made;
}
