// A way as text, in the notation that `workbench replay` performs on real threads: runs with numbered accesses, and the
// list of these accesses below.

/** The schedule of what was played. */
export function scheduleOf(played) {
  const { scene } = played;
  const accesses = played.accesses.filter((access) => !access.of);
  const columns = layOut(played, accesses);
  const lines = [`init: ${scene.initial}`];
  scene.lanes.forEach((lane) => {
    const begun = lane.filter((at) => played.operations[at].begun !== null);
    if (!begun.length) return;
    let line = `Thread ${scene.operations[lane[0]].thread}:  `;
    const margin = line.length;
    for (const at of begun) {
      line = line.padEnd(margin + columns.invoked[at]);
      const end = columns.completed[at] ?? columns.end;
      let run = (scene.operations[at].writes === null ? "r" : "w").repeat(end + 1 - columns.invoked[at]);
      accesses.forEach((access, number) => {
        if (access.operation !== at) return;
        const label = String(number + 1);
        const from = columns.marks[number] - columns.invoked[at];
        run = run.slice(0, from) + label + run.slice(from + label.length);
      });
      line += run + tailOf(played, at);
    }
    lines.push(line);
  });
  accesses.forEach((access, number) => {
    const who = `T${scene.operations[access.operation].thread}`.padEnd(3);
    const remark = access.latest === null ? "" : `  <- stale: latest is ${access.latest}`;
    lines.push(`${String(number + 1).padStart(6)}  ${who} ${access.text}${remark}`);
  });
  return lines.join("\n") + "\n";
}

/** What stands behind the run of an operation. */
function tailOf(played, at) {
  const { writes } = played.scene.operations[at];
  const { isOver, returned } = played.operations[at];
  const value = writes ?? returned;
  return (isOver ? "" : ">") + (value === null ? "" : `(${value})`);
}

/** The column of everything that happens: each instant has one, as wide as the number of its access. */
function layOut(played, accesses) {
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
  const free = scene.lanes.map(() => 0);
  let column = 0;
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
      column += 1 + String(of + 1).length + 1;
    } else {
      columns.completed[of] = column;
      free[lane] = column + tailOf(played, of).length + 3;
      column += 1;
    }
  }
  columns.end = column + 1;
  return columns;
}
