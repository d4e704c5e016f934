// What stands around the score: choosers, level, goal, classes, threads, tools, schedule. Each panel is drawn anew from where
// the player is.
import { byId, choice, copy, element } from "./dom.js";
import { CLASSES } from "./graph.js";
import { scheduleOf } from "./schedule.js";
import { holdLabels, score } from "./score.js";
import { anomalyNamed, faultsNamed, sentenceOf } from "./sentences.js";
import { grouped, spoken, text } from "./words.js";

const MEMORIES = ["sc", "x86", "weak", "network"];
const SIGNS = { safe: "✓", open: "◔", lost: "⚠", broken: "✗" };

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

/** What a register is called, with what is changed in it. */
export function registerNamed(scene) {
  return scene.changed ? `${scene.register}: ${scene.changed.replace(/ {2,}/, " ")}` : scene.register;
}

/** Register, scenario and memory: whichever is chosen, the others stay if there is such a scene. */
export function drawChoosers(player) {
  const { scenes, entry } = player;
  const parts = (scene) => ({ register: registerNamed(scene), scenario: scene.scenario, memory: scene.memory });
  const now = parts(entry);
  const choose = (part) => (value) => {
    const like = (scene) => {
      const its = parts(scene);
      return its[part] === value ? Object.keys(now).filter((other) => its[other] === now[other]).length : -1;
    };
    const best = [...scenes].sort((one, other) => like(other) - like(one))[0];
    player.open(best.key);
  };
  const own = scenes.filter((scene) => registerNamed(scene) === now.register);
  byId("choosers").replaceChildren(
    chooser(text("register"), distinct(scenes.map(registerNamed)), now.register, (it) => it, choose("register")),
    chooser(text("scenario"), distinct(own.map((it) => it.scenario)), now.scenario, (it) => it, choose("scenario")),
    chooser(text("memory"), MEMORIES.filter((memory) => own.some((it) => it.scenario === now.scenario && it.memory === memory)), now.memory, (it) => text(it), choose("memory"), (it) => text(`${it}Long`)),
    player.levels.length
      ? element("button", { type: "button", id: "to-levels", "aria-pressed": String(Boolean(player.level)), on: { click: () => (player.level ? player.open(entry.key) : openLevel(player, firstUnsolved(player))) } }, player.level ? text("freePlay") : text("levels"))
      : "",
  );
}

export function firstUnsolved(player) {
  return player.levels.find(({ id }) => !player.solved.has(id)) ?? player.levels[0];
}

export function openLevel(player, level, letters = "") {
  return player.open(level.scene, letters, level);
}

