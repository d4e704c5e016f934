// The player: opens scenes, takes steps, and has what follows drawn.
import { follow, listing } from "./code.js";
import { unpackedJson, unpackedScene } from "./data.js";
import { announce, begin, byId, copy, firstLanguage, isForPage, otherLanguage, shell, standsStill } from "./dom.js";
import { CLASSES, goalOf, Graph } from "./graph.js";
import { StateMap } from "./map.js";
import {
  drawAim, drawChoosers, drawClasses, drawLevel, drawSchedule, drawScore, drawThreads, drawTools, drawVerdict, firstUnsolved, holdings, openLevel, registerNamed,
} from "./panels.js";
import { Played } from "./played.js";
import { scheduleOf } from "./schedule.js";
import { holdLabels } from "./score.js";
import { grouped, keep, kept, onLanguage, setLanguage, text } from "./words.js";

const STEP_TIME = 420;

/** All that the page holds, and where the player is. */
class Player {
  constructor(contents) {
    this.scenes = contents.scenes;
    this.levels = contents.levels ?? [];
    this.sources = contents.sources;
    this.graphs = new Map();
    this.choices = [];
    this.undone = [];
    this.goal = "atomic";
    this.leads = true;
    this.level = null;
    this.hinted = null;
    this.solved = new Set((kept("solved") ?? "").split(" ").filter(Boolean));
  }

  // --- where it is

  /** Opens a scene, or a level of that name, at these choices. */
  async open(key, letters = "", level = null) {
    this.stop();
    const entry = this.scenes.find((scene) => scene.key === key) ?? this.scenes[0];
    if (!this.graphs.has(entry.key)) {
      const scene = await unpackedScene(byId(`scene:${entry.key}`).textContent);
      const graph = new Graph(scene);
      const standing = Object.fromEntries(CLASSES.map((model) => [model, graph.standing(model)]));
      const map = new StateMap(graph, (state) => this.goTo(state));
      this.graphs.set(entry.key, { graph, standing, map, seen: new Set([0]), reaches: new Map(), counts: new Map() });
    }
    Object.assign(this, { entry, level, hinted: null, showHint: false }, this.graphs.get(entry.key));
    if (level) this.goal = "level";
    else if (this.goal === "level" || !this.goals().includes(this.goal)) this.goal = this.usualGoal();
    this.choices = [];
    this.undone = [];
    for (const letter of letters) {
      const choice = parseInt(letter, 36);
      const state = new Played(this.graph, this.choices).state;
      if (!(choice < this.graph.choices(state))) break;
      this.choices.push(choice);
    }
    this.changed();
  }

  /** What a register of this class is first asked to do: to break the weakest class that it can, or else the one it claims. */
  usualGoal() {
    const { claims } = this.graph.scene;
    return CLASSES.find((model) => this.standing[model](0) !== "safe") ?? (CLASSES.includes(claims) ? claims : "atomic");
  }

  goals() {
    const fails = this.graph.failed.some((failed) => failed === 1);
    return [...[...CLASSES].reverse(), ...(fails ? ["fails"] : []), "play"];
  }

  goalNow() {
    if (this.level) return this.level.goal;
    if (this.goal === "play") return { kind: "none" };
    return this.goal === "fails" ? { kind: "fails" } : { kind: "breaks", model: this.goal };
  }

  /** Whether a state is what is wanted, and whether such a state can be reached from a state. */
  wanted() {
    const name = JSON.stringify(this.goalNow());
    if (!this.reaches.has(name)) {
      const is = goalOf(this.goalNow(), this.graph);
      this.reaches.set(name, { is, can: this.graph.reach(is) });
    }
    return this.reaches.get(name);
  }

  /** The class that the map and the counts are about. */
  model() {
    const goal = this.goalNow();
    return goal.model ?? (goal.kind === "anomaly" && goal.name === "torn read" ? "regular" : "atomic");
  }

  // --- steps

  take(choice) {
    if (!(choice < this.graph.choices(this.played.state))) return;
    if (this.undone.length && this.undone[this.undone.length - 1] === choice) this.undone.pop();
    else this.undone = [];
    this.choices.push(choice);
    this.changed(true);
  }

  undo() {
    if (!this.choices.length) return;
    this.undone.push(this.choices.pop());
    this.changed();
  }

  redo() {
    if (!this.undone.length) return;
    this.choices.push(this.undone.pop());
    this.changed();
  }

  restart() {
    if (this.choices.length) this.undone = [...this.choices].reverse();
    this.choices = [];
    this.changed();
  }

  /** Takes these choices one after the other, slowly enough to be followed. */
  walk(choices) {
    this.stop();
    if (standsStill()) {
      this.choices.push(...choices);
      this.undone = [];
      this.changed(true);
      return;
    }
    const rest = [...choices];
    const next = () => {
      if (!rest.length) return this.stop();
      this.take(rest.shift());
    };
    next();
    this.walking = setInterval(next, STEP_TIME);
  }

