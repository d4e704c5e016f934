// The page of a history: models, zoom, lanes, the witness.
import { unpacked, unpackedJson } from "./data.js";
import { announce, begin, byId, element, firstLanguage, isForPage, otherLanguage, shell, standsStill } from "./dom.js";
import { Lanes, READ, SWAP, WRITE } from "./lanes.js";
import { drawAll, drawModels, whyBroken } from "./recorded.js";
import { COLUMN, drawOverview, drawStale, MARGIN, STRIP } from "./strips.js";
import { grouped, onLanguage, setLanguage, text } from "./words.js";

const AXIS = 24;

class View {
  constructor(lanes) {
    this.lanes = lanes;
    this.models = lanes.head.models;
    this.from = lanes.head.start;
    this.to = Math.max(lanes.last, this.from + 1);
    this.all = [this.from, this.to];
    this.register = null;
    this.selected = null;
    this.model = this.models.find((model) => model.meets === false) ?? this.models[0];
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.overview = element("canvas", { "aria-hidden": "true" });
    byId("lanes").replaceChildren(this.canvas);
    byId("overview").replaceChildren(this.overview);
    this.rowHeight = lanes.lanes.length <= 24 ? 27 : lanes.lanes.length <= 60 ? 18 : 12;
    this.#pointers();
    this.witness = new Set(this.model?.witness ?? []);
  }

  x(time) {
    return MARGIN + ((time - this.from) / (this.to - this.from)) * (this.width - MARGIN);
  }

  time(x) {
    return this.from + ((x - MARGIN) / (this.width - MARGIN)) * (this.to - this.from);
  }

  /** Shows a span of time, no shorter than can be told apart and no longer than the history. */
  show(from, to) {
    const [first, last] = this.all;
    const length = Math.min(last - first, Math.max(to - from, 2));
    this.from = Math.min(Math.max(from, first), last - length);
    this.to = this.from + length;
    this.draw();
  }

  zoom(by, around = (this.from + this.to) / 2) {
    this.show(around - (around - this.from) * by, around + (this.to - around) * by);
  }

  pan(by) {
    const length = this.to - this.from;
    this.show(this.from + by * length, this.to + by * length);
  }

  choose(model) {
    this.model = model;
    this.witness = new Set(model.witness);
    this.register = null;
    announce(`${model.name}: ${text(model.meets === false ? "breaks" : model.meets ? "meets" : "unknown")}. ${model.meets === false ? whyBroken(this, model) : ""}`);
    this.draw();
  }

  /** Zooms to the operations that prove a violation, and dims the other registers. */
  toWitness() {
    const { start, end, last } = this.lanes;
    const witness = [...this.witness];
    if (!witness.length) return;
    const from = Math.min(...witness.map((at) => start[at]));
    const to = Math.max(...witness.map((at) => Math.min(end[at], last)));
    const room = Math.max(2, (to - from) * 0.15);
    this.register = this.lanes.head.registers.length > 1 ? this.lanes.register[witness[0]] : null;
    this.glide(from - room, to + room);
  }

  glide(from, to) {
    cancelAnimationFrame(this.gliding);
    if (standsStill()) return this.show(from, to);
    const [from0, to0] = [this.from, this.to];
    const begun = performance.now();
    const frame = (now) => {
      const done = Math.min(1, (now - begun) / 450);
      const eased = done * done * (3 - 2 * done);
      const length = Math.exp(Math.log(to0 - from0) * (1 - eased) + Math.log(to - from) * eased);
      // The middle moves as the length shrinks, so that the goal stays in sight.
      const moved = to0 - from0 === to - from ? eased : (length - (to0 - from0)) / (to - from - (to0 - from0));
      const middle = (from0 + to0) / 2 + ((from + to) / 2 - (from0 + to0) / 2) * moved;
      this.show(middle - length / 2, middle + length / 2);
      if (done < 1) this.gliding = requestAnimationFrame(frame);
    };
    this.gliding = requestAnimationFrame(frame);
  }

