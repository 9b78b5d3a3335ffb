// Before money is spent: what it costs, where it goes, and a yes.

import { Refused, ask, post } from "./api.js";
import { made } from "./actions.js";
import { change, current, refresh, watch } from "./desk.js";
import { button, field, h, text } from "./dom.js";
import { say } from "./say.js";
import { money, plural, price, sentence } from "./words.js";

const SERVICES = { fal: "fal (costs money)", local: "local service (free, a trial)" };

export function pay() {
  const dialog = document.querySelector("#pay"), desk = current(), opener = document.activeElement;
  const services = desk.services ?? [...new Set(["fal", "local", desk.service])];
  const where = h("select", { onchange: async () => {
    await change("PATCH", "/api/request", { service: where.value });
    draw();
  } }, services.map((one) => h("option", { value: one, selected: one === desk.service }, SERVICES[one] ?? one)));
  const most = h("input", { type: "number", min: 0, step: 0.01, value: roundedUp(desk.cost?.high ?? 0) });
  const warn = h("p", { class: "bad", role: "alert" });
  const send = button("", submit, { class: "primary" });
  let again = false;
  const draw = () => {
    const paid = where.value !== "local";
    const refused = where.value === "fal" && !current().has_key;
    if (refused) text(warn, "No key is known: start the studio with FAL_KEY set.");
    else if (warn.textContent.startsWith("No key")) text(warn, "");
    text(send, paid ? `${again ? "Pay again" : "Generate"}, up to ${money(Number(most.value) || 0)}` : again ? "Generate once more" : "Generate on the local service");
    send.disabled = refused;
  };
  async function submit() {
    send.disabled = true;
    text(warn, "");
    try {
      if (!made(current())) await fixed(send);
      await post("/api/generate", { max_cost: Number(most.value), yes: true, ...(again ? { again } : {}) });
      dialog.close();
      say("The request is on its way.");
      await refresh();
      document.querySelector(".run")?.scrollIntoView({ block: "nearest" });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      again = Boolean(error.told?.earlier);
      text(warn, sentence(error.message));
      draw();
    }
  }
  most.addEventListener("input", draw);
  dialog.replaceChildren(
    h("div", { class: "dialog-head" }, h("h2", { id: "pay-title" }, "Generate the video")),
    h("p", { class: "pay-price" }, h("strong", {}, price(desk.cost)), h("span", { class: "soft" }, ` on fal, for ${plural(desk.assets.length, "file")}`)),
    desk.request.prompt ? h("blockquote", {}, desk.bound?.sent ?? desk.request.prompt) : h("p", { class: "warning" }, "There is no prompt yet; the service needs one."),
    h("div", { class: "fields wide" }, field("Service", where), field("Pay at most, USD", most)),
    h("p", { class: "soft" }, `${made(desk) ? "" : "The files are fixed first. "}The request is sent once; it is never paid for twice.`),
    warn,
    h("div", { class: "row end" }, button("Back", () => dialog.close()), send));
  dialog.onclose = () => opener?.focus();
  draw();
  dialog.showModal();
  where.focus();
}

const roundedUp = (amount) => (Math.ceil(amount * 100 - 1e-6) / 100).toFixed(2);

// Have the set made, and wait until it is.
async function fixed(send) {
  text(send, "Fixing the files…");
  await ask("POST", "/api/fix", {});
  await refresh();
  let leave = null;
  await new Promise((done, fail) => {
    leave = watch((desk) => {
      if (!desk.fix || desk.fix.state === "running") return;
      if (made(desk)) done();
      else fail(new Refused(desk.fix.error ?? "The fix did not end; see what it says about the files.", 409));
    });
  }).finally(() => leave());
}
