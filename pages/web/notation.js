// A timeline as text: in the notation of the project, in a link, and back.
import { valueOf } from "./semantics.js";

/** A timeline is `{ initial, lanes }`; a lane is a list of operations `{ writes, from, to, value }` in the order of time, and
 * is that of the thread of its number from 1. */

/** The operations of all lanes, with their threads. */
export function operationsOf({ lanes }) {
  return lanes.flatMap((lane, at) => lane.map((operation) => ({ ...operation, thread: at + 1 })));
}

/** The timeline as `workbench timeline`, `show` and `check` take it. Columns are stretched where a value would not fit between
 * two operations of a thread. */
export function notationOf(timeline) {
  const events = operationsOf(timeline);
  const last = Math.max(...events.map(({ from, to }) => to ?? from)) + 1;
  // Where each column begins: behind what is written after the operations that end before it.
  const places = [0];
  for (let column = 1; column <= last; column++) {
    places[column] = places[column - 1] + 1;
    for (const lane of timeline.lanes) {
      const before = lane.filter(({ to }) => to !== null && to < column).pop();
      const starts = lane.some(({ from }) => from === column);
      if (before && starts) places[column] = Math.max(places[column], places[before.to] + 1 + tailOf(before).length + 2);
    }
  }
  const lines = [`init: ${timeline.initial}`];
  timeline.lanes.forEach((lane, at) => {
    if (!lane.length) return;
    let line = "";
    for (const operation of lane) {
      const end = operation.to ?? last;
      line = line.padEnd(places[operation.from]) + (operation.writes ? "w" : "r").repeat(places[end] - places[operation.from] + 1) + tailOf(operation);
    }
    lines.push(`Thread ${at + 1}:  ${line}`.trimEnd());
  });
  return `${lines.join("\n")}\n`;
}

function tailOf({ to, value }) {
  return (to === null ? ">" : "") + (value === null ? "" : `(${value})`);
}

/** The timeline in a link: `0/w3-7=1,w13-17=2/r0-4,r21-25=2`. */
export function linkOf({ initial, lanes }) {
  const said = ({ writes, from, to, value }) =>
    `${writes ? "w" : "r"}${from}-${to ?? ""}${value === null ? "" : `=${encodeURIComponent(value)}`}`;
  return [encodeURIComponent(initial), ...lanes.map((lane) => lane.map(said).join(","))].join("/");
}

/** What a link says; nothing if it says no timeline. `most` is the last column, and how many operations there may be. */
export function fromLink(link, most = { column: 60, operations: 12, lanes: 6 }) {
  const [first, ...rest] = link.split("/");
  const initial = decoded(first);
  if (initial === null || !rest.length || rest.length > most.lanes) return null;
  const lanes = rest.map((lane) => (lane === "" ? [] : lane.split(",").map(operationFrom)));
  const all = lanes.flat();
  if (!all.length || all.length > most.operations || all.includes(null)) return null;
  const fits = lanes.every((lane) => lane.every(({ from, to }, at) => {
    const next = lane[at + 1];
    return (to ?? from) >= from && (to ?? from) <= most.column && (next === undefined || (to !== null && to < next.from));
  }));
  return fits ? { initial, lanes } : null;
}

function operationFrom(text) {
  const parts = /^([wr])(\d{1,3})-(\d{0,3})(?:=(.+))?$/.exec(text);
  if (!parts) return null;
  const [, kind, from, to, said] = parts;
  const value = said === undefined ? null : decoded(said);
  const writes = kind === "w";
  if ((said !== undefined && value === null) || (writes && value === null) || (!writes && to === "" && value !== null)) return null;
  return { writes, from: Number(from), to: to === "" ? null : Number(to), value };
}

function decoded(text) {
  try {
    return valueOf(decodeURIComponent(text));
  } catch {
    return null;
  }
}
