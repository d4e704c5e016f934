// The player: chooses scenes, takes steps, and says what they have come to.
import { follow, listing } from "./code.js";
import { unpackedJson } from "./data.js";
import { announce, begin, byId, choice, copy, element, firstLanguage, isForPage, otherLanguage, shell, standsStill } from "./dom.js";
import { CLASSES, goalOf, Graph } from "./graph.js";
import { StateMap } from "./map.js";
import { Played } from "./played.js";
import { scheduleOf } from "./schedule.js";
import { holdLabels, score } from "./score.js";
import { anomalyNamed, sentenceOf } from "./sentences.js";
import { grouped, keep, kept, onLanguage, setLanguage, spoken, text } from "./words.js";

const SIGNS = { safe: "✓", open: "◔", lost: "⚠", broken: "✗" };
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
      const scene = await unpackedJson(byId(`scene:${entry.key}`).textContent);
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
    return CLASSES.find((model) => this.standing[model](0) !== "safe") ?? this.graph.scene.claims;
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
      announce(text("hintIs", this.thread(thread)));
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
    if (!this.toEnds.has(this.entry.key)) this.toEnds.set(this.entry.key, distances(this.graph));
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
    const way = fewest(this.graph, state);
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

  thread(lane) {
    const { scene } = this.graph;
    return scene.operations[scene.lanes[lane][0]].thread;
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
    announce([last ? `T${this.thread(last.thread)} ${did}` : "", ...said, end].filter(Boolean).join(". "));
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
    byId("code").replaceChildren(listing(this.graph.scene, this.sources, this.stands()));
    const last = this.played.steps[this.played.steps.length - 1];
    follow(byId("code"), last ? last.thread : 0);
    this.drawMap();
  }

  stands() {
    const { graph, played } = this;
    return graph.scene.lanes.map((_, thread) => ({ thread, number: this.thread(thread), node: graph.node(played.state, thread) }));
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

/** How many steps each state is from an end. */
function distances(graph) {
  const distance = new Float64Array(graph.size).fill(Infinity);
  let open = [];
  for (let state = 0; state < graph.size; state++) {
    if (graph.isEnd(state)) {
      distance[state] = 0;
      open.push(state);
    }
  }
  for (let steps = 1; open.length; steps++) {
    const next = [];
    for (const state of open) {
      for (let at = graph.firstBack[state]; at < graph.firstBack[state + 1]; at++) {
        const before = graph.source[at];
        if (distance[before] === Infinity) {
          distance[before] = steps;
          next.push(before);
        }
      }
    }
    open = next;
  }
  return distance;
}

/** The choices that lead to a state in the fewest steps. */
function fewest(graph, goal) {
  const from = new Map([[0, null]]);
  let open = [0];
  while (open.length && !from.has(goal)) {
    const next = [];
    for (const state of open) {
      for (let choice = 0; choice < graph.choices(state); choice++) {
        const to = graph.target[graph.edge(state, choice)];
        if (from.has(to)) continue;
        from.set(to, [state, choice]);
        next.push(to);
      }
    }
    open = next;
  }
  if (!from.has(goal)) return null;
  const choices = [];
  for (let at = from.get(goal); at; at = from.get(at[0])) choices.push(at[1]);
  return choices.reverse();
}

// --- what is drawn

function distinct(values) {
  return [...new Set(values)];
}

function chooser(label, values, chosen, name, choose, title) {
  if (values.length > 4) {
    const options = values.map((value) => element("option", { value, selected: value === chosen }, name(value)));
    return element("select", { "aria-label": label, on: { change: (event) => choose(event.target.value) } }, options);
  }
  return choice(label, values.map((value) => ({ value, name: name(value), title: title?.(value) })), chosen, choose);
}

function named(scene) {
  return scene.changed ? `${scene.register}: ${scene.changed.replace(/ {2,}/, " ")}` : scene.register;
}

/** Register, scenario and memory: whichever is chosen, the others stay if there is such a scene. */
function drawChoosers(player) {
  const { scenes, entry } = player;
  const parts = (scene) => ({ register: named(scene), scenario: scene.scenario, memory: scene.memory });
  const now = parts(entry);
  const choose = (part) => (value) => {
    const like = (scene) => {
      const its = parts(scene);
      return its[part] === value ? Object.keys(now).filter((other) => its[other] === now[other]).length : -1;
    };
    const best = [...scenes].sort((one, other) => like(other) - like(one))[0];
    player.open(best.key);
  };
  const own = scenes.filter((scene) => named(scene) === now.register);
  byId("choosers").replaceChildren(
    chooser(text("register"), distinct(scenes.map(named)), now.register, (it) => it, choose("register")),
    chooser(text("scenario"), distinct(own.map((it) => it.scenario)), now.scenario, (it) => it, choose("scenario")),
    chooser(text("memory"), distinct(own.filter((it) => it.scenario === now.scenario).map((it) => it.memory)), now.memory, (it) => text(it), choose("memory"), (it) => text(`${it}Long`)),
    player.levels.length
      ? element("button", { type: "button", id: "to-levels", "aria-pressed": String(Boolean(player.level)), on: { click: () => (player.level ? player.open(entry.key) : openLevel(player, firstUnsolved(player))) } }, player.level ? text("freePlay") : text("levels"))
      : "",
  );
}

function firstUnsolved(player) {
  return player.levels.find(({ id }) => !player.solved.has(id)) ?? player.levels[0];
}

function openLevel(player, level, letters = "") {
  return player.open(level.scene, letters, level);
}

function drawLevel(player) {
  const box = byId("level");
  const { level, levels } = player;
  box.hidden = !level;
  if (!level) return;
  const at = levels.indexOf(level);
  const solved = player.isSolved();
  const beside = (by, name) => {
    const to = levels[at + by];
    return element("button", { type: "button", disabled: !to, on: { click: () => openLevel(player, to) } }, text(name));
  };
  const dots = levels.map((it, number) => element("button", {
    type: "button",
    class: player.solved.has(it.id) ? "solved" : "",
    "aria-label": `${number + 1}. ${spoken(it.title)}${player.solved.has(it.id) ? ` (${text("solved")})` : ""}`,
    title: spoken(it.title),
    "aria-current": it === level ? "step" : null,
    on: { click: () => openLevel(player, it) },
  }, player.solved.has(it.id) ? "✓" : String(number + 1)));
  box.classList.toggle("won", solved);
  box.replaceChildren(
    element("div", { class: "head" },
      element("h2", {}, `${text("level", at + 1, levels.length)}: ${spoken(level.title)}`),
      element("span", { class: "small" }, text("solvedCount", levels.filter(({ id }) => player.solved.has(id)).length, levels.length)),
      element("span", { class: "pair" }, beside(-1, "previousLevel"), beside(1, "nextLevel"))),
    element("p", {}, spoken(level.text)),
    solved
      ? element("p", { class: "learnt" }, element("b", {}, `✓ ${text("solved")}. `), spoken(level.learnt))
      : player.showHint
        ? element("p", { class: "hint" }, spoken(level.hint))
        : element("button", { type: "button", class: "quiet", on: { click: () => { player.showHint = true; player.draw(); } } }, text("giveHint")),
    element("div", { class: "dots" }, dots),
  );
}

function drawAim(player) {
  const goal = player.goalNow();
  const status = element("span", { class: "status" });
  if (goal.kind !== "none") {
    const { is, can } = player.wanted();
    const { state } = player.played;
    if (goal.kind === "never") {
      const all = player.seen.size === player.graph.size;
      status.textContent = all ? `✓ ${text("allLookedAt", grouped(player.graph.size))}` : text("notShown");
      status.classList.add(all ? "good" : "doubt");
    } else if (is(state)) {
      status.textContent = `✗ ${text("reached")}`;
      status.classList.add("bad");
    } else if (!can[0]) {
      const all = player.seen.size === player.graph.size;
      status.textContent = `✓ ${text(all ? "allLookedAt" : "noWay", grouped(player.graph.size))}`;
      status.classList.add("good");
    } else {
      const way = player.smallest();
      status.textContent = way ? text("thereIsAWay", way.length) : text("noWayFromHere");
      status.classList.add(way ? "plain" : "doubt");
    }
  }
  const goals = player.level ? "" : choice(text("goal"), player.goals().map((value) => ({ value, name: text(`goal-${value}`) })), player.goal, (value) => {
    player.goal = value;
    player.changed();
  });
  byId("aim").replaceChildren(element("b", {}, text("goal")), goals, status);
}

function drawClasses(player) {
  const { scene } = player.graph;
  byId("classes").replaceChildren(...CLASSES.map((model) => {
    const stands = player.standing[model](player.played.state);
    return element("div", { class: `class ${stands}` },
      element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[stands]),
      element("div", {},
        element("div", { class: "model" }, element("span", { class: "name" }, text(model)), scene.claims === model ? element("span", { class: "claimed" }, text("claimed")) : ""),
        element("div", { class: "small" }, text(`is-${stands}`))));
  }));
}