export function drawLevel(player) {
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

export function drawAim(player) {
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

export function drawClasses(player) {
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
    for (const event of happens) {
      const [kind, , word, , value, leaves] = event;
      if (kind === "message" && graph.isReplica(event[2]) && event[4] !== null) {
        const replica = event[2] - graph.scene.lanes.length;
        const changes = played.memory[replica] !== event[4];
        found.push({ colour: graph.colourOf(event[1] ?? event[2]), word: replica, isStore: changes, isLoad: !changes, value: event[4] });
      } else if (kind === "access") found.push({ colour: graph.colourOf(thread), word, isStore: leaves !== null, isLoad: value !== null, value: leaves ?? value });
    }
  }
  return found;
}

export function drawScore(player) {
  const box = byId("score");
  box.replaceChildren(...score(player.played, ghosts(player), box.clientWidth - 2));
  box.scrollLeft = box.scrollWidth;
  holdLabels(box);
  const { accesses, switches, stale, scene } = player.played;
  const counts = scene.replicas.length
    ? [text("messages", accesses.filter((it) => it.to !== undefined && it.from !== null).length), faultsNamed(scene.faults)]
    : [text("accesses", accesses.filter((it) => !it.of).length), text("switches", switches)];
  if (stale) counts.push(text("oldLoads", stale));
  byId("counts").textContent = counts.join(", ");
}

export function drawVerdict(player) {
  const { graph, played } = player;
  const lines = [];
  if (played.failure) {
    const { thread, kind, message } = played.failure;
    lines.push(element("p", { class: "sentence" }, element("b", {}, `✗ ${anomalyNamed(kind)}`), ` — ${graph.nameOf(thread)} ${message}`));
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

export function drawThreads(player) {
  const { graph, played } = player;
  const hadFocus = byId("threads").contains(document.activeElement) ? document.activeElement.dataset.thread : null;
  let number = 0;
  const lanes = graph.scene.lanes.map((lane, thread) => {
    const node = graph.node(played.state, thread);
    const operation = lane[node[6]];
    const inside = operation !== undefined && played.operations[operation].begun !== null;
    const { writes } = operation === undefined ? {} : graph.scene.operations[operation];
    const doing = operation === undefined ? "" : !inside ? text("between") : writes === null ? text("read") : text("write", writes);
    const buttons = [];
    for (let choice = 0; choice < graph.choices(played.state); choice++) {
      const edge = graph.edge(played.state, choice);
      if (graph.stepOf(edge)[0] === thread) buttons.push(stepButton(player, choice, edge));
    }
    number += buttons.length;
    return element("div", { class: `lane t${thread % 4}` },
      element("div", { class: "head" }, element("b", {}, graph.nameOf(thread)), element("span", { class: "small" }, doing)),
      node[2] ? element("code", { class: "wording" }, node[2], node[4] === null ? "" : `  :${node[4]}`) : "",
      buttons.length ? buttons : element("p", { class: "small" }, waiting(graph, node, operation)));
  });
  const replicas = graph.scene.replicas.map((name, replica) => {
    const party = graph.scene.lanes.length + replica;
    const buttons = [];
    for (let choice = 0; choice < graph.choices(played.state); choice++) {
      const edge = graph.edge(played.state, choice);
      if (graph.stepOf(edge)[0] === party) buttons.push(stepButton(player, choice, edge));
    }
    return element("div", { class: "lane tr" },
      element("div", { class: "head" }, element("b", {}, name), element("span", { class: "small" }, text("holds", played.memory[replica]))),
      buttons.length ? buttons : element("p", { class: "small" }, text("nothingArrives")));
  });
  byId("threads").replaceChildren(...lanes, ...replicas);
  byId("told").textContent = graph.isEnd(played.state) ? text("over") : "";
  if (hadFocus !== null) {
    const again = byId("threads").querySelector(`button[data-thread="${hadFocus}"]`) ?? byId("threads").querySelector("button") ?? byId("turn");
    again.focus({ preventScroll: true });
  }
}

function stepButton(player, choice, edge) {
  const { graph, played } = player;
  const [thread, , happens, , fails] = graph.stepOf(edge);
  const sender = happens.find(([kind, from]) => kind === "message" && from !== null);
  const colour = graph.colourOf(sender ? sender[1] : thread);
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
    class: `step ${colour}${player.hinted === choice ? " hinted" : ""}`,
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
  if (wants === "answer") return text("waitsForAnswer");
  if (wants === "begin") return text("waitsForOthers");
  if (wants === "take") return text("waitsForLock", graph.scene.locks[of]);
  if (wants === "retry") return text("waitsForChange");
  if (wants === "end" && graph.scene.operations[operation].pending) return text("neverCompletes");
  return graph.scene.buffers ? text("waitsForBuffer") : text("waitsForOthers");
}

export function drawTools(player) {
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

export function drawSchedule(player) {
  const { graph, played } = player;
  const rows = played.steps.map((step, at) =>
    element("li", {},
      element("b", { class: player.graph.colourOf(step.thread) }, player.graph.nameOf(step.thread)),
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
  const { register, replays: isKnown } = graph.scene;
  byId("replay").textContent = graph.scene.replicas.length ? text("showBy") : !replays ? why : isKnown ? text("replayBy", register) : "";
}

/** What happened in a step, for the list. */
function sayings(player, step) {
  const { scene } = player.graph;
  const said = [];
  for (const event of step.happens) {
    const [kind, of] = event;
    if (kind === "message") {
      said.push(event[1] === null ? event[3] : text("messageFrom", player.graph.nameOf(event[1]), event[3]));
    } else if (kind === "access") {
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

/** What the replicas hold, and what is on its way to each: in place of source lines. */
export function holdings(player) {
  const { graph, played } = player;
  const { scene } = graph;
  const rows = scene.replicas.map((name, replica) => {
    const party = scene.lanes.length + replica;
    const due = [];
    for (let choice = 0; choice < graph.choices(played.state); choice++) {
      const edge = graph.edge(played.state, choice);
      if (graph.stepOf(edge)[0] === party) due.push(player.labels(edge).join(", "));
    }
    return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, played.memory[replica]), element("td", {}, due.join("; ") || "–"));
  });
  const head = ["replica", "holdsColumn", "onItsWay"].map((name) => element("th", { scope: "col" }, text(name)));
  return element("div", {},
    element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, rows)),
    element("p", { class: "small" }, text("networkText", faultsNamed(scene.faults))));
}
