// Numbers as people read them.

export const seconds = (value, places = 2) => `${Number(value).toFixed(places)} s`;

export function size(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return bytes >= 1e3 ? `${Math.round(bytes / 1e3)} kB` : `${bytes} bytes`;
}

const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
export const money = (amount) => dollars.format(amount);

export function price(cost) {
  if (!cost) return "–";
  const low = money(cost.low), high = money(cost.high);
  return low === high ? low : `${low} to ${high}`;
}

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export function clock(value) {
  const whole = Math.max(0, Math.round(value));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function ago(iso, now = Date.now()) {
  const then = new Date(iso);
  const minutes = (now - then) / 60000;
  if (!(minutes >= 0)) return "";
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${plural(Math.floor(minutes), "minute")} ago`;
  if (minutes < 24 * 60) return `${plural(Math.floor(minutes / 60), "hour")} ago`;
  return then.toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
}

export const sentence = (words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?…]$/.test(words) ? "" : "."}`;

// "2 errors, 1 warning": what is found, worst first; nothing for none.
export function counted(findings) {
  const levels = ["error", "warning", "info"];
  const parts = levels.map((level) => [findings.filter((one) => one.level === level).length, level]);
  return parts.filter(([count]) => count).map(([count, level]) =>
    level === "info" ? plural(count, "note") : plural(count, level)).join(", ");
}

// What a file is, in one line.
export function facts(asset) {
  if (asset.what) return asset.what;
  const all = asset.facts;
  if (!all) return size(asset.bytes ?? 0);
  return [
    all.container, all.codec && all.codec !== all.container ? all.codec : null,
    all.width ? `${all.width}×${all.height}` : null,
    all.fps ? `${Number(all.fps).toFixed(2).replace(/\.?0+$/, "")} fps` : null,
    all.duration ? seconds(all.duration) : null, size(all.bytes ?? asset.bytes ?? 0),
  ].filter(Boolean).join(" · ");
}

export const VERDICTS = {
  ok: "Complies",
  mend: "A fix will mend it",
  stuck: "Needs you",
};
