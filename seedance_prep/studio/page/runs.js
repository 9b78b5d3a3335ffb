// Earlier runs from the ledger: look, take up again, cancel.

import { get, post } from "./api.js";
import { on } from "./desk.js";
import { button, h, text } from "./dom.js";
import { say } from "./say.js";
import { STATES } from "./run.js";
import { ago, money, sentence } from "./words.js";


export function setUp() {
  const dialog = document.querySelector("#runs");
  document.querySelector("#runs-open").addEventListener("click", () => {
    dialog.replaceChildren(head(dialog), h("p", { class: "soft" }, "Reading the ledger…"));
    dialog.showModal();
    draw(dialog);
  });
  on("run", () => dialog.open && draw(dialog));
}

const head = (dialog) => h("div", { class: "dialog-head" }, h("h2", { id: "runs-title" }, "Earlier runs"),
  button("Close", () => dialog.close(), { class: "quiet" }));

async function draw(dialog) {
  let list;
  try {
    const told = await get("/api/runs");
    list = told.runs;
  } catch (error) {
    dialog.replaceChildren(head(dialog), h("p", { class: "bad" }, error.message));
    return;
  }
  const words = h("p", { class: "bad", role: "alert" });
  const redraw = () => draw(dialog);
  dialog.replaceChildren(head(dialog), words,
    list.length ? h("ul", { class: "runs" }, list.map((run) => row(run, words, redraw)))
      : h("p", { class: "soft" }, "Nothing was sent yet. What you generate is kept here, with what it cost and what came back."));
}

function row(run, words, redraw) {
  const path = `/api/runs/${encodeURIComponent(run.run)}`;
  const act = (verb, name) => button(name, async (event) => {
    event.target.disabled = true;
    text(words, "");
    try {
      await post(`${path}/${verb}`);
      say(`${name}: ${run.run}`);
    } catch (error) {
      text(words, sentence(error.message));
    }
    redraw();
  }, { "aria-label": `${name} ${run.run}` });
  const asked = run.request?.prompt, amount = run.high ?? run.cost?.high;
  const worth = run.service === "local" ? "free" : amount ? `up to ${money(Number(amount))}` : null;
  return h("li", {},
    h("div", { class: "run-words" },
      h("p", {}, h("strong", {}, STATES[run.state] ?? run.state), h("span", { class: "soft" }, ` · ${[ago(run.created), run.service, worth].filter(Boolean).join(" · ")}`)),
      asked ? h("p", { class: "asked" }, asked) : null,
      run.error ? h("p", { class: "bad" }, run.error) : null,
      h("code", { class: "soft" }, run.run)),
    h("div", { class: "row" },
      run.video ? h("a", { class: "button", href: `${path}/video`, target: "_blank", rel: "noopener", "aria-label": `Watch the video of ${run.run}` }, "Watch") : null,
      run.resumable ? act("resume", "Resume") : null,
      run.current || (run.resumable && run.state !== "finished" && run.state !== "cancelled") ? act("cancel", "Cancel") : null));
}
