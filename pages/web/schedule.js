// A way as text, in the notation of the project: runs with numbered accesses, and the list of these accesses below, which
// `workbench replay` performs on real threads; or replicas with the messages that arrive, which `workbench check` judges.

/** The schedule of what was played. */
export function scheduleOf(played) {
  const { graph, scene } = played;
  const accesses = played.accesses.filter((access) => !access.of);
  const labels = accesses.map((access, number) => labelOf(access, number));
  const first = scene.replicas.length ? scene.initial.length + 1 : 0;
  const columns = layOut(played, accesses, labels, first);
  const lines = [`init: ${scene.initial}`];
  const margin = scene.replicas.length ? "Replica A:  ".length : 0;
  scene.lanes.forEach((lane) => {
    const begun = lane.filter((at) => played.operations[at].begun !== null);
    if (!begun.length) return;
    const line = `Thread ${scene.operations[lane[0]].thread}:  `.padEnd(margin);
    lines.push(laneOf(played, begun, accesses, columns, line));
  });
  scene.replicas.forEach((name, replica) => {
    let line = `Replica ${name}:  ${scene.places[replica][1]}`;
    accesses.forEach((access, number) => {
      if (access.word === replica) line = line.padEnd(margin + columns.marks[number]) + labels[number];
    });
    lines.push(line);
  });
  accesses.forEach((access, number) => {
    const remark = access.latest === null ? "" : `  <- stale: latest is ${access.latest}`;
    lines.push(`${String(number + 1).padStart(6)}  ${saidOf(access, graph, scene)}${remark}`);
  });
  return lines.join("\n") + "\n";
}

/** What stands where something happens: its number, and what a replica then holds if it held something else. */
function labelOf({ to, word, leaves }, number) {
  const isHeld = to !== undefined && word !== null && leaves !== null;
  return isHeld ? `${number + 1}(${leaves})` : String(number + 1);
}

/** A step in the list. */
function saidOf({ to, from, said, operation, text }, graph, scene) {
  if (to === undefined) return `T${scene.operations[operation].thread}`.padEnd(3) + ` ${text}`;
  return from === null ? `${graph.nameOf(to)}  ${said}` : `${graph.nameOf(from)} -> ${graph.nameOf(to)}  ${said}`;
}

/** The operations of a thread, with the numbers of its accesses. */
function laneOf(played, begun, accesses, columns, start) {
  let line = start;
  const margin = line.length;
  for (const at of begun) {
    line = line.padEnd(margin + columns.invoked[at]);
    const end = columns.completed[at] ?? columns.end;
    let run = (played.scene.operations[at].writes === null ? "r" : "w").repeat(end + 1 - columns.invoked[at]);
    accesses.forEach((access, number) => {
      if (access.operation !== at || (access.to !== undefined && access.word !== null)) return;
      const label = String(number + 1);
      const from = columns.marks[number] - columns.invoked[at];
      run = run.slice(0, from) + label + run.slice(from + label.length);
    });
    line += run + tailOf(played, at);
  }
  return line;
}

/** What stands behind the run of an operation. */
function tailOf(played, at) {
  const { writes } = played.scene.operations[at];
  const { isOver, returned } = played.operations[at];
  const value = writes ?? returned;
  return (isOver ? "" : ">") + (value === null ? "" : `(${value})`);
}

/** The column of everything that happens: each instant has one, as wide as what stands there. */
function layOut(played, accesses, labels, first) {
  const { operations, scene } = played;
  const events = [];
  operations.forEach((operation, at) => {
    if (operation.begun === null) return;
    events.push({ at: operation.begun, kind: 0, of: at });
    const end = played.endOf(at);
    if (end !== null) events.push({ at: end, kind: 2, of: at });
  });
  accesses.forEach((access, number) => events.push({ at: access.at, kind: 1, of: number }));
  events.sort((one, other) => one.at - other.at || one.kind - other.kind);
  const columns = { invoked: {}, completed: {}, marks: [], end: 0 };
  const free = scene.lanes.map(() => first);
  let column = first;
  let lastCompletion = null;
  for (const { at, kind, of } of events) {
    const lane = kind === 1 ? null : scene.operations[of].lane;
    if (kind === 2 && at === lastCompletion) {
      // What completes at one instant does so in one column.
      column -= 1;
    }
    lastCompletion = kind === 2 ? at : null;
    if (kind === 0) {
      column = Math.max(column, free[lane]);
      columns.invoked[of] = column;
      column += 1;
    } else if (kind === 1) {
      columns.marks[of] = column + 1;
      column += 1 + labels[of].length + 1;
    } else {
      columns.completed[of] = column;
      free[lane] = column + tailOf(played, of).length + 3;
      column += 1;
    }
  }
  columns.end = column + 1;
  return columns;
}
