// A timeline that is being edited: what can be moved how far, what is taken back. No page is needed here.
import { fromLink, linkOf } from "./notation.js";
import { valueOf } from "./semantics.js";

/** The last column, and how much there may be: more than this is not looked at, but checked by the program. */
export const MOST = { column: 60, operations: 12, lanes: 6 };

export class Sketch {
  constructor(link) {
    this.undone = [];
    this.done = [];
    this.load(link);
  }

  load(link) {
    const timeline = fromLink(link, MOST);
    if (!timeline) return false;
    Object.assign(this, timeline);
    return true;
  }

  get link() {
    return linkOf(this);
  }

  get count() {
    return this.lanes.reduce((sum, lane) => sum + lane.length, 0);
  }

  /** How many columns there are to be drawn. */
  get columns() {
    const ends = this.lanes.flat().map(({ from, to }) => to ?? from + 2);
    return Math.min(MOST.column + 1, Math.max(24, ...ends.map((end) => end + 4)));
  }

  /** Does something that can be taken back; several changes under one name, such as those of one drag, are one. */
  change(how, name = null) {
    const before = this.link;
    how();
    if (this.link === before) return false;
    if (name === null || this.lastName !== name) this.done.push(before);
    this.lastName = name;
    this.undone = [];
    return true;
  }

  undo() {
    return this.#back(this.done, this.undone);
  }

  redo() {
    return this.#back(this.undone, this.done);
  }

  #back(from, to) {
    if (!from.length) return false;
    to.push(this.link);
    this.lastName = null;
    return this.load(from.pop());
  }

  at(lane, nth) {
    return this.lanes[lane]?.[nth];
  }

  /** Between which columns an operation may lie. */
  room(lane, nth) {
    const before = this.at(lane, nth - 1);
    const after = this.at(lane, nth + 1);
    return [before ? before.to + 1 : 0, after ? after.from - 1 : MOST.column];
  }

  /** Moves the beginning, the end, or both, as far as there is room. */
  move(lane, nth, part, to) {
    const operation = this.at(lane, nth);
    const [first, last] = this.room(lane, nth);
    const end = operation.to ?? last;
    const clamp = (column, least, most) => Math.min(Math.max(column, least), most);
    if (part === "from") operation.from = clamp(to, first, end);
    else if (part === "to" && operation.to !== null) operation.to = clamp(to, operation.from, last);
    else if (part === "both") {
      const length = operation.to === null ? 0 : operation.to - operation.from;
      operation.from = clamp(to, first, last - length);
      if (operation.to !== null) operation.to = operation.from + length;
    }
  }

  /** What the register holds at first; nothing if the text is no value. */
  setInitial(text) {
    const value = valueOf(text);
    if (value !== null) this.initial = value;
    return value !== null;
  }

  /** Gives an operation a value; nothing if the text is none. A read need not have one. */
  setValue(lane, nth, text) {
    const operation = this.at(lane, nth);
    const isOpen = text.trim() === "" || text.trim() === "?";
    if (isOpen && operation.writes) return false;
    const value = isOpen ? null : valueOf(text);
    if (value === null && !isOpen) return false;
    operation.value = operation.to === null && !operation.writes ? null : value;
    return true;
  }

  setKind(lane, nth, writes) {
    const operation = this.at(lane, nth);
    operation.writes = writes;
    if (writes) operation.value ??= this.#unwritten();
    else operation.value = null;
  }

  /** Whether an operation never completes: only the last of its thread may not. */
  setPending(lane, nth, isPending) {
    const operation = this.at(lane, nth);
    if (nth < this.lanes[lane].length - 1) return;
    operation.to = isPending ? null : Math.min(operation.from + 4, MOST.column);
    if (isPending && !operation.writes) operation.value = null;
  }

  /** Adds an operation behind the others of a lane, or in a lane of its own; says where, or nothing if there is no room. */
  add(lane, writes) {
    if (this.count >= MOST.operations) return null;
    if (lane === this.lanes.length && lane < MOST.lanes) this.lanes.push([]);
    const own = this.lanes[lane];
    if (!own) return null;
    const last = own[own.length - 1];
    const from = last ? (last.to ?? MOST.column) + 3 : 2;
    if (from > MOST.column) return null;
    own.push({ writes, from, to: Math.min(from + 4, MOST.column), value: writes ? this.#unwritten() : null });
    return [lane, own.length - 1];
  }

  /** The least number from 1 that nobody writes. */
  #unwritten() {
    const written = new Set(this.lanes.flat().filter(({ writes }) => writes).map(({ value }) => value));
    let value = 1;
    while (written.has(String(value))) value++;
    return String(value);
  }

  /** Takes an operation away; the last one stays. */
  remove(lane, nth) {
    if (this.count < 2) return;
    this.lanes[lane].splice(nth, 1);
    while (this.lanes.length && !this.lanes[this.lanes.length - 1].length) this.lanes.pop();
  }
}
