// The picture of what has happened: one time axis with operations, accesses and memory.
import { drawn, element } from "./dom.js";
import { text } from "./words.js";

const LANE = 30;
const ROW = 24;
const UNIT = 29;
const SIZE = 16;
/** So many rows are shown even if nothing has touched them. */
const ROWS = 8;

/** The score as SVG. `ghosts` are the accesses that could come next, `width` is how much room there is. */
export function score(played, ghosts, width) {
  const { scene } = played;
  const margin = width < 560 ? 96 : 150;
  const axis = timesOf(played, width, margin);
  const rows = rowsOf(played, ghosts);
  const lanes = scene.lanes.length;
  const top = lanes * LANE + 10;
  const height = top + rows.shown.length * ROW + 6;
  const svg = drawn("svg", {
    class: "score",
    role: "img",
    "aria-label": text("scoreLabel", inWords(played), played.accesses.filter((it) => it.text).map((it) => it.text).join(", ")),
    width: axis.width,
    height,
    viewBox: `0 0 ${axis.width} ${height}`,
  });
  const rowAt = (place) => top + rows.shown.indexOf(place) * ROW + ROW / 2;
  rows.shown.forEach((place) => {
    const [name, initial] = scene.places[place];
    const y = rowAt(place);
    svg.append(
      drawn("rect", { class: "row", x: margin, y: y - 9, width: axis.width - margin - 4, height: 18, rx: 3 }),
      drawn("text", { class: "initial", x: margin + 6, y: y + 4 }, initial),
    );
  });
  const labels = drawn("g", { class: "labels" }, drawn("rect", { class: "behind", x: 0, y: 0, width: margin - 2, height }));
  rows.shown.forEach((place) => {
    const name = shortened(scene.places[place][0], width < 560 ? 12 : 20);
    labels.append(drawn("text", { class: "place", x: margin - 8, y: rowAt(place) + 4, "text-anchor": "end" }, name));
  });
  svg.append(drawn("line", { class: "now", x1: axis.end, x2: axis.end, y1: 2, y2: height - 2 }));
  scene.lanes.forEach((lane, thread) => {
    const y = thread * LANE + LANE / 2 + 2;
    const number = scene.operations[lane[0]].thread;
    labels.append(drawn("text", { class: `thread t${thread % 4}`, x: margin - 8, y: y + 5, "text-anchor": "end" }, `T${number}`));
    svg.append(drawn("line", { class: "rule", x1: margin, x2: axis.width, y1: y + LANE / 2, y2: y + LANE / 2 }));
    for (const at of lane) bar(svg, played, at, y, axis);
  });
  for (const access of played.accesses) mark(svg, played, access, axis, rowAt, rows);
  const taken = new Set();
  for (const ghost of ghosts) {
    const key = `${ghost.word} ${ghost.value}`;
    if (ghost.word === null || taken.has(key)) continue;
    taken.add(key);
    const x = axis.end + UNIT * (0.75 + 0.9 * [...taken].filter((it) => it.startsWith(`${ghost.word} `)).indexOf(key));
    svg.append(shape(ghost.isStore, ghost.isLoad, `ghost ${ghost.colour}`, x, rowAt(ghost.word), ghost.value));
  }
  svg.append(labels);
  const parts = [svg];
  if (rows.hidden > 0) parts.push(element("p", { class: "small" }, text("untouched", rows.hidden)));
  return parts;
}

/** Keeps the labels in sight while the picture is scrolled in its box. */
export function holdLabels(box) {
  box.querySelector(".labels")?.setAttribute("transform", `translate(${box.scrollLeft}, 0)`);
}

/** Where each instant lies. */
function timesOf(played, width, margin) {
  const marked = new Set(played.accesses.map((access) => access.at));
  const at = new Float64Array(played.now + 3);
  let units = 1.1;
  for (let instant = 1; instant < at.length; instant++) {
    units += marked.has(instant) ? 1 : played.together.has(instant) ? 0 : 0.42;
    at[instant] = units;
  }
  const room = 3 * UNIT;
  const natural = margin + units * UNIT + room;
  const unit = natural < width ? UNIT : Math.max(24, (width - margin - room) / units);
  const x = (instant) => margin + at[Math.min(instant, at.length - 1)] * unit;
  const end = margin + (at[played.now] + 0.7) * unit;
  return { x, end, width: Math.max(width, end + room) };
}

/** Which words are shown: all, or those that are touched. */
function rowsOf(played, ghosts) {
  const all = played.scene.places.map((_, place) => place);
  if (all.length <= ROWS) return { shown: all, hidden: 0 };
  const touched = new Set([...played.accesses, ...ghosts].map((it) => it.word));
  const shown = all.filter((place) => touched.has(place));
  const rest = all.filter((place) => !touched.has(place));
  while (shown.length < 4 && rest.length) shown.push(rest.shift());
  return { shown: shown.sort((one, other) => one - other), hidden: all.length - shown.length };
}

