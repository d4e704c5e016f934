// The map of all states: a dot for each, by how many steps away it is; the way in the colours of its threads.
import { element } from "./dom.js";
import { grouped, text } from "./words.js";

const HEIGHT = 150;
/** More lines than this would be one grey. */
const LINES = 12000;

/** A map of a graph. `go` is told which state was clicked. */
export class StateMap {
  constructor(graph, go) {
    this.graph = graph;
    this.canvas = element("canvas", { role: "img", "aria-label": text("mapLabel", grouped(graph.size)) });
    this.canvas.addEventListener("click", (event) => {
      const state = this.#nearest(event.offsetX, event.offsetY);
      if (state !== null) go(state);
    });
    this.#place();
  }

  /** Each state has a column, that of its depth, and a height: the middle of those before it, then spread evenly. */
  #place() {
    const { graph } = this;
    const columns = [];
    for (let state = 0; state < graph.size; state++) (columns[graph.depth[state]] ??= []).push(state);
    this.y = new Float32Array(graph.size);
    const largest = Math.max(...columns.map((column) => column.length));
    for (const column of columns) {
      const middle = new Map(column.map((state) => [state, this.#middle(state)]));
      column.sort((one, other) => middle.get(one) - middle.get(other) || one - other);
      const spread = Math.max(0.06, Math.sqrt(column.length / largest)) * 0.92;
      column.forEach((state, at) => {
        this.y[state] = 0.5 + spread * ((at + 0.5) / column.length - 0.5);
      });
    }
    this.columns = columns.length;
  }

  #middle(state) {
    const { graph } = this;
    let sum = 0;
    let count = 0;
    for (let at = graph.firstBack[state]; at < graph.firstBack[state + 1]; at++) {
      const before = graph.source[at];
      if (graph.depth[before] < graph.depth[state]) {
        sum += this.y[before];
        count++;
      }
    }
    return count ? sum / count : 0.5;
  }

  #at(state) {
    const x = 12 + (this.width - 24) * (this.columns > 1 ? this.graph.depth[state] / (this.columns - 1) : 0.5);
    return [x, 8 + (HEIGHT - 16) * this.y[state]];
  }

  #nearest(x, y) {
    let best = null;
    let least = 14 * 14;
    for (let state = 0; state < this.graph.size; state++) {
      const [sx, sy] = this.#at(state);
      const distance = (sx - x) ** 2 + (sy - y) ** 2;
      if (distance < least) [best, least] = [state, distance];
    }
    return best;
  }

  /** Draws what never changes: once for each class, theme and width. */
  #backdrop(standing, colours, key, scale) {
    if (this.key === key) return;
    this.key = key;
    this.picture = document.createElement("canvas");
    this.picture.width = this.width * scale;
    this.picture.height = HEIGHT * scale;
    const pen = this.picture.getContext("2d");
    pen.scale(scale, scale);
    const { graph } = this;
    if (graph.edges <= LINES) {
      pen.strokeStyle = colours.line;
      pen.lineWidth = 0.5;
      pen.beginPath();
      for (let state = 0; state < graph.size; state++) {
        const [x, y] = this.#at(state);
        for (let edge = graph.first[state]; edge < graph.first[state + 1]; edge++) {
          const [tx, ty] = this.#at(graph.target[edge]);
          pen.moveTo(x, y);
          pen.lineTo(tx, ty);
        }
      }
      pen.stroke();
    }
    const size = graph.size > 5000 ? 1 : graph.size > 500 ? 1.4 : 2.2;
    for (let state = 0; state < graph.size; state++) {
      const [x, y] = this.#at(state);
      const stands = standing(state);
      pen.fillStyle = colours[stands];
      pen.beginPath();
      if (stands === "broken") pen.rect(x - size, y - size, 2 * size, 2 * size);
      else pen.arc(x, y, size, 0, 7);
      pen.fill();
    }
  }

  /** Draws the map with a way through it, and which states have been seen. */
  draw(standing, name, played, seen, width) {
    const scale = window.devicePixelRatio || 1;
    const style = getComputedStyle(document.documentElement);
    const colour = (of) => style.getPropertyValue(of).trim();
    const colours = {
      line: colour("--faint"),
      safe: colour("--good"),
      open: colour("--doubt"),
      lost: colour("--bad"),
      broken: colour("--bad"),
      threads: ["--t0", "--t1", "--t2", "--t3"].map(colour),
      ink: colour("--ink"),
      paper: colour("--card"),
    };
    this.width = Math.max(200, width);
    this.canvas.width = this.width * scale;
    this.canvas.height = HEIGHT * scale;
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${HEIGHT}px`;
    this.#backdrop(standing, colours, `${name} ${document.documentElement.dataset.theme} ${this.width} ${scale}`, scale);
    const pen = this.canvas.getContext("2d");
    pen.globalAlpha = 0.45;
    pen.drawImage(this.picture, 0, 0);
    pen.globalAlpha = 1;
    pen.scale(scale, scale);
    for (const state of seen) {
      const [x, y] = this.#at(state);
      pen.fillStyle = colours[standing(state)];
      pen.fillRect(x - 1.6, y - 1.6, 3.2, 3.2);
    }
    pen.lineWidth = 3;
    played.steps.forEach((step, at) => {
      pen.strokeStyle = this.graph.isReplica(step.thread) ? colours.ink : colours.threads[step.thread % 4];
      pen.beginPath();
      pen.moveTo(...this.#at(played.states[at]));
      pen.lineTo(...this.#at(played.states[at + 1]));
      pen.stroke();
    });
    const [x, y] = this.#at(played.state);
    pen.fillStyle = colours.paper;
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, 5.5, 0, 7);
    pen.fill();
    pen.stroke();
    pen.fillStyle = colours.ink;
    pen.beginPath();
    pen.arc(x, y, 2, 0, 7);
    pen.fill();
  }
}