  select(at) {
    this.selected = at;
    const { start, end } = this.lanes;
    if (at !== null && (end[at] < this.from || start[at] > this.to)) {
      const length = this.to - this.from;
      this.show(start[at] - length / 3, start[at] + (length * 2) / 3);
    } else {
      this.draw();
    }
  }

  /** The operation before or behind the selected one in its lane. */
  beside(by) {
    const { lanes } = this.lanes;
    if (this.selected === null) {
      const first = lanes.map((lane) => this.lanes.within(lane, this.from, this.to)).find(([one, end]) => one < end);
      if (first) this.select(first[0]);
      return;
    }
    const lane = lanes[this.lanes.laneOf(this.selected)];
    this.select(Math.min(lane.end - 1, Math.max(lane.first, this.selected + by)));
  }

  at(x, y) {
    const lane = this.lanes.lanes[Math.floor(y / this.rowHeight)];
    if (!lane || x < MARGIN) return null;
    const slack = ((this.to - this.from) / this.width) * 3;
    const time = this.time(x);
    const [first, end] = this.lanes.within(lane, time - slack, time + slack);
    return first < end ? first : null;
  }

  #pointers() {
    const { canvas, overview } = this;
    const active = new Map();
    let moved = false;
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.pan(event.deltaX / this.width);
      else this.zoom(Math.exp(event.deltaY * 0.0018), this.time(event.offsetX));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      active.set(event.pointerId, event.offsetX);
      moved = false;
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!active.has(event.pointerId)) {
        const at = this.at(event.offsetX, event.offsetY);
        canvas.title = at === null ? "" : this.told(at);
        return;
      }
      const before = active.get(event.pointerId);
      const [other] = [...active].filter(([id]) => id !== event.pointerId);
      active.set(event.pointerId, event.offsetX);
      if (other) {
        const [was, is] = [Math.abs(before - other[1]), Math.abs(event.offsetX - other[1])];
        if (was > 8 && is > 8) this.zoom(was / is, this.time((event.offsetX + other[1]) / 2));
        moved = true;
      } else if (Math.abs(event.offsetX - before) > 0) {
        moved ||= Math.abs(event.movementX) > 1;
        this.pan((before - event.offsetX) / (this.width - MARGIN));
      }
    });
    const up = (event) => active.delete(event.pointerId);
    canvas.addEventListener("pointerup", (event) => {
      up(event);
      if (!moved) this.select(this.at(event.offsetX, event.offsetY));
    });
    canvas.addEventListener("pointercancel", up);
    const [first, last] = this.all;
    const centre = (event) => {
      const length = this.to - this.from;
      const middle = first + ((event.offsetX - MARGIN) / (this.width - MARGIN)) * (last - first);
      this.show(middle - length / 2, middle + length / 2);
    };
    overview.addEventListener("pointerdown", (event) => {
      overview.setPointerCapture(event.pointerId);
      centre(event);
    });
    overview.addEventListener("pointermove", (event) => event.buttons && centre(event));
  }

  /** An operation in words. */
  told(at) {
    const { lanes } = this;
    const end = lanes.pending.has(at) ? text("pending") : grouped(lanes.end[at]);
    return `T${lanes.lanes[lanes.laneOf(at)].process}  ${lanes.said(at)}  [${grouped(lanes.start[at])} – ${end}]`;
  }

  // --- drawing

  draw() {
    if (this.scheduled) return;
    this.scheduled = requestAnimationFrame(() => {
      this.scheduled = undefined;
      this.drawNow();
    });
  }

  drawNow() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.colours = Object.fromEntries(["ink", "soft", "line", "row", "card", "bad", "doubt", "t0", "t1", "t3", "t0-soft", "t1-soft", "t3-soft"].map((name) => [name, colour(`--${name}`)]));
    this.width = Math.max(240, byId("lanes").clientWidth);
    this.drawLanes();
    drawOverview(this);
    byId("shown").textContent = text("shown", grouped(this.lanes.countWithin(this.from, this.to)), grouped(this.lanes.count));
    byId("selected").textContent = this.selected === null ? "" : `${text("selected")}: ${this.told(this.selected)}`;
  }

  pen(canvas, height) {
    const scale = window.devicePixelRatio || 1;
    canvas.width = this.width * scale;
    canvas.height = height * scale;
    canvas.style.width = `${this.width}px`;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.font = '11.5px "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace';
    pen.textBaseline = "middle";
    return pen;
  }

  drawLanes() {
    const { lanes, rowHeight, colours } = this;
    const strip = lanes.head.stale.length ? STRIP : 0;
    const height = lanes.lanes.length * rowHeight + strip + AXIS;
    const pen = this.pen(this.canvas, height);
    lanes.lanes.forEach((lane, row) => {
      const top = row * rowHeight;
      pen.fillStyle = colours.soft;
      pen.textAlign = "right";
      pen.fillText(`T${lane.process}`, MARGIN - 8, top + rowHeight / 2);
      pen.fillStyle = colours.row;
      pen.fillRect(MARGIN, top + rowHeight - 1, this.width - MARGIN, 1);
      pen.save();
      pen.beginPath();
      pen.rect(MARGIN, top, this.width - MARGIN, rowHeight);
      pen.clip();
      const [first, end] = lanes.within(lane, this.from, this.to);
      if (end - first > (this.width - MARGIN) / 6) this.drawShare(pen, lane, top);
      else for (let at = first; at < end; at++) this.drawBar(pen, at, top);
      pen.restore();
    });
    // Whatever the level of detail, the witness is seen.
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN, 0, this.width - MARGIN, height);
    pen.clip();
    for (const at of this.witness) {
      if (lanes.end[at] >= this.from && lanes.start[at] <= this.to) this.drawBar(pen, at, lanes.laneOf(at) * rowHeight, true);
    }
    pen.restore();
    if (strip) drawStale(this, pen, lanes.lanes.length * rowHeight);
    this.drawAxis(pen, lanes.lanes.length * rowHeight + strip);
  }

  /** The read that is the most versions behind. */
  toStalest() {
    const { stale } = this.lanes.head;
    if (!stale.length) return;
    const [at] = stale.reduce((worst, it) => (it[1] > worst[1] ? it : worst));
    this.select(at);
  }

  drawShare(pen, lane, top) {
    const foot = top + this.rowHeight - 2;
    for (let x = MARGIN; x < this.width; x += COLUMN) {
      const span = [this.time(x), this.time(x + COLUMN)];
      const tall = this.lanes.share(lane, ...span) * (this.rowHeight - 6);
      const writing = tall * this.lanes.writing(lane, ...span);
      pen.fillStyle = this.colours.t0;
      pen.fillRect(x, foot - writing, COLUMN, writing);
      pen.fillStyle = this.colours.t1;
      pen.fillRect(x, foot - tall, COLUMN, tall - writing);
    }
  }

  drawBar(pen, at, top, isWitness = false) {
    const { lanes, colours, rowHeight } = this;
    const x = Math.max(this.x(lanes.start[at]), MARGIN - 12);
    const right = Math.min(this.x(Math.min(lanes.end[at], this.all[1] * 2)), this.width + 12);
    const width = Math.max(2.5, right - x);
    const kind = lanes.kindOf(at);
    const colour = kind === WRITE ? "t0" : kind === SWAP ? "t3" : "t1";
    const isDim = this.register !== null && lanes.register[at] !== this.register && !isWitness;
    const isLinked = this.selected !== null && at !== this.selected && lanes.register[at] === lanes.register[this.selected] && lanes.valueOf(at) === lanes.valueOf(this.selected);
    pen.globalAlpha = isDim ? 0.22 : 1;
    pen.fillStyle = colours[`${colour}-soft`];
    pen.strokeStyle = isWitness ? colours.bad : at === this.selected || isLinked ? colours.ink : colours[colour];
    pen.lineWidth = isWitness || at === this.selected ? 2.5 : isLinked ? 1.8 : 1.1;
    pen.setLineDash(lanes.pending.has(at) || lanes.hasFailed(at) ? [4, 3] : isLinked ? [2, 2] : []);
    pen.beginPath();
    pen.roundRect(x, top + 3, width, rowHeight - 7, kind === READ || kind > SWAP ? Math.min(7, width / 2) : Math.min(2, width / 2));
    pen.fill();
    pen.stroke();
    pen.setLineDash([]);
    if (lanes.hasFailed(at)) {
      pen.beginPath();
      pen.moveTo(x, top + 3);
      pen.lineTo(x + width, top + rowHeight - 4);
      pen.stroke();
    }
    const effect = lanes.effectOf(at);
    if (effect !== null && width > 14 && rowHeight > 24) {
      const point = this.x(effect);
      pen.fillStyle = colours[colour];
      pen.beginPath();
      pen.moveTo(point, top + rowHeight - 9);
      pen.lineTo(point - 4, top + rowHeight - 2);
      pen.lineTo(point + 4, top + rowHeight - 2);
      pen.fill();
    }
    const said = lanes.said(at);
    const room = Math.min(width, this.width - Math.max(x, MARGIN)) - 8;
    const fits = (what) => pen.measureText(what).width <= room;
    const what = rowHeight < 18 ? null : [said, lanes.valueOf(at)].find((what) => what && fits(what));
    if (what) {
      pen.textAlign = "left";
      pen.fillStyle = colours.ink;
      pen.fillText(what, Math.max(x, MARGIN) + 4, top + rowHeight / 2);
    }
    pen.globalAlpha = 1;
  }

  drawAxis(pen, top) {
    const most = Math.max(2, Math.floor((this.width - MARGIN) / 120));
    const rough = (this.to - this.from) / most;
    const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
    const by = Math.max(1, [1, 2, 5, 10].map((times) => times * power).find((it) => it >= rough));
    pen.fillStyle = this.colours.soft;
    pen.textAlign = "center";
    for (let time = Math.ceil(this.from / by) * by; time <= this.to; time += by) {
      const x = this.x(time);
      if (x < MARGIN + 24 || x > this.width - 40) continue;
      pen.fillRect(x, top, 1, 5);
      pen.fillText(grouped(time), x, top + 15);
    }
  }
}