/** The accesses that may come next. */
function ghosts(player) {
  const { graph, played } = player;
  const found = [];
  for (let choice = 0; choice < graph.choices(played.state); choice++) {
    const [thread, , happens] = graph.stepOf(graph.edge(played.state, choice));
    for (const [kind, , word, , value, leaves] of happens) {
      if (kind === "access") found.push({ thread, word, isStore: leaves !== null, isLoad: value !== null, value: leaves ?? value });
    }
  }
  return found;
}

function drawScore(player) {
  const box = byId("score");
  box.replaceChildren(...score(player.played, ghosts(player), box.clientWidth - 2));
  box.scrollLeft = box.scrollWidth;
  holdLabels(box);
  const { accesses, switches, stale } = player.played;
  const counts = [text("accesses", accesses.filter((it) => !it.of).length), text("switches", switches)];
  if (stale) counts.push(text("oldLoads", stale));
  byId("counts").textContent = counts.join(", ");
}

function drawVerdict(player) {
  const { graph, played } = player;
  const lines = [];
  if (played.failure) {
    const { thread, kind, message } = played.failure;
    lines.push(element("p", { class: "sentence" }, element("b", {}, `✗ ${anomalyNamed(kind)}`), ` — T${player.thread(thread)} ${message}`));
  }
  const said = new Set();
  for (const model of CLASSES) {
    const violation = graph.violation(played.state, model);
    if (!violation) continue;
    const sentence = sentenceOf(violation, graph.scene, played.operations);
    if (said.has(sentence)) continue;
    said.add(sentence);
    lines.push(element("p", { class: "sentence" }, element("b", {}, `✗ ${text(model)}`), ` — ${sentence}`));
  }
  byId("verdict").replaceChildren(...lines);
}