  stop() {
    clearInterval(this.walking);
    clearInterval(this.sweeping);
    this.walking = this.sweeping = undefined;
  }

  smallest() {
    const { is, can } = this.wanted();
    const { state, last } = this.played;
    return can[state] && !is(state) ? this.graph.smallest(state, last, is) : null;
  }

  hint() {
    const way = this.smallest();
    this.hinted = way && way.length ? way[0] : null;
    if (this.hinted !== null) {
      const [thread] = this.graph.stepOf(this.graph.edge(this.played.state, this.hinted));
      announce(text("hintIs", this.graph.nameOf(thread)));
    }
    this.draw();
  }

  show() {
    const way = this.smallest();
    if (way) this.walk(way);
  }

  /** Lets each thread run to the end of what it does, in turn. */
  toEnd() {
    this.stop();
    const passed = new Set();
    let { state } = this.played;
    while (!this.graph.isEnd(state) && !passed.has(state)) {
      passed.add(state);
      this.choices.push(this.onwards(state));
      this.undone = [];
      state = this.graph.target[this.graph.edge(state, this.choices[this.choices.length - 1])];
      this.seen.add(state);
    }
    this.changed(true);
  }

  /** A choice that leads nearer to an end, without old loads where that is possible. */
  onwards(state) {
    this.toEnds ??= new Map();
    if (!this.toEnds.has(this.entry.key)) this.toEnds.set(this.entry.key, this.graph.distances());
    const distance = this.toEnds.get(this.entry.key);
    let best = 0;
    let least = Infinity;
    for (let choice = 0; choice < this.graph.choices(state); choice++) {
      const edge = this.graph.edge(state, choice);
      const length = distance[this.graph.target[edge]] + (this.graph.isStale(edge) ? 1e6 : 0);
      if (length < least) [best, least] = [choice, length];
    }
    return best;
  }

  /** Goes to a state, by the way with the fewest steps. */
  goTo(state) {
    this.stop();
    const way = this.graph.fewest(state);
    if (!way) return;
    this.choices = way;
    this.undone = [];
    this.changed(true);
  }

  /** Looks at all states, one after the other: what none of them shows never happens. */
  sweep() {
    this.stop();
    const all = this.graph.size;
    const each = standsStill() ? all : Math.max(1, Math.ceil(all / 60));
    let next = 0;
    const some = () => {
      for (const until = Math.min(all, next + each); next < until; next++) this.seen.add(next);
      if (next >= all) {
        this.stop();
        this.changed(true);
      } else {
        this.drawMap();
      }
    };
    this.sweeping = setInterval(some, 33);
    some();
  }

  /** Whether the goal of the level is reached. */
  isSolved() {
    const { is, can } = this.wanted();
    if (this.goalNow().kind === "never") return !can[0] && this.seen.size === this.graph.size;
    return is(this.played.state);
  }

  // --- what follows from where it is

  changed(speak = false) {
    this.played = new Played(this.graph, this.choices);
    for (const state of this.played.states) this.seen.add(state);
    this.hinted = null;
    const letters = this.choices.map((choice) => choice.toString(36)).join("");
    const where = this.level ? `level/${this.level.id}` : this.entry.key;
    history.replaceState(null, "", `#${where}/${letters}`);
    if (this.level && this.isSolved() && !this.solved.has(this.level.id)) {
      this.solved.add(this.level.id);
      keep("solved", [...this.solved].join(" "));
    }
    this.draw();
    if (speak) this.speak();
  }

  speak() {
    const last = this.played.steps[this.played.steps.length - 1];
    const did = last ? this.labels(last.edge).join(", ") : "";
    const said = CLASSES.map((model) => `${text(model)}: ${text(`is-${this.standing[model](this.played.state)}`)}`);
    const end = this.isSolved() ? text("reached") : "";
    announce([last ? `${this.graph.nameOf(last.thread)} ${did}` : "", ...said, end].filter(Boolean).join(". "));
  }

  draw() {
    drawChoosers(this);
    drawLevel(this);
    drawAim(this);
    drawClasses(this);
    drawScore(this);
    drawVerdict(this);
    drawThreads(this);
    drawTools(this);
    drawSchedule(this);
    const { scene } = this.graph;
    byId("code-title").textContent = text(scene.replicas.length ? "replicas" : "code");
    byId("code").replaceChildren(scene.replicas.length ? holdings(this) : listing(scene, this.sources, this.stands()));
    const last = this.played.steps[this.played.steps.length - 1];
    follow(byId("code"), last ? last.thread : 0);
    this.drawMap();
  }

  stands() {
    const { graph, played } = this;
    return graph.scene.lanes.map((_, thread) => ({ thread, name: graph.nameOf(thread), node: graph.node(played.state, thread) }));
  }

