// The graph in the page, without a browser: it says what Rust said, and its schedules can be performed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { CLASSES, Graph, goalOf } from "../../web/graph.js";
import { Played } from "../../web/played.js";
import { scheduleOf } from "../../web/schedule.js";
import { replay, scenes, WORKBENCH, workbench } from "./site.mjs";

test("the page counts the states and executions of the atlas, in every scene", async () => {
  const proofs = new Map();
  let compared = 0;
  for await (const [entry, scene] of scenes()) {
    const graph = new Graph(scene);
    const { all } = graph.executions(() => false);
    assert.equal(graph.size, scene.states);
    assert.ok(close(all[0], scene.executions), `${entry.key}: ${all[0]} executions, not ${scene.executions}`);
    // Scenes of replicas are compared with their exploration by a test of their own crate.
    if (scene.changed || scene.memory === "network") continue;
    const scenario = scene.scenario.replaceAll("·", ".");
    const asked = `${scene.register} ${scenario}`;
    if (!proofs.has(asked)) proofs.set(asked, proofOf(scene.register, scenario));
    const proof = proofs.get(asked).find((it) => it.memory === scene.memory);
    assert.equal(graph.size, proof.states, entry.key);
    assert.ok(close(all[0], proof.executions), entry.key);
    for (const model of CLASSES) {
      const isBroken = graph.reach((state) => graph.violation(state, model) !== undefined)[0] === 1;
      assert.equal(isBroken, model in proof.broken, `${entry.key}: ${model}`);
    }
    compared++;
  }
  assert.ok(compared > 150, `only ${compared} scenes`);
});

test("public bugs are there with all their executions, each breaks or fails, and what mends it does not", async () => {
  let wrong = 0;
  let right = 0;
  for await (const [entry, scene] of scenes("museum.html")) {
    const graph = new Graph(scene);
    const { all } = graph.executions(() => false);
    assert.equal(graph.size, scene.states);
    assert.ok(close(all[0], scene.executions), `${entry.key}: ${all[0]} executions, not ${scene.executions}`);
    const isWrong = graph.standing(scene.claims)(0) !== "safe" || graph.standing("atomic")(0) !== "safe";
    if (isWrong) wrong++;
    else right++;
  }
  assert.ok(wrong >= 50 && right >= 20, `${wrong} go wrong, ${right} do not`);
});

/** What an exploration of its own finds. Exhibits break what they claim: that ends with 1. */
function proofOf(register, scenario) {
  try {
    return JSON.parse(workbench("prove", register, "--scenario", scenario, "--json")).explored;
  } catch (error) {
    return JSON.parse(error.stdout).explored;
  }
}

function close(one, other) {
  return Math.abs(one - other) <= 1e-9 * Math.max(one, other);
}

test("schedules drawn at random replay on real threads with the same verdict", async () => {
  const random = generator(20);
  let replayed = 0;
  for await (const [entry, scene] of scenes()) {
    if (scene.changed || scene.states > 3000 || scene.memory === "network") continue;
    const graph = new Graph(scene);
    for (let times = 0; times < 2; times++) {
      const played = new Played(graph, walk(graph, random));
      if (!played.isReplayable() || !graph.isEnd(played.state)) continue;
      // Real threads are not told what is left to chance, nor where they stop for ever.
      if (played.accesses.some((access) => access.word === null && !scene.locks.length)) continue;
      const schedule = scheduleOf(played);
      const report = replay(scene.register, scene.words, schedule);
      assert.equal(report.complaint, undefined, `${entry.key}\n${schedule}`);
      const meets = [...CLASSES].reverse().find((model) => !graph.violation(played.state, model)) ?? null;
      assert.equal(report.meets === "strict" ? "atomic" : report.meets === "strong-regular" ? "regular" : report.meets, meets, `${entry.key}\n${schedule}`);
      replayed++;
    }
  }
  assert.ok(replayed > 150, `only ${replayed} schedules`);
});

test("what happened over a network is told in the notation, and judged there as in the page", async () => {
  const random = generator(13);
  let told = 0;
  for await (const [entry, scene] of scenes()) {
    if (scene.memory !== "network") continue;
    const graph = new Graph(scene);
    const played = new Played(graph, walk(graph, random));
    const notation = scheduleOf(played);
    const run = spawnSync(WORKBENCH, ["check", "-", "--json"], { input: notation, encoding: "utf8" });
    assert.notEqual(run.status, 2, `${entry.key}\n${notation}\n${run.stderr}`);
    const { models } = JSON.parse(run.stdout);
    for (const model of CLASSES) {
      const { meets } = models.find((it) => it.model === model);
      assert.equal(meets, graph.violation(played.state, model) === undefined, `${entry.key}: ${model}\n${notation}`);
    }
    const messages = played.accesses.filter(({ from }) => from !== null).length;
    assert.ok(messages > 0, entry.key);
    for (const name of scene.replicas) assert.match(notation, new RegExp(`\nReplica ${name}:  0`));
    told++;
  }
  assert.ok(told >= 50, `only ${told} scenes of replicas`);
});

/** Choices to an end. */
function walk(graph, random) {
  const choices = [];
  for (let state = 0; !graph.isEnd(state) && choices.length < 400; ) {
    const choice = random(graph.choices(state));
    choices.push(choice);
    state = graph.target[graph.edge(state, choice)];
  }
  return choices;
}

/** Numbers below a bound, from a seed (Marsaglia's xorshift). */
function generator(seed) {
  let now = seed;
  return (below) => {
    now ^= now << 13;
    now ^= now >>> 17;
    now ^= now << 5;
    return (now >>> 0) % below;
  };
}

test("a way is smallest by old loads, then changes of thread, then accesses", async () => {
  for await (const [entry, scene] of scenes()) {
    if (entry.key !== "two-copies/w.rr/weak") continue;
    const graph = new Graph(scene);
    const isGoal = goalOf({ kind: "breaks", model: "atomic" }, graph);
    const played = new Played(graph, graph.smallest(0, -1, isGoal));
    assert.ok(isGoal(played.state));
    assert.equal(played.stale, 0);
    assert.equal(played.switches, 1);
    return;
  }
  assert.fail("the scene is not there");
});

test("an execution that is lost before it is broken is said to be", async () => {
  for await (const [entry, scene] of scenes()) {
    if (entry.key !== "word-by-word/w.r/sc") continue;
    const graph = new Graph(scene);
    const standing = graph.standing("regular");
    const seen = new Set(Array.from({ length: graph.size }, (_, state) => standing(state)));
    assert.deepEqual([...seen].sort(), ["broken", "lost", "open", "safe"]);
    return;
  }
  assert.fail("the scene is not there");
});