function drawThreads(player) {
  const { graph, played } = player;
  const hadFocus = byId("threads").contains(document.activeElement) ? document.activeElement.dataset.thread : null;
  let number = 0;
  const lanes = graph.scene.lanes.map((lane, thread) => {
    const node = graph.node(played.state, thread);
    const operation = lane[node[6]];
    const inside = operation !== undefined && played.operations[operation].begun !== null;
    const { writes } = operation === undefined ? {} : graph.scene.operations[operation];
    const doing = operation === undefined ? text("done") : !inside ? text("between") : writes === null ? text("read") : text("write", writes);
    const buttons = [];
    for (let choice = 0; choice < graph.choices(played.state); choice++) {
      const edge = graph.edge(played.state, choice);
      if (graph.stepOf(edge)[0] === thread) buttons.push(stepButton(player, choice, edge));
    }
    number += buttons.length;
    return element("div", { class: `lane t${thread % 4}` },
      element("div", { class: "head" }, element("b", {}, `T${player.thread(thread)}`), element("span", { class: "small" }, doing)),
      node[2] ? element("code", { class: "wording" }, node[2], node[4] === null ? "" : `  :${node[4]}`) : "",
      buttons.length ? buttons : element("p", { class: "small" }, waiting(graph, node, operation)));
  });
  byId("threads").replaceChildren(...lanes);
  byId("told").textContent = graph.isEnd(played.state) ? text("over") : "";
  if (hadFocus !== null) {
    const again = byId("threads").querySelector(`button[data-thread="${hadFocus}"]`) ?? byId("threads").querySelector("button") ?? byId("turn");
    again.focus({ preventScroll: true });
  }
}

function stepButton(player, choice, edge) {
  const { graph, played } = player;
  const [thread, , happens, , fails] = graph.stepOf(edge);
  const notes = [];
  const old = happens.find(([kind, , , , , , latest]) => kind === "access" && latest !== null);
  if (old) notes.push(element("span", { class: "note doubt" }, text("old", old[6])));
  if (player.leads) {
    if (fails) notes.push(element("span", { class: "note bad" }, `✗ ${text("fails")}`));
    for (const model of CLASSES) {
      const before = player.standing[model](played.state);
      const behind = player.standing[model](graph.target[edge]);
      if (before === behind) continue;
      if (behind === "broken" && !fails) notes.push(element("span", { class: "note bad" }, text("breaks-note", text(model))));
      if (behind === "lost") notes.push(element("span", { class: "note doubt" }, text("lost-note", text(model))));
      if (behind === "safe") notes.push(element("span", { class: "note good" }, text("safe-note", text(model))));
    }
  }
  const key = choice < 9 ? String(choice + 1) : null;
  return element("button", {
    type: "button",
    class: `step t${thread % 4}${player.hinted === choice ? " hinted" : ""}`,
    "data-thread": thread,
    "data-choice": choice,
    "aria-keyshortcuts": key,
    on: { click: () => { player.stop(); player.take(choice); } },
  }, key ? element("kbd", {}, key) : "", element("span", { class: "what" }, player.labels(edge).join(", ")), notes);
}

