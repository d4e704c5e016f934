// The page of a timeline that can be edited: operations are dragged or moved by keys, and each class says at once what it makes
// of it.
import { unpackedJson } from "./data.js";
import { announce, begin, byId, copy, element, firstLanguage, isForPage, otherLanguage, shell } from "./dom.js";
import { notationOf, operationsOf } from "./notation.js";
import { drawClasses, drawReads, drawTogether, drawVerdict, Judged } from "./judged.js";
import { Events } from "./semantics.js";
import { MOST, Sketch } from "./sketch.js";
import { onLanguage, setLanguage, text } from "./words.js";

class Editor {
  constructor({ start, inverted }) {
    this.start = start;
    this.inverted = inverted;
    this.sketch = new Sketch(start);
    this.selected = [0, 0];
    this.#pointer();
  }

  get operation() {
    return this.sketch.at(...this.selected);
  }

  /** Changes something, and draws what follows. */
  change(how, name) {
    if (this.sketch.change(() => how(this.sketch), name)) this.changed(true);
  }

  changed(speak = false) {
    if (!this.operation) {
      const lane = this.sketch.lanes.findIndex((it) => it.length);
      this.selected = [lane, 0];
    }
    history.replaceState(null, "", `#${this.sketch.link}`);
    this.draw();
    if (speak) announce(this.judged.said());
  }

  select(lane, nth) {
    this.selected = [lane, nth];
    this.draw();
  }

  draw() {
    const { sketch } = this;
    this.judged = new Judged(new Events(sketch.initial, operationsOf(sketch)));
    drawClasses(this.judged);
    this.#picture();
    this.#tools();
    drawVerdict(this.judged);
    drawReads(this.judged);
    drawTogether(this.judged, (values) => this.#answer(values));
    this.#fields();
    byId("notation").textContent = notationOf(sketch);
    byId("copying").replaceChildren(
      element("button", { type: "button", "aria-keyshortcuts": "c", on: { click: () => copy(notationOf(sketch)) } }, text("copy")),
      element("button", { type: "button", on: { click: () => copy(location.href) } }, text("link")),
    );
    byId("command").textContent = text("notationCommand");
  }

  /** Fills in what the open reads return. */
  #answer(values) {
    this.change(({ lanes }) => {
      const open = lanes.flat().filter(({ writes, to, value }) => !writes && to !== null && value === null);
      open.forEach((operation, nth) => (operation.value = values[nth]));
    });
  }

  // --- the picture

  #picture() {
    const { sketch } = this;
    const focused = byId("picture").contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const points = this.judged.points();
    let number = 0;
    const lanes = sketch.lanes.map((lane, at) => {
      const row = element("div", { class: `track t${at % 4}`, "data-lane": at }, lane.map((_, nth) => this.#bar(at, nth, points[number++])));
      return [element("b", { class: `label t${at % 4}` }, `T${at + 1}`), row];
    });
    byId("picture").replaceChildren(...lanes.flat());
    if (focused) byId("picture").querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
  }

  /** An operation: itself, to be moved, between two ends, to be dragged. */
  #bar(lane, nth, point) {
    const { sketch } = this;
    const { writes, from, to, value } = sketch.at(lane, nth);
    const { columns } = sketch;
    const isSelected = this.selected[0] === lane && this.selected[1] === nth;
    const isBlamed = this.judged.blames(lane + 1, nth);
    const name = writes ? text("write", value) : value === null ? text("read") : text("readReturned", value);
    const short = writes ? `:= ${value}` : value === null ? "?" : `→ ${value}`;
    const end = (part, at) => element("span", {
      class: `end ${part}`,
      role: "slider",
      tabindex: "0",
      "aria-label": text(part === "from" ? "beginsAt" : "endsAt", lane + 1, name),
      "aria-valuenow": at,
      "aria-valuemin": part === "from" ? sketch.room(lane, nth)[0] : from,
      "aria-valuemax": part === "from" ? (to ?? MOST.column) : sketch.room(lane, nth)[1],
      "data-key": `${lane}.${nth}.${part}`,
      "data-part": part,
    });
    const bar = element("div", {
      class: `operation ${writes ? "write" : "read"}${to === null ? " pending" : ""}${isSelected ? " selected" : ""}${isBlamed ? " blamed" : ""}`,
      "data-lane": lane,
      "data-nth": nth,
    },
      element("button", { type: "button", "data-key": `${lane}.${nth}.both`, "data-part": "both", "aria-pressed": String(isSelected), "aria-label": text("operationLabel", lane + 1, name, from, to) }, element("span", {}, short)),
      end("from", from),
      to === null ? null : end("to", to));
    bar.style.left = `${(100 * from) / columns}%`;
    bar.style.width = `${(100 * ((to ?? columns - 1) + 1 - from)) / columns}%`;
    if (point !== undefined && point !== null) {
      const mark = element("span", { class: "point", title: text("takesEffect"), "aria-hidden": "true" }, "▲");
      mark.style.left = `${(100 * (point - from)) / ((to ?? columns - 1) + 1 - from)}%`;
      bar.append(mark);
    }
    return bar;
  }