function keys(view) {
  const acts = {
    w: () => view.zoom(0.6), "+": () => view.zoom(0.6), "=": () => view.zoom(0.6),
    s: () => view.zoom(1.7), "-": () => view.zoom(1.7),
    a: () => view.pan(-0.2), ArrowLeft: () => view.pan(-0.2),
    d: () => view.pan(0.2), ArrowRight: () => view.pan(0.2),
    0: () => view.glide(...view.all),
    f: () => view.toWitness(),
    e: () => view.toStalest(),
    "[": () => view.beside(-1), "]": () => view.beside(1),
    Escape: () => { view.register = null; view.select(null); },
    l: otherLanguage,
    "?": () => byId("help").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (!isForPage(event)) return;
    const model = /^[1-9]$/.test(event.key) ? view.models[Number(event.key) - 1] : undefined;
    if (model) {
      view.choose(model);
      drawModels(view);
    } else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
  });
}

await begin(async () => {
  shell({ text: "historyHelp", keys: "historyKeys" });
  const head = await unpackedJson(byId("head").textContent);
  const lanes = new Lanes(head, await unpacked(byId("columns").textContent));
  if (head.hasEffects) lanes.withEffects(await unpacked(byId("effects").textContent));
  const view = new View(lanes);
  onLanguage(() => drawAll(view));
  setLanguage(firstLanguage());
  keys(view);
  window.addEventListener("resize", () => view.draw());
  document.addEventListener("theme", () => view.draw());
  document.documentElement.dataset.ready = "yes";
});
