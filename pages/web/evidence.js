// Why a small history breaks a class: the smallest part that breaks it, and the reason that is easiest to tell, chosen as
// Rust chooses them, so that the sentences are the same.
import { wordOf, wordsOf } from "./semantics.js";

/** What breaks a class: `{ kind, witness, ... }`, the operations by their number; nothing if it is met. */
export function violation(events, model) {
  if (events.meets(model)) return null;
  if (model !== "atomic") return ofOne(events, model);
  const exact = exactly(events);
  if (exact && (exact.kind === "torn" || exact.witness.length === 1)) return exact;
  const witness = smallest(events);
  if (exact && witness.length >= exact.witness.length) return exact;
  return because(events, witness);
}

/** The read that is easiest to blame where each is judged by itself. */
function ofOne(events, model) {
  const broken = events.broken(model);
  if (!broken.length) return null;
  const size = (read) => {
    const writes = events.writesOf(events.value(read));
    const begun = writes.some((write) => events.invoked[write] < events.completed[read]);
    const isInitial = events.value(read) === events.initial;
    const needsLast = events.since(read) !== 0 && (isInitial || begun);
    const needsSource = !isInitial && writes.length > 0;
    return Number(needsSource) + Number(needsLast);
  };
  const least = (one, other) => size(one) - size(other) || events.completed[one] - events.completed[other];
  return ofRead(events, [...broken].sort(least)[0]);
}

/** Why a read may not have returned what it did. */
function ofRead(events, read) {
  const value = events.value(read);
  const isInitial = value === events.initial;
  const writes = events.writesOf(value);
  if (!writes.length && !isInitial) return neverWritten(events, read);
  const since = events.since(read);
  const last = since === 0 ? null : events.invoked.indexOf(since);
  const begun = writes.filter((write) => !events.precedes(read, write));
  const source = begun.reduce((best, write) => (best === null || events.completed[write] >= events.completed[best] ? write : best), null);
  if (last !== null && isInitial) return reason("stale", { read, source: null, overwritten: last }, [last, read]);
  if (last !== null && source !== null) return reason("stale", { read, source, overwritten: last }, [source, last, read]);
  const write = writes.reduce((first, other) => (events.invoked[other] < events.invoked[first] ? other : first));
  return reason("future", { read, write }, [write, read]);
}

function reason(kind, of, witness) {
  return { kind, ...of, witness: [...new Set(witness)].sort((one, other) => one - other) };
}

/** A value that nobody wrote, or words of several writes. */
function neverWritten(events, read) {
  const value = events.value(read);
  const words = wordsOf(value);
  const sources = [events.initial, ...events.writes.map((write) => events.value(write))];
  const isMixed = words && words.length > 1 && words.every((word, at) => sources.some((source) => wordOf(source, at) === word));
  if (!isMixed) return reason("never", { read }, [read]);
  const of = words.map((word, at) => {
    const hasWord = (source) => wordOf(source, at) === word;
    const rank = (write) => 2 * Number(events.precedes(read, write)) + Number(!events.concurrent(read, write));
    const writes = events.writes.filter((write) => hasWord(events.value(write)));
    const source = writes.reduce((best, write) => (best === null || rank(write) < rank(best) ? write : best), null);
    return source !== null && (!hasWord(events.initial) || events.concurrent(read, source)) ? source : null;
  });
  return reason("torn", { read, words: of }, [...of.filter((write) => write !== null), read]);
}

/** What is known without looking at parts: what breaks regular, or the conflict of two values that are written once each. */
function exactly(events) {
  return conflict(events) ?? ofOne(events, "regular");
}

/** The smallest part that breaks atomic and leaves nothing out that could explain it; writes come first. */
function smallest(events) {
  const all = [...events.writes, ...events.reads];
  const parts = Array.from({ length: 1 << all.length }, (_, part) => part);
  const size = (part) => {
    let bits = 0;
    for (let left = part; left; left &= left - 1) bits++;
    return bits;
  };
  parts.sort((one, other) => size(one) - size(other) || one - other);
  const members = (part) => all.filter((_, bit) => part & (1 << bit));
  const found = parts.map(members).find((part) => isClosed(events, part) && !events.part(part).meets("atomic"));
  return (found ?? all).sort((one, other) => one - other);
}

/** Whether a part has, with each read, every write that it could have read from, and some write of its value. */
function isClosed(events, part) {
  const writes = part.filter((at) => events.operations[at].writes);
  return part.every((read) => {
    if (events.operations[read].writes) return true;
    const value = events.value(read);
    const same = events.writesOf(value);
    if (!same.length) return true;
    if (value !== events.initial && !same.some((write) => part.includes(write))) return false;
    const since = Math.max(0, ...writes.filter((write) => events.precedes(write, read)).map((write) => events.invoked[write]));
    const could = (write) => events.invoked[write] < events.completed[read] && events.completed[write] > since;
    return same.every((write) => !could(write) || part.includes(write));
  });
}

/** The reason for which a part breaks atomic. */
function because(events, witness) {
  if (witness.length === 1) return neverWritten(events, witness[0]);
  const part = events.part(witness);
  const found = ofOne(part, "regular") ?? conflict(part) ?? repeated(part);
  if (!found) return { kind: "none", witness };
  const name = (at) => (at === null ? null : witness[at]);
  const named = { kind: found.kind, witness };
  for (const [key, value] of Object.entries(found)) {
    if (key === "kind" || key === "witness") continue;
    named[key] = Array.isArray(value) ? value.map(name) : name(value);
  }
  return named;
}