  /** Drags: what is held follows the pointer column by column. */
  #pointer() {
    const picture = byId("picture");
    let held = null;
    const column = (event) => {
      const track = picture.querySelector(".track").getBoundingClientRect();
      return Math.floor(((event.clientX - track.left) / track.width) * held.columns);
    };
    picture.addEventListener("pointerdown", (event) => {
      const part = event.target.closest("[data-part]");
      if (!part || event.button !== 0) return;
      const { lane, nth } = part.closest(".operation").dataset;
      held = { lane: Number(lane), nth: Number(nth), part: part.dataset.part, key: part.dataset.key, columns: this.sketch.columns, name: `drag ${event.timeStamp}` };
      held.offset = column(event) - this.sketch.at(held.lane, held.nth).from;
      event.preventDefault();
      this.select(held.lane, held.nth);
      picture.querySelector(`[data-key="${held.key}"]`)?.focus({ preventScroll: true });
    });
    document.addEventListener("pointermove", (event) => {
      if (!held) return;
      const to = column(event) - (held.part === "both" ? held.offset : 0);
      this.change((sketch) => sketch.move(held.lane, held.nth, held.part, to), held.name);
    });
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (held = null));
    picture.addEventListener("click", (event) => {
      const bar = event.target.closest(".operation");
      if (bar) this.select(Number(bar.dataset.lane), Number(bar.dataset.nth));
    });
    picture.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Keys on an operation or one of its ends. */
  #key(event) {
    const part = event.target.closest("[data-part]")?.dataset.part;
    if (!part || event.ctrlKey || event.metaKey || event.altKey) return;
    const bar = event.target.closest(".operation").dataset;
    const [lane, nth] = [Number(bar.lane), Number(bar.nth)];
    const { from, to } = this.sketch.at(lane, nth);
    const now = part === "to" ? to : from;
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -5, PageUp: 5, Home: -MOST.column, End: MOST.column }[event.key];
    this.selected = [lane, nth];
    if (step !== undefined) {
      this.change((sketch) => sketch.move(lane, nth, part, now + step), `key ${lane} ${nth} ${part}`);
    } else if (part === "both" && /^[0-9?]$/.test(event.key) && !(event.key === "?" && this.operation.writes)) {
      this.change((sketch) => sketch.setValue(lane, nth, event.key));
    } else if (event.key === "Delete") {
      this.change((sketch) => sketch.remove(lane, nth));
    } else if (event.key === "Enter" && part === "both") {
      this.draw();
      byId("value").focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // --- what stands around it

  #tools() {
    const { sketch } = this;
    const [lane] = this.selected;
    const focused = byId("tools").contains(document.activeElement) ? document.activeElement.dataset.tool : null;
    const tool = (name, key, isOff, act) =>
      element("button", { type: "button", disabled: isOff, "aria-keyshortcuts": key, "data-tool": name, on: { click: act } }, `${text(name)} `, element("kbd", {}, key));
    const isFull = sketch.count >= MOST.operations;
    byId("tools").replaceChildren(
      tool("addWrite", "w", isFull, () => this.add(lane, true)),
      tool("addRead", "r", isFull, () => this.add(lane, false)),
      tool("addThread", "t", isFull || sketch.lanes.length >= MOST.lanes, () => this.add(sketch.lanes.length, false)),
      tool("undo", "u", !sketch.done.length, () => this.undo()),
      tool("redo", "y", !sketch.undone.length, () => this.redo()),
      tool("startingPicture", "n", sketch.link === this.start, () => this.open(this.start)),
      this.inverted ? tool("oneThenZero", "i", sketch.link === this.inverted, () => this.open(this.inverted)) : "",
    );
    if (focused) byId("tools").querySelector(`[data-tool="${focused}"]`)?.focus({ preventScroll: true });
  }

  add(lane, writes) {
    this.change((sketch) => {
      const where = sketch.add(lane, writes);
      if (where) this.selected = where;
    });
  }

  open(link) {
    this.change((sketch) => sketch.load(link));
  }

  undo() {
    if (this.sketch.undo()) this.changed(true);
  }

  redo() {
    if (this.sketch.redo()) this.changed(true);
  }

  /** What can be typed of the chosen operation, and of the register. */
  #fields() {
    const form = byId("fields");
    const focused = form.contains(document.activeElement) ? document.activeElement : null;
    const [lane, nth] = this.selected;
    const { writes, from, to, value } = this.operation;
    const field = (id, name, attributes, change) => {
      const input = element("input", { id, ...attributes, on: { change: (event) => change(event.target) } });
      return [element("label", { for: id }, text(name)), input];
    };
    const typed = (set) => (input) => {
      this.sketch.change(() => {
        if (set(input.value)) input.removeAttribute("aria-invalid");
        else input.setAttribute("aria-invalid", "true");
      });
      if (input.hasAttribute("aria-invalid")) announce(text("noValue"));
      else this.changed(true);
    };
    const column = (part) => (input) => this.change((sketch) => sketch.move(lane, nth, part, Number(input.value)));
    const isRead = !writes;
    form.replaceChildren(
      ...field("initial", "initialValue", { value: this.sketch.initial, size: 6 }, typed((said) => this.sketch.setInitial(said))),
      element("span", {}, text("thread")), element("b", {}, `T${lane + 1}`),
      element("label", { for: "kind" }, text("operation")),
      element("select", { id: "kind", on: { change: (event) => this.change((sketch) => sketch.setKind(lane, nth, event.target.value === "w")) } },
        element("option", { value: "w", selected: writes }, text("legendWrite")), element("option", { value: "r", selected: isRead }, text("legendRead"))),
      ...field("value", writes ? "valueWritten" : "valueReturned", { value: value ?? "", size: 6, placeholder: isRead ? "?" : null, disabled: isRead && to === null }, typed((said) => this.sketch.setValue(lane, nth, said))),
      ...field("from", "beginsIn", { type: "number", value: from, min: 0, max: MOST.column }, column("from")),
      ...field("to", "endsIn", { type: "number", value: to ?? "", min: 0, max: MOST.column, disabled: to === null }, column("to")),
      ...field("pending", "neverEnds", { type: "checkbox", checked: to === null, disabled: nth < this.sketch.lanes[lane].length - 1 }, (input) => this.change((sketch) => sketch.setPending(lane, nth, input.checked))),
      element("span", {}), element("button", { type: "button", disabled: this.sketch.count < 2, on: { click: () => this.change((sketch) => sketch.remove(lane, nth)) } }, `${text("removeOperation")} `, element("kbd", {}, "Delete")),
    );
    if (focused?.id) byId(focused.id)?.focus({ preventScroll: true });
  }
}

function keys(editor) {
  const acts = {
    w: () => editor.add(editor.selected[0], true),
    r: () => editor.add(editor.selected[0], false),
    t: () => editor.add(editor.sketch.lanes.length, false),
    u: () => editor.undo(),
    Backspace: () => editor.undo(),
    y: () => editor.redo(),
    n: () => editor.open(editor.start),
    i: () => editor.inverted && editor.open(editor.inverted),
    c: () => copy(notationOf(editor.sketch)),
    l: otherLanguage,
    "?": () => byId("help").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (!isForPage(event) || !acts[event.key]) return;
    acts[event.key]();
    event.preventDefault();
  });
}

await begin(async () => {
  shell({ text: "timelineHelp", keys: "timelineKeys" });
  const editor = new Editor(await unpackedJson(byId("contents").textContent));
  const open = () => {
    editor.sketch.load(location.hash.slice(1));
    editor.changed();
  };
  byId("fields").addEventListener("submit", (event) => event.preventDefault());
  open();
  onLanguage(() => editor.draw());
  setLanguage(firstLanguage());
  keys(editor);
  window.addEventListener("hashchange", open);
  document.documentElement.dataset.ready = "yes";
});
