// What the three classes make of a timeline: signs, sentences, what each read may return, and which combinations.
import { byId, element } from "./dom.js";
import { violation } from "./evidence.js";
import { anomalyNamed } from "./sentences.js";
import { anomalyOf, nameOf, whyOf } from "./reasons.js";
import { CLASSES } from "./semantics.js";
import { grouped, text } from "./words.js";

const SIGNS = { safe: "✓", broken: "✗" };
/** So many combinations are listed. */
const LISTED = 32;

/** A timeline with what breaks each class, and what its open reads may return. */
export class Judged {
  constructor(events) {
    this.events = events;
    this.answers = events.answers();
    this.violations = Object.fromEntries(CLASSES.map((model) => [model, violation(events, model)]));
    this.order = events.linearization();
  }

  meets(model) {
    return this.violations[model] === null;
  }

  /** Whether an operation is part of what breaks a class. */
  blames(thread, nth) {
    const { operations } = this.events;
    const at = operations.findIndex((it) => it.thread === thread) + nth;
    return CLASSES.some((model) => this.violations[model]?.witness.includes(at));
  }

  /** Where each operation takes effect, in columns; nothing where there is no such instant. */
  points() {
    const points = this.events.operations.map(() => null);
    if (!this.order) return points;
    let now = -1;
    for (const at of this.order) {
      const { from } = this.events.operations[at];
      now = Math.max(now + 0.04, from + 0.5);
      points[at] = now;
    }
    return points;
  }

  /** How many combinations of what its reads may return there are; nothing if they may return anything. */
  combinations(model) {
    const { alone, outcomes } = this.answers[model];
    if (model === "atomic") return outcomes?.length;
    return alone.includes(null) ? undefined : alone.reduce((product, values) => product * values.length, 1);
  }

  /** What a class says of the whole, in a few words. */
  inWords(model) {
    const { events } = this;
    if (!this.meets(model)) return anomalyNamed(anomalyOf(events, this.violations[model]));
    if (!events.questions.length) return text("holdsHere");
    const count = this.combinations(model);
    if (count === undefined) return text(model === "atomic" ? "manyCombinations" : "anythingGoes");
    return text("combinations", grouped(count));
  }

  said() {
    return CLASSES.map((model) => `${text(model)}: ${text(this.meets(model) ? "holdsHere" : "is-broken")}`).join(". ");
  }

  /** Why a class holds. */
  because(model) {
    const { events } = this;
    if (model === "safe") {
      const free = [...events.reads, ...events.questions].filter((read) => !events.isAlone(read)).length;
      return text("safeBecause", free);
    }
    if (model === "regular") return text("regularBecause");
    if (!this.order) return text("manyCombinations");
    let held = events.initial;
    const said = (at) => {
      const { thread, writes, value } = events.operations[at];
      if (writes) held = value;
      return `T${thread} ${text(writes ? "write" : "readReturned", held)}`;
    };
    return text("atomicBecause", this.order.map(said).join(" · "));
  }
}

export function drawClasses(judged) {
  byId("classes").replaceChildren(...CLASSES.map((model) => {
    const stands = judged.meets(model) ? "safe" : "broken";
    return element("div", { class: `class ${stands}`, "data-model": model },
      element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[stands]),
      element("div", {},
        element("div", { class: "model" }, element("span", { class: "name" }, text(model)), element("span", { class: "unseen" }, text(judged.meets(model) ? "meets" : "breaks"))),
        element("div", { class: "small" }, judged.inWords(model))));
  }));
}

/** Why each class is broken, or holds; classes that say the same say it once. */
export function drawVerdict(judged) {
  const said = new Map();
  for (const model of [...CLASSES].reverse()) {
    const broken = judged.violations[model];
    const why = broken ? whyOf(judged.events, broken) : judged.because(model);
    said.set(why, { broken, models: [model, ...(said.get(why)?.models ?? [])] });
  }
  byId("verdict").replaceChildren(...[...said].map(([why, { broken, models }]) =>
    element("p", { class: `sentence${broken ? "" : " calm"}` },
      element("b", {}, `${broken ? "✗" : "✓"} ${models.map((model) => text(model)).join(", ")}`), ` — ${why}`)));
}

/** What each read may return under each class. */
export function drawReads(judged) {
  const { events, answers } = judged;
  const reads = events.operations.map((_, at) => at).filter((at) => !events.operations[at].writes && events.operations[at].to !== null);
  const cell = (model, at) => {
    const question = events.questions.indexOf(at);
    if (question < 0) {
      const may = events.mayReturn(at, events.value(at));
      const fine = model === "safe" ? may || !events.isAlone(at) : model === "regular" ? may : judged.meets("atomic");
      const isPart = !fine && (model !== "atomic" || judged.violations.atomic.witness.includes(at));
      return element("td", { class: isPart ? "bad" : fine ? "good" : "" }, isPart ? `✗ ${text("mayNot")}` : fine ? `✓ ${text("may")}` : "–");
    }
    if (answers[model] === null) return element("td", {}, "–");
    const alone = answers[model].alone[question];
    return element("td", {}, alone === null ? text("anything") : alone.join(", "));
  };
  const rows = reads.map((at) => {
    const writes = events.writes.filter((write) => events.concurrent(write, at)).map((write) => nameOf(events, write));
    return element("tr", {},
      element("th", { scope: "row" }, nameOf(events, at)),
      element("td", {}, events.value(at) ?? "?"),
      element("td", {}, writes.join(", ") || text("noWrite")),
      CLASSES.map((model) => cell(model, at)));
  });
  const head = ["readColumn", "returnedColumn", "concurrentWith", ...CLASSES].map((name) => element("th", { scope: "col" }, text(name)));
  byId("reads").replaceChildren(rows.length
    ? element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, rows))
    : element("p", { class: "small" }, text("noReads")));
}

/** The combinations of what the open reads may return, with which class allows each. */
export function drawTogether(judged, choose) {
  const { events, answers } = judged;
  const { questions } = events;
  byId("together-card").hidden = questions.length === 0;
  if (!questions.length) return;
  const candidates = questions.map((at) => events.values().filter((value) => events.mayReturn(at, value)));
  const count = candidates.reduce((product, values) => product * values.length, 1);
  const first = candidates.reduce((rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])).slice(0, LISTED), [[]]);
  const allows = (model, values) => answers[model] !== null && (model !== "atomic" || events.answered(values).meets("atomic"));
  byId("together-count").textContent = count > LISTED ? text("listedOf", LISTED, grouped(count)) : "";
  const names = questions.map((at) => {
    const { thread } = events.operations[at];
    const nth = events.operations.filter((it, other) => it.thread === thread && !it.writes && other <= at).length;
    return element("th", { scope: "col", title: nameOf(events, at) }, `T${thread}.${nth}`);
  });
  const rows = first.map((values) => element("tr", {},
    values.map((value) => element("td", {}, value)),
    CLASSES.map((model) => (allows(model, values) ? element("td", { class: "good" }, `✓ ${text("yes")}`) : element("td", { class: "bad" }, `✗ ${text("no")}`))),
    element("td", {}, element("button", { type: "button", "aria-label": text("fillIn", values.join(", ")), on: { click: () => choose(values) } }, text("look")))));
  const head = element("tr", {}, names, CLASSES.map((model) => element("th", { scope: "col" }, text(model))), element("td", {}));
  byId("together").replaceChildren(element("table", { class: "combinations" }, element("thead", {}, head), element("tbody", {}, rows)));
}