  drawMap() {
    const { graph, map, played } = this;
    const model = this.model();
    if (byId("map").firstChild !== map.canvas) byId("map").replaceChildren(map.canvas);
    map.canvas.setAttribute("aria-label", text("mapLabel", grouped(graph.size)));
    map.draw(this.standing[model], model, played, this.seen, byId("map").clientWidth);
    byId("seen").textContent = text("seen", grouped(this.seen.size), grouped(graph.size));
    if (!this.counts.has(model)) {
      const standing = this.standing[model];
      this.counts.set(model, graph.executions((state) => standing(state) === "broken"));
    }
    const { all, counted } = this.counts.get(model);
    const share = counted[played.state] > 0 ? text("shareBreaks", percent(counted[played.state] / all[played.state]), text(model)) : "";
    byId("executions").textContent = text("executionsHere", grouped(all[played.state]), share);
  }

  /** What a step does, in words. */
  labels(edge) {
    const { scene } = this.graph;
    const [, , happens] = this.graph.stepOf(edge);
    const named = (at, returned) => {
      const { writes } = scene.operations[at];
      return writes !== null ? text("write", writes) : returned === undefined ? text("read") : text("readReturned", returned);
    };
    const messages = happens.filter(([kind]) => kind === "message");
    if (messages.length) return messages.map(([, from, , said]) => (from === null ? said : text("messageFrom", this.graph.nameOf(from), said)));
    const accesses = happens.filter(([kind]) => kind === "access").map(([, , , said]) => said);
    if (accesses.length) return accesses;
    const others = happens.map((event) => {
      if (event[0] === "begin") return text("invoke", named(event[1]));
      if (event[0] === "end") return text("complete", named(event[1], event[2]));
      const [store] = this.played.buffers[event[1]];
      return text("reaches", store ? store.text : "");
    });
    if (others.length) return others;
    return [this.graph.isRestart(edge) ? text("startsAgain") : text("goesOn")];
  }
}

function percent(share) {
  return share >= 0.9995 || share === 0 ? `${Math.round(share * 100)} %` : share >= 0.1 ? `${(share * 100).toFixed(0)} %` : `${(share * 100).toPrecision(2)} %`;
}

// --- keys and links

function next(values, now) {
  return values[(values.indexOf(now) + 1) % values.length];
}

function keys(player) {
  const acts = {
    ArrowLeft: () => player.undo(),
    u: () => player.undo(),
    Backspace: () => player.undo(),
    ArrowRight: () => player.redo(),
    r: () => player.redo(),
    Home: () => player.restart(),
    h: () => player.hint(),
    s: () => player.show(),
    e: () => player.toEnd(),
    v: () => player.sweep(),
    c: () => copy(scheduleOf(player.played)),
    l: otherLanguage,
    g: () => {
      if (player.level) return;
      player.goal = next(player.goals(), player.goal);
      player.changed();
    },
    m: () => {
      const own = player.scenes.filter((it) => registerNamed(it) === registerNamed(player.entry) && it.scenario === player.entry.scenario);
      player.open(next(own, player.entry).key);
    },
    n: () => {
      if (player.levels.length) openLevel(player, player.level ? next(player.levels, player.level) : firstUnsolved(player));
    },
    "?": () => byId("help").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (!isForPage(event)) return;
    const onButton = event.target instanceof Element && event.target.matches("button, .scroll");
    if (onButton && ["ArrowLeft", "ArrowRight", "Home"].includes(event.key) && event.target.matches(".scroll")) return;
    player.stop();
    if (/^[1-9]$/.test(event.key)) player.take(Number(event.key) - 1);
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
  });
}

/** Opens what the link names: `#two-copies/note/sc/0100`, or `#level/torn-read/010`. */
function openLink(player) {
  const parts = decodeURIComponent(location.hash.slice(1)).split("/");
  if (parts[0] === "level") {
    const level = player.levels.find(({ id }) => id === parts[1]);
    if (level) return openLevel(player, level, parts[2] ?? "");
  }
  const key = parts.slice(0, 3).join("/");
  if (player.scenes.some((scene) => scene.key === key)) return player.open(key, parts[3] ?? "");
  return player.levels.length ? openLevel(player, firstUnsolved(player)) : player.open(player.scenes[0].key);
}

await begin(async () => {
  shell({ text: "helpText", keys: "keys" });
  const player = new Player(await unpackedJson(byId("contents").textContent));
  await openLink(player);
  onLanguage(() => player.draw());
  setLanguage(firstLanguage());
  keys(player);
  window.addEventListener("hashchange", () => openLink(player));
  byId("score").addEventListener("scroll", () => holdLabels(byId("score")));
  window.addEventListener("resize", () => { drawScore(player); player.drawMap(); });
  document.addEventListener("theme", () => player.drawMap());
  document.documentElement.dataset.ready = "yes";
});