/** An operation: dashed while it is under way, hatched where it is over and nothing has had to wait for it. */
function bar(svg, played, at, y, axis) {
  const { begun, isOver, over, returned } = played.operations[at];
  if (begun === null) return;
  const { writes, lane } = played.scene.operations[at];
  const from = axis.x(begun) - 4;
  const end = played.endOf(at);
  const to = isOver ? Math.max(axis.x(Math.min(end, played.now)) + 4, from + 14) : axis.end;
  const name = writes !== null ? text("write", writes) : returned !== null ? text("readReturned", returned) : text("read");
  const colour = `t${lane % 4}`;
  svg.append(drawn("rect", { class: `bar ${colour}${isOver ? "" : " open"}`, x: from, y: y - 10, width: to - from, height: 20, rx: writes === null ? 8 : 3 }));
  if (isOver && end > over + 1) {
    const since = Math.min(axis.x(over) + 4, to);
    svg.append(drawn("rect", { class: `stretch ${colour}`, x: since, y: y - 9, width: Math.max(0, to - since), height: 18, rx: 3 }));
  }
  const label = drawn("text", { class: "name", x: from + 6, y: y + 5 }, name);
  svg.append(label);
  if (to - from < name.length * 7 + 8) label.setAttribute("class", "name narrow");
}

/** An access: a tick in its operation, and a shape in the row of its word. */
function mark(svg, played, access, axis, rowAt, rows) {
  const x = axis.x(access.at);
  if (access.to !== undefined) return arrival(svg, played, access, x, rowAt, rows);
  const lane = access.thread * LANE + LANE / 2 + 2;
  const colour = `t${access.thread % 4}`;
  if (access.of) {
    // A store that leaves its buffer.
    if (access.leaves === null) return;
    const y = rowAt(access.word);
    svg.append(
      drawn("line", { class: `drain ${colour}`, x1: axis.x(access.of.at) + 8, x2: x - 8, y1: y, y2: y }),
      shape(true, false, `mark ${colour}`, x, y, access.leaves),
    );
    return;
  }
  svg.append(drawn("line", { class: `tick ${colour}`, x1: x, x2: x, y1: lane + 5, y2: lane + 10 }));
  if (access.word === null || !rows.shown.includes(access.word)) return;
  const y = rowAt(access.word);
  svg.append(drawn("line", { class: `stem ${colour}${access.latest === null ? "" : " old"}`, x1: x, x2: x, y1: lane + 10, y2: y - 9 }));
  if (access.latest !== null) {
    const source = [...played.accesses].reverse().find((it) => it.at < access.at && it.word === access.word && it.leaves === access.found && !it.of);
    const from = source ? axis.x(source.at) : axis.x(0) + 16;
    svg.append(drawn("path", { class: `arc ${colour}`, d: `M${x} ${y + 8} Q${(x + from) / 2} ${y + 22} ${from} ${y + 8}` }));
  }
  const isStore = access.leaves !== null;
  const waits = access.isBuffered ? " waits" : "";
  const old = access.latest === null ? "" : " old";
  svg.append(shape(isStore, access.found !== null, `mark ${colour}${waits}${old}`, x, y, isStore ? access.leaves : access.found));
}

/** A message: a line from who sent it to the replica where it arrives, and what that holds then: a square if it is new. */
function arrival(svg, played, access, x, rowAt, rows) {
  const { graph } = played;
  const heightOf = (party) => (graph.isReplica(party) ? rowAt(party - played.scene.lanes.length) : party * LANE + LANE / 2 + 12);
  const colour = graph.colourOf(access.thread);
  const y = heightOf(access.to);
  if (access.from !== null && (!graph.isReplica(access.from) || rows.shown.includes(access.from - played.scene.lanes.length))) {
    const from = heightOf(access.from);
    svg.append(drawn("line", { class: `stem message ${colour}`, x1: x - UNIT / 2, x2: x, y1: from, y2: y }));
  }
  if (access.word === null) return;
  const group = shape(access.leaves !== null, access.leaves === null, `mark ${colour}`, x, y, access.leaves ?? access.found);
  group.prepend(drawn("title", {}, access.text));
  svg.append(group);
}

/** A square for a store, a circle for a load, both for what does both. */
function shape(isStore, isLoad, kind, x, y, value) {
  const half = SIZE / 2;
  const wide = Math.max(half, 3 + 3.6 * String(value ?? "").length);
  const group = drawn("g", { class: `${kind} ${isStore ? "store" : "load"}` });
  if (isStore && isLoad) group.append(drawn("rect", { class: "outer", x: x - wide - 3, y: y - half - 3, width: 2 * wide + 6, height: SIZE + 6, rx: 11 }));
  group.append(isStore
    ? drawn("rect", { x: x - wide, y: y - half, width: 2 * wide, height: SIZE, rx: 2 })
    : drawn("rect", { x: x - wide - 1, y: y - half - 1, width: 2 * wide + 2, height: SIZE + 2, rx: half + 1 }));
  group.append(drawn("text", { x, y: y + 4, "text-anchor": "middle" }, value ?? ""));
  return group;
}

/** The operations in words, for those who do not see the picture. */
function inWords(played) {
  const { scene } = played;
  const said = played.operations.map(({ begun, returned }, at) => {
    if (begun === null) return null;
    const { thread, writes } = scene.operations[at];
    const what = writes !== null ? text("write", writes) : returned !== null ? text("readReturned", returned) : text("read");
    return `T${thread} ${what}.`;
  });
  return said.filter(Boolean).join(" ");
}

function shortened(name, most) {
  return name.length <= most ? name : `…${name.slice(1 - most)}`;
}
