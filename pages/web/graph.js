// All states of a scene, and what can be found out by walking over them. Nothing here knows of registers, memories or
// the page: the same file runs in tests.
import { decoded } from "./columns.js";

export const CLASSES = ["safe", "regular", "atomic"];

const STALE = 1;
const ACCESS = 2;
const RESTART = 4;

/** The graph of a scene. The edges of state `s` are those from `first[s]` to `first[s + 1]`, and a choice is the number of
 * an edge among them. */
export class Graph {
  constructor(scene) {
    this.scene = scene;
    this.size = scene.states;
    this.edges = scene.edges;
    Object.assign(this, decoded(scene));
    this.#turnRound();
  }

  /** Who leads to each state: the edges backwards. */
  #turnRound() {
    const { size, edges, target } = this;
    this.firstBack = new Uint32Array(size + 1);
    for (let edge = 0; edge < edges; edge++) this.firstBack[target[edge] + 1]++;
    for (let state = 0; state < size; state++) this.firstBack[state + 1] += this.firstBack[state];
    const next = this.firstBack.slice();
    this.source = new Uint32Array(edges);
    for (let state = 0; state < size; state++) {
      for (let edge = this.first[state]; edge < this.first[state + 1]; edge++) {
        this.source[next[target[edge]]++] = state;
      }
    }
  }

  /** How many choices there are in a state. */
  choices(state) {
    return this.first[state + 1] - this.first[state];
  }

  /** The edge of a choice. */
  edge(state, choice) {
    return this.first[state] + choice;
  }

  /** The step of an edge: whose it is, its flags, what happens, who stands elsewhere, what goes wrong. */
  stepOf(edge) {
    return this.scene.steps[this.step[edge]];
  }

  /** How many take steps: threads, and behind them replicas. */
  get parties() {
    return this.scene.lanes.length + this.scene.replicas.length;
  }

  isReplica(party) {
    return party >= this.scene.lanes.length;
  }

  /** What a thread or a replica is called: `T1`, `A`. */
  nameOf(party) {
    const { lanes, operations, replicas } = this.scene;
    return this.isReplica(party) ? replicas[party - lanes.length] : `T${operations[lanes[party][0]].thread}`;
  }

  /** The class that colours a party: threads have colours of their own, replicas one together. */
  colourOf(party) {
    return this.isReplica(party) ? "tr" : `t${party % 4}`;
  }

  /** Whether a thread is in the middle of an operation. */
  isInTheMiddle(state, party) {
    return !this.isReplica(party) && this.scene.replicas.length === 0 && this.node(state, party)[5] === 1;
  }

  /** Where a thread stands. */
  node(state, thread) {
    return this.scene.nodes[thread][this.stands[state * this.scene.lanes.length + thread]];
  }

  /** Whether nothing can happen any more. */
  isEnd(state) {
    return this.choices(state) === 0;
  }

  /** What breaks a class, if it is broken: its name, the anomaly, a sentence, the operations. */
  violation(state, model) {
    return this.scene.pasts[this.past[state]][0].find(([name]) => name === model);
  }

  /** What each operation has returned. */
  returned(state) {
    return this.scene.pasts[this.past[state]][1];
  }

  /** From which states one of these can be reached, those included. */
  reach(isGoal) {
    const can = new Uint8Array(this.size);
    const open = [];
    for (let state = 0; state < this.size; state++) {
      if (isGoal(state)) {
        can[state] = 1;
        open.push(state);
      }
    }
    while (open.length) {
      const state = open.pop();
      for (let at = this.firstBack[state]; at < this.firstBack[state + 1]; at++) {
        const before = this.source[at];
        if (!can[before]) {
          can[before] = 1;
          open.push(before);
        }
      }
    }
    return can;
  }

  /** For each state how a class stands: "broken"; "lost", if every execution that comes to an end breaks it; "open", if
   * some does; "safe", if none does. */
  standing(model) {
    const isBroken = (state) => this.failed[state] === 1 || this.violation(state, model) !== undefined;
    const canBreak = this.reach(isBroken);
    const canEscape = this.reach((state) => this.isEnd(state) && !isBroken(state));
    return (state) => {
      if (isBroken(state)) return "broken";
      if (!canBreak[state]) return "safe";
      return canEscape[state] ? "open" : "lost";
    };
  }

  /** Whether a step is an old load, an access, the restart of an attempt. */
  isStale(edge) {
    return (this.stepOf(edge)[1] & STALE) !== 0;
  }

  isAccess(edge) {
    return (this.stepOf(edge)[1] & ACCESS) !== 0;
  }

  isRestart(edge) {
    return (this.stepOf(edge)[1] & RESTART) !== 0;
  }

  /** The best way from a state, after an access by `last` (or by nobody: -1), to a goal: fewest old loads, then fewest
   * changes of thread in the middle of an operation, then fewest accesses, then fewest steps. As choices; nothing if there
   * is no way. */
  smallest(from, last, isGoal) {
    const seats = this.parties + 1;
    const best = new Map();
    const open = new Heap();
    const start = from * seats + last + 1;
    best.set(start, { length: 0, before: null, choice: null });
    open.push(0, start);
    while (open.size) {
      const [length, place] = open.pop();
      if (best.get(place).length < length) continue;
      const state = Math.floor(place / seats);
      const lastHere = (place % seats) - 1;
      if (isGoal(state)) return wayTo(best, place);
      for (let choice = 0; choice < this.choices(state); choice++) {
        const edge = this.edge(state, choice);
        const [thread] = this.stepOf(edge);
        let further = length + 1;
        let lastThere = lastHere;
        if (this.isAccess(edge)) {
          const interrupts = lastHere >= 0 && lastHere !== thread && this.isInTheMiddle(state, lastHere);
          further += (this.isStale(edge) ? 1e12 : 0) + (interrupts ? 1e8 : 0) + 1e4;
          lastThere = thread;
        }
        const to = this.target[edge] * seats + lastThere + 1;
        const known = best.get(to);
        if (!known || further < known.length) {
          best.set(to, { length: further, before: place, choice });
          open.push(further, to);
        }
      }
    }
    return null;
  }

  /** How many steps each state is from an end. */
  distances() {
    const distance = new Float64Array(this.size).fill(Infinity);
    let open = [];
    for (let state = 0; state < this.size; state++) {
      if (this.isEnd(state)) {
        distance[state] = 0;
        open.push(state);
      }
    }
    for (let steps = 1; open.length; steps++) {
      const next = [];
      for (const state of open) {
        for (let at = this.firstBack[state]; at < this.firstBack[state + 1]; at++) {
          const before = this.source[at];
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
  fewest(goal) {
    const from = new Map([[0, null]]);
    let open = [0];
    while (open.length && !from.has(goal)) {
      const next = [];
      for (const state of open) {
        for (let choice = 0; choice < this.choices(state); choice++) {
          const to = this.target[this.edge(state, choice)];
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

  /** How many executions lead from each state to an end, and how many of them come by a state that counts. Detours, which
   * lead back to a state that was there before, are not counted. */
  executions(counts) {
    const order = this.#order();
    const all = new Float64Array(this.size);
    const counted = new Float64Array(this.size);
    for (let at = order.states.length - 1; at >= 0; at--) {
      const state = order.states[at];
      if (this.isEnd(state)) all[state] = 1;
      for (let edge = this.first[state]; edge < this.first[state + 1]; edge++) {
        if (order.isDetour(state, edge)) continue;
        all[state] += all[this.target[edge]];
        counted[state] += counted[this.target[edge]];
      }
      if (counts(state)) counted[state] = all[state];
    }
    return { all, counted };
  }

  /** The states in an order in which every step that is no detour leads forward. */
  #order() {
    let isDetour = () => false;
    let states = this.#sorted(isDetour);
    if (states.length < this.size) {
      const component = this.#components();
      const isInside = (state, edge) => component[state] === component[this.target[edge]];
      isDetour = (state, edge) => this.isRestart(edge) && isInside(state, edge);
      states = this.#sorted(isDetour);
      if (states.length < this.size) {
        isDetour = isInside;
        states = this.#sorted(isDetour);
      }
    }
    return { states, isDetour };
  }

  /** Kahn 1962. */
  #sorted(isDetour) {
    const before = new Uint32Array(this.size);
    const followed = (state, then) => {
      for (let edge = this.first[state]; edge < this.first[state + 1]; edge++) {
        if (!isDetour(state, edge)) then(this.target[edge]);
      }
    };
    for (let state = 0; state < this.size; state++) followed(state, (to) => before[to]++);
    const states = [];
    for (let state = 0; state < this.size; state++) if (before[state] === 0) states.push(state);
    for (let next = 0; next < states.length; next++) {
      followed(states[next], (to) => {
        if (--before[to] === 0) states.push(to);
      });
    }
    return states;
  }

  /** The strongly connected component of each state (Tarjan 1972), without recursion. */
  #components() {
    const NONE = 0xffffffff;
    const component = new Uint32Array(this.size).fill(NONE);
    const index = new Uint32Array(this.size).fill(NONE);
    const low = new Uint32Array(this.size);
    const open = [];
    let found = 0;
    let next = 0;
    for (let root = 0; root < this.size; root++) {
      if (index[root] !== NONE) continue;
      const way = [[root, 0]];
      while (way.length) {
        const top = way[way.length - 1];
        const state = top[0];
        if (index[state] === NONE) {
          index[state] = low[state] = next++;
          open.push(state);
        }
        if (top[1] < this.choices(state)) {
          const to = this.target[this.edge(state, top[1]++)];
          if (index[to] === NONE) way.push([to, 0]);
          else if (component[to] === NONE) low[state] = Math.min(low[state], index[to]);
          continue;
        }
        way.pop();
        if (way.length) {
          const parent = way[way.length - 1][0];
          low[parent] = Math.min(low[parent], low[state]);
        }
        if (low[state] === index[state]) {
          let member;
          do {
            member = open.pop();
            component[member] = found;
          } while (member !== state);
          found++;
        }
      }
    }
    return component;
  }
}

function wayTo(best, place) {
  const choices = [];
  for (let at = best.get(place); at.before !== null; at = best.get(at.before)) choices.push(at.choice);
  return choices.reverse();
}

/** The least number first. */
class Heap {
  #items = [];

  get size() {
    return this.#items.length;
  }

  push(length, place) {
    const items = this.#items;
    let at = items.push([length, place]) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent][0] <= items[at][0]) break;
      [items[parent], items[at]] = [items[at], items[parent]];
      at = parent;
    }
  }

  pop() {
    const items = this.#items;
    const least = items[0];
    const last = items.pop();
    if (items.length) {
      items[0] = last;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= items.length) break;
        if (child + 1 < items.length && items[child + 1][0] < items[child][0]) child++;
        if (items[at][0] <= items[child][0]) break;
        [items[at], items[child]] = [items[child], items[at]];
        at = child;
      }
    }
    return least;
  }
}

/** What a goal asks of a state. */
export function goalOf(goal, graph) {
  switch (goal.kind) {
    case "breaks":
    case "never":
      return (state) => graph.violation(state, goal.model) !== undefined;
    case "anomaly":
      return (state) => graph.scene.pasts[graph.past[state]][0].some(([, name]) => name === goal.name);
    case "returns":
      return (state) => {
        const returned = graph.returned(state);
        return goal.values.every((value, at) => value === null || value === returned[at]);
      };
    case "fails":
      return (state) => graph.failed[state] === 1;
    default:
      return () => false;
  }
}
