// The graph of a scene as it stands in a page: columns of numbers, of which what can be foretold is left out.
import { Varints } from "./data.js";

/** The states and edges of a scene: the edges of state `s` are those from `first[s]` to `first[s + 1]`, each with its step and
 * where it leads. Of each state its past, how many steps away it is, where its threads stand, and whether the register has gone
 * wrong in it. */
export function decoded(scene) {
  const { states, edges, steps } = scene;
  const threads = scene.lanes.length;
  const parties = threads + scene.replicas.length;
  const read = new Varints(scene.graph);
  const list = (length) => Array.from({ length }, () => read.next());
  const offers = Array.from({ length: read.next() }, () => list(read.next()));
  const counts = list(states * parties);
  const choices = list(edges);
  const graph = {
    past: new Uint32Array(states),
    first: new Uint32Array(states + 1),
    step: new Uint32Array(edges),
    target: new Uint32Array(edges),
    depth: new Uint32Array(states),
    stands: new Uint32Array(states * threads),
    failed: new Uint8Array(states),
  };
  graph.stands.set(scene.stands, 0);
  const fresh = [];
  const met = new Map();
  /** The steps of a party that stands somewhere, of which there are as many lists as places that are met. */
  const offer = (party, state) => {
    const stand = party < threads ? graph.stands[state * threads + party] : 0;
    const place = stand * parties + party;
    if (!met.has(place)) met.set(place, offers[met.size]);
    return met.get(place);
  };
  const last = new Uint32Array(steps.length);
  // Edges stand in the order of those who step: replicas, if there are any, before threads.
  const all = Array.from({ length: parties }, (_, party) => party);
  const inTurn = [...all.slice(threads), ...all.slice(0, threads)];
  let edge = 0;
  let newest = 0;
  for (let state = 0; state < states; state++) {
    graph.first[state] = edge;
    for (const party of inTurn) {
      for (let left = counts[state * parties + party]; left > 0; left--) {
        const step = offer(party, state)[choices[edge]];
        const told = read.next();
        const apart = (told - 1) % 2 ? -told / 2 : (told - 1) / 2;
        const to = told === 0 ? ++newest : last[step] + 1 + apart;
        graph.step[edge] = step;
        graph.target[edge++] = last[step] = to;
        const [, , , moves, fails] = steps[step];
        if (fails) graph.failed[to] = 1;
        if (told !== 0) continue;
        fresh.push([state, step, to]);
        graph.depth[to] = graph.depth[state] + 1;
        graph.stands.copyWithin(to * threads, state * threads, (state + 1) * threads);
        for (const [thread, node] of moves) graph.stands[to * threads + thread] = node;
      }
    }
  }
  graph.first[states] = edge;
  // The same step from the same past leads to the same past.
  const pasts = new Map();
  for (const [state, step, to] of fresh) {
    const key = graph.past[state] * steps.length + step;
    if (!pasts.has(key)) pasts.set(key, read.next());
    graph.past[to] = pasts.get(key);
  }
  return graph;
}