/** Why a thread has no step. */
function waiting(graph, node, operation) {
  const [wants, of] = node;
  if (operation === undefined || wants === "nothing") return text("done");
  if (wants === "begin") return text("waitsForOthers");
  if (wants === "take") return text("waitsForLock", graph.scene.locks[of]);
  if (wants === "retry") return text("waitsForChange");
  if (wants === "end" && graph.scene.operations[operation].pending) return text("neverCompletes");
  return graph.scene.buffers ? text("waitsForBuffer") : text("waitsForOthers");
}

function drawTools(player) {
  const { played, graph } = player;
  const way = player.goalNow().kind === "none" ? null : player.smallest();
  const ended = graph.isEnd(played.state);
  const tool = (name, sign, key, isOff, act) =>
    element("button", { type: "button", disabled: isOff, "aria-keyshortcuts": key, "data-tool": name, on: { click: () => { player.stop(); act(); } } },
      element("span", { "aria-hidden": "true" }, sign), ` ${text(name)} `, element("kbd", {}, key));
  const focused = byId("tools").contains(document.activeElement) ? document.activeElement.dataset.tool : null;
  byId("tools").replaceChildren(
    tool("undo", "↶", "u", !player.choices.length, () => player.undo()),
    tool("redo", "↷", "r", !player.undone.length, () => player.redo()),
    tool("restart", "⇤", "Home", !player.choices.length, () => player.restart()),
    tool("hint", "☞", "h", !way, () => player.hint()),
    tool("show", "▶", "s", !way, () => player.show()),
    tool("toEnd", "⇥", "e", ended, () => player.toEnd()),
    tool("sweep", "∀", "v", player.seen.size === graph.size, () => player.sweep()),
    element("label", { class: "check" },
      element("input", { type: "checkbox", checked: player.leads, on: { change: (event) => { player.leads = event.target.checked; player.draw(); } } }),
      text("whereStepsLead")),
  );
  if (focused) byId("tools").querySelector(`[data-tool="${focused}"]`)?.focus({ preventScroll: true });
}

function drawSchedule(player) {
  const { graph, played } = player;
  const rows = played.steps.map((step, at) =>
    element("li", {},
      element("b", { class: `t${step.thread % 4}` }, `T${player.thread(step.thread)}`),
      element("span", {}, sayings(player, step))));
  byId("steps").replaceChildren(rows.length ? element("ol", {}, rows) : element("p", { class: "small" }, text("noSteps")));
  byId("steps").scrollTop = byId("steps").scrollHeight;
  const replays = played.isReplayable();
  byId("copying").replaceChildren(
    element("button", { type: "button", "aria-keyshortcuts": "c", on: { click: () => copy(scheduleOf(player.played)) } }, text("copySchedule")),
    " ",
    element("button", { type: "button", on: { click: () => copy(location.href) } }, text("link")),
  );
  const why = played.failure ? text("notReplayableFails") : text("notReplayable");
  const { register, changed } = graph.scene;
  byId("replay").textContent = replays ? (changed ? "" : text("replayBy", register)) : why;
}

/** What happened in a step, for the list. */
function sayings(player, step) {
  const { scene } = player.graph;
  const said = [];
  for (const event of step.happens) {
    const [kind, of] = event;
    if (kind === "access") {
      said.push(event[3] + (event[6] === null ? "" : ` · ${text("old", event[6])}`));
    } else if (kind === "reaches") {
      const access = player.played.accesses.find((it) => it.of && it.step === player.played.steps.indexOf(step));
      said.push(text("reaches", access?.of.text ?? ""));
    } else {
      const { writes } = scene.operations[of];
      const name = writes !== null ? text("write", writes) : kind === "end" ? text("readReturned", event[2]) : text("read");
      said.push(text(kind === "begin" ? "invoke" : "complete", name));
    }
  }
  return said.length ? said.join(" · ") : text("goesOn");
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
      const own = player.scenes.filter((it) => named(it) === named(player.entry) && it.scenario === player.entry.scenario);
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
