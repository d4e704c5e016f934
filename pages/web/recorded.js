// What stands around the lanes of a history: models, tools, the witness, and why a model is broken.
import { byId, element } from "./dom.js";
import { READ, SWAP, WRITE } from "./lanes.js";
import { koreanOf } from "./reasons.js";
import { grouped, languageNow, text } from "./words.js";

/** Why a model is broken, in the language of the page. */
export function whyBroken({ lanes }, { sentence, reason, witness }) {
  if (languageNow() !== "ko" || !reason) return sentence;
  const isWrite = (at) => lanes.kindOf(at) === WRITE;
  const name = (at) => {
    const lane = lanes.lanes[lanes.laneOf(at)];
    let nth = 0;
    for (let other = lane.first; other <= at; other++) {
      if (lanes.kindOf(other) === lanes.kindOf(at) && lanes.register[other] === lanes.register[at] && !lanes.hasFailed(other)) nth++;
    }
    const kind = isWrite(at) ? "쓰기" : lanes.kindOf(at) === SWAP ? "비교 후 교환" : "읽기";
    const of = lanes.registerOf(at);
    return `스레드 ${lane.process}의 ${of ? `${of} ` : ""}${nth}번째 ${kind}${isWrite(at) ? `(${lanes.valueOf(at)})` : ""}`;
  };
  return koreanOf({ ...reason, witness }, {
    initial: witness.length ? lanes.head.registers[lanes.register[witness[0]]][1] : "",
    name,
    value: (at) => lanes.valueOf(at),
    isWrite,
    isEarlier: (one, other) => lanes.start[one] < lanes.start[other],
  });
}

/** Everything but the lanes, and these too. */
export function drawAll(view) {
  const { lanes } = view;
  const { head } = lanes;
  const used = new Set(lanes.register);
  byId("title").textContent = `${head.title}: ${text("historyTitle", grouped(lanes.count), lanes.lanes.length, text("registersCount", used.size))}`;
  drawModels(view);
  const button = (name, key, act) => element("button", { type: "button", "aria-keyshortcuts": key, on: { click: act } }, `${text(name)} `, element("kbd", {}, key));
  const options = [...used].sort((one, other) => one - other).map((register) =>
    element("option", { value: String(register) }, head.registers[register][0] || "—"));
  const filter = element("select", { id: "register", "aria-label": text("register"), on: { change: (event) => { view.register = event.target.value === "" ? null : Number(event.target.value); view.draw(); } } },
    element("option", { value: "" }, text("allRegisters")), options);
  byId("tools").replaceChildren(
    button("zoomIn", "+", () => view.zoom(0.5)),
    button("zoomOut", "−", () => view.zoom(2)),
    button("everything", "0", () => view.glide(...view.all)),
    button("toWitness", "f", () => { view.toWitness(); }),
    head.stale.length ? button("toStalest", "e", () => view.toStalest()) : "",
    used.size > 1 ? filter : "",
    element("span", { id: "shown", class: "small" }),
  );
  const legend = (kind, sign, name) => element("span", { class: kind }, `${sign} ${text(name)} `);
  const hasSwaps = lanes.kind.some((kind) => kind % 4 === SWAP);
  byId("legend").replaceChildren(legend("write", "■", "legendWrite"), legend("read", "●", "legendRead"), hasSwaps ? legend("swap", "■", "legendSwap") : "", head.hasEffects ? legend("effect", "▲", "legendEffect") : "");
  const most = Math.max(0, ...head.stale.map(([, versions]) => versions));
  byId("staleness").textContent = head.staleReads ? text("staleness", grouped(head.staleReads), grouped(head.reads), grouped(most)) : "";
  byId("lanes").setAttribute("aria-label", text("historyLabel"));
  view.drawNow();
}

/** The models, the sentence of the chosen one, and the operations that prove it. */
export function drawModels(view) {
  byId("models").replaceChildren(...view.models.map((model) => {
    const [sign, kind] = model.meets === false ? ["✗", "bad"] : model.meets ? ["✓", "good"] : ["?", "doubt"];
    return element("button", { type: "button", class: `model ${kind}`, "aria-pressed": String(model === view.model), on: { click: () => { view.choose(model); drawModels(view); } } },
      `${sign} ${model.name}`, element("span", { class: "unseen" }, ` ${text(model.meets === false ? "breaks" : model.meets ? "meets" : "unknown")}`));
  }));
  const { model, lanes } = view;
  if (!model) return;
  const sentence = model.meets === false ? whyBroken(view, model) : text(model.meets ? "meetsAll" : "undecided");
  byId("verdict").replaceChildren(element("p", { class: model.meets === false ? "sentence" : "sentence calm" }, element("b", {}, `${model.meets === false ? "✗" : model.meets ? "✓" : "?"} ${model.name}`), ` — ${sentence}`));
  const headings = ["process", "operation", "register", "value", "invoked", "completed"].map((name) => element("th", { scope: "col" }, text(name)));
  const kinds = { [WRITE]: "legendWrite", [READ]: "legendRead", [SWAP]: "legendSwap" };
  const rows = model.witness.slice(0, 64).map((at) => element("tr", {},
    element("td", {}, element("button", { type: "button", class: "link", on: { click: () => view.select(at) } }, `T${lanes.lanes[lanes.laneOf(at)].process}`)),
    [text(kinds[lanes.kindOf(at)] ?? "legendRead"), lanes.registerOf(at) || "—", lanes.valueOf(at), grouped(lanes.start[at]), lanes.pending.has(at) ? text("pending") : grouped(lanes.end[at])].map((cell) => element("td", {}, cell))));
  byId("witness").replaceChildren(rows.length ? element("table", {}, element("thead", {}, element("tr", {}, headings)), element("tbody", {}, rows)) : element("p", { class: "small" }, sentence));
}