/** Two reads in order of which the second returned the older value, though values may be written more than once. */
function repeated(events) {
  const isOlder = (old, newer) => {
    const [olds, news] = [events.writesOf(old), events.writesOf(newer)];
    const precede = (one) => news.every((other) => events.precedes(one, other));
    return newer !== events.initial && (olds.length > 0 || old === events.initial) && olds.every(precede);
  };
  for (const newer of events.reads) {
    for (const old of events.reads) {
      const [a, b] = [events.value(newer), events.value(old)];
      if (a !== b && events.precedes(newer, old) && isOlder(b, a)) return reason("inversion", { newer, old }, [newer, old]);
    }
  }
  return null;
}

/** The smallest conflict of a history in which each value is written once (Gibbons and Korach 1997): a write with its reads
 * stands together in every order, so two of them conflict if each has to come first. */
function conflict(events) {
  const clusters = clustersOf(events);
  if (!clusters) return null;
  const read = [...events.reads].find((at) => clusters.get(events.value(at)).invoked === Infinity);
  if (read !== undefined) return neverWritten(events, read);
  const broken = ofOne(events, "regular");
  if (broken) return broken;
  const all = [...clusters.values()].filter(({ invoked, f }) => invoked !== Infinity && f !== Infinity);
  const initial = clusters.get(events.initial);
  const writeOf = (value) => events.writesOf(value).filter((at) => events.invoked[at] === clusters.get(value).invoked);
  const early = all.filter((it) => it !== initial).sort((one, other) => one.first - other.first)[0];
  if (early && early.first < initial.last) {
    const [newer, old] = [events.completed.indexOf(early.first), events.invoked.indexOf(initial.last)];
    return reason("inversion", { newer, old }, [...writeOf(early.value), newer, old]);
  }
  const others = all.filter((it) => it !== initial);
  const found = firstOf([
    () => pair(others, "completed", "invoked", "first", "last"),
    () => pair(others, "completed", "last", "completed", "last"),
    () => pair(others, "first", "invoked", "completed", "last"),
    () => between(events, others, "completed"),
    () => pair(others, "first", "invoked", "first", "last"),
    () => pair(others, "first", "last", "completed", "last"),
    () => between(events, others, "first"),
    () => pair(others, "first", "last", "first", "last"),
  ]);
  if (!found) return null;
  const completes = (event) => (typeof event === "object" ? event.at : events.completed.indexOf(event));
  const begins = (event) => (typeof event === "object" ? event.at : events.invoked.indexOf(event));
  const [x, y, u, v] = [completes(found[0]), begins(found[1]), completes(found[2]), begins(found[3])];
  const witness = [...writeOf(events.value(x)), ...writeOf(events.value(y)), x, y, u, v];
  if (events.operations[x].writes && events.operations[y].writes) return reason("inversion", { newer: u, old: v }, witness);
  return reason("crossing", { one: [x, y], other: [u, v] }, witness);
}

/** Each value with its write and its reads, in the order of the values; nothing if one is written twice. */
function clustersOf(events) {
  const values = [...events.writes, ...events.reads].sort((one, other) => one - other).map((at) => events.value(at));
  const all = [...new Set([events.initial, ...values])];
  if (all.every((value) => /^[0-9]+$/.test(value))) all.sort((one, other) => Number(BigInt(one) - BigInt(other)));
  const clusters = new Map(all.map((value) => [value, { value, invoked: Infinity, completed: Infinity, first: Infinity, last: 0 }]));
  Object.assign(clusters.get(events.initial), { invoked: 0, completed: 0 });
  for (const at of events.writes) {
    const cluster = clusters.get(events.value(at));
    if (cluster.invoked !== Infinity) return null;
    Object.assign(cluster, { invoked: events.invoked[at], completed: events.completed[at] });
  }
  for (const at of events.reads) {
    const cluster = clusters.get(events.value(at));
    cluster.first = Math.min(cluster.first, events.completed[at]);
    cluster.last = Math.max(cluster.last, events.invoked[at]);
  }
  for (const cluster of clusters.values()) cluster.f = Math.min(cluster.completed, cluster.first);
  return clusters;
}

function firstOf(ways) {
  for (const way of ways) {
    const found = way();
    if (found) return found;
  }
  return null;
}

/** Two clusters of which one is early in one respect, and the other in another. */
function pair(clusters, x, y, u, v) {
  for (const one of clusters) {
    if (one[x] === Infinity || one[v] === 0) continue;
    const later = clusters.filter((other) => other !== one && other[y] !== 0 && other[y] !== Infinity && other[y] > one[x]);
    const best = later.sort((a, b) => a[u] - b[u])[0];
    if (best && best[u] < one[v]) return [one[x], best[y], best[u], one[v]];
  }
  return null;
}

/** A read that comes after something of another cluster and before something else of it. */
function between(events, clusters, early) {
  for (const at of events.reads) {
    if (events.value(at) === events.initial) continue;
    const others = clusters.filter(({ value, last }) => value !== events.value(at) && last > events.completed[at]);
    const best = others.sort((a, b) => a[early] - b[early])[0];
    if (best && best[early] < events.invoked[at]) return [{ at }, best.last, best[early], { at }];
  }
  return null;
}
