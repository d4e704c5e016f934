// The page of models and registers: a diagram of what implies what, the history that tells two apart, the ladder.
import { unpackedJson } from "./data.js";
import { begin, byId, drawn, element, firstLanguage, isForPage, otherLanguage, shell } from "./dom.js";
import { onLanguage, setLanguage, text } from "./words.js";

const ROW = 62;
const CLASSES = ["atomic", "regular", "safe"];
const WAITING = ["wait-free", "lock-free", "obstruction-free", "blocking"];

/** How far each model is from the strongest: the longest way of implications. */
function depths(models) {
  const byName = new Map(models.map((model) => [model.name, model]));
  const depth = new Map(models.map(({ name }) => [name, 0]));
  const visit = (name, at) => {
    depth.set(name, Math.max(depth.get(name), at));
    for (const implied of byName.get(name).implies) visit(implied, at + 1);
  };
  const implied = new Set(models.flatMap((model) => model.implies));
  for (const { name } of models) if (!implied.has(name)) visit(name, 0);
  return depth;
}

/** Rows of names, each under the middle of those above it. */
function rowsOf(models) {
  const depth = depths(models);
  const rows = [];
  for (const { name } of models) (rows[depth.get(name)] ??= []).push(name);
  const place = new Map();
  for (const row of rows) {
    const middle = (name) => {
      const above = models.filter((model) => model.implies.includes(name) && place.has(model.name)).map((model) => place.get(model.name));
      return above.length ? above.reduce((sum, at) => sum + at, 0) / above.length : 0.5;
    };
    row.sort((one, other) => middle(one) - middle(other));
    row.forEach((name, at) => place.set(name, (at + 0.5) / row.length));
  }
  return { rows, place };
}

class Models {
  constructor(contents) {
    Object.assign(this, contents);
    this.from = "sequential";
    this.to = "atomic";
    this.next = "from";
  }

  draw() {
    this.drawDiagram();
    this.drawAnswer();
    this.drawLadder();
  }

  choose(which, name) {
    this[which] = name;
    this.draw();
  }

  drawDiagram() {
    const box = byId("diagram");
    const focused = document.activeElement?.dataset?.model;
    const { rows, place } = rowsOf(this.models);
    const width = Math.max(520, box.clientWidth);
    const height = rows.length * ROW;
    const at = (name) => [place.get(name) * width, rows.findIndex((row) => row.includes(name)) * ROW + ROW / 2];
    const svg = drawn("svg", { width, height, "aria-hidden": "true" });
    for (const { name, implies } of this.models) {
      for (const implied of implies) {
        const [x1, y1] = at(name);
        const [x2, y2] = at(implied);
        svg.append(drawn("path", { d: `M${x1} ${y1 + 14} C${x1} ${y1 + 40} ${x2} ${y2 - 40} ${x2} ${y2 - 14}` }));
      }
    }
    const nodes = this.models.map(({ name, implies }) => {
      const [x, y] = at(name);
      const kind = name === this.from ? "chosen-from" : name === this.to ? "chosen-to" : "";
      const label = implies.length ? `${name}: ${text("implies", name, implies.join(", "))}` : name;
      const node = element("button", { type: "button", class: `node ${kind}`, "data-model": name, "aria-label": label, on: { click: () => {
        this.choose(this.next, name);
        this.next = this.next === "from" ? "to" : "from";
      } } }, name);
      node.style.left = `${x}px`;
      node.style.top = `${y}px`;
      return node;
    });
    box.style.height = `${height}px`;
    box.replaceChildren(svg, ...nodes);
    if (focused) box.querySelector(`[data-model="${focused}"]`)?.focus({ preventScroll: true });
  }

  drawAnswer() {
    const names = this.models.map(({ name }) => name);
    const number = this.models[names.indexOf(this.from)].apart[names.indexOf(this.to)];
    const select = (which) => element("label", {}, `${text(which)} `, element("select", { id: which, on: { change: (event) => this.choose(which, event.target.value) } },
      names.map((name) => element("option", { value: name, selected: name === this[which] }, name))));
    const parts = [element("div", { class: "bar-of-buttons" }, select("from"), select("to"))];
    if (number === null) {
      parts.push(element("p", { class: "sentence calm" }, element("b", {}, "✓ "), text("implies", this.from, this.to)));
    } else {
      const { picture, meets } = this.histories[number - 1];
      parts.push(
        element("p", { class: "sentence" }, element("b", {}, "✗ "), text("notImplies", this.from, this.to)),
        element("pre", { class: "scroll", tabindex: "0" }, picture),
        element("p", { class: "small" }, `✓ ${meets.join(", ")}`),
        element("p", { class: "small" }, `✗ ${names.filter((name) => !meets.includes(name)).join(", ")}`),
      );
    }
    byId("answer").replaceChildren(...parts);
  }

  drawLadder() {
    byId("ladder-card").hidden = !this.rungs.length;
    const waiting = WAITING.filter((name) => this.rungs.some((rung) => rung.reads === name));
    const steps = (count) => (count === null ? "∞" : String(count));
    const cell = (kind, reads) => this.rungs.filter((rung) => rung.class === kind && rung.reads === reads).map((rung) =>
      element("div", { class: "rung" },
        rung.scene ? element("a", { href: rung.scene }, rung.register) : element("b", {}, rung.register),
        element("span", { class: "small" }, `${text("writes")}: ${rung.writes} · ${text("readSteps")}: ${steps(rung.read_steps)} · ${text("writeSteps")}: ${steps(rung.write_steps)}`),
        rung.costs ? element("span", { class: "small" }, text("costs", rung.costs.read, rung.costs.write, rung.costs.fresh)) : ""));
    const head = element("tr", {}, element("th", { scope: "col" }, text("class")), waiting.map((name) => element("th", { scope: "col" }, `${text("reads")}: ${name}`)));
    const rows = CLASSES.map((kind) => element("tr", {}, element("th", { scope: "row" }, text(kind)), waiting.map((name) => element("td", {}, cell(kind, name)))));
    byId("ladder").replaceChildren(element("table", { class: "ladder" }, element("thead", {}, head), element("tbody", {}, rows)));
  }
}

await begin(async () => {
  shell({ text: "modelsHelp", keys: "modelsKeys" });
  const models = new Models(await unpackedJson(byId("contents").textContent));
  onLanguage(() => models.draw());
  setLanguage(firstLanguage());
  document.addEventListener("keydown", (event) => {
    if (!isForPage(event)) return;
    if (event.key === "l") otherLanguage();
    if (event.key === "?") byId("help").click();
  });
  window.addEventListener("resize", () => models.draw());
  document.documentElement.dataset.ready = "yes";
});
