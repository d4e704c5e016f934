// The operations of a history in typed arrays, lane by lane, and what can be asked of them quickly. No page is needed here:
// the same file runs in tests.
import { Varints } from "./data.js";

export const WRITE = 0;
export const READ = 1;
export const SWAP = 2;
export const OPEN = 3;
const FAILED = 4;

/** All operations, ordered by process and then by time. */
export class Lanes {
  constructor(head, bytes) {
    const count = head.operations;
    this.head = head;
    this.count = count;
    this.start = new Float64Array(count);
    this.end = new Float64Array(count);
    this.kind = new Uint8Array(count);
    this.register = new Uint32Array(count);
    this.value = new Float64Array(count);
    /** How much time the operations before this one took, within all lanes. */
    this.busy = new Float64Array(count + 1);
    /** How many of the operations before this one write. */
    this.writes = new Uint32Array(count + 1);
    this.lanes = [];
    let first = 0;
    for (const [process, length] of head.lanes) {
      this.lanes.push({ process, first, end: first + length });
      first += length;
    }
    const read = new Varints(bytes);
    this.last = head.start;
    for (const { first, end } of this.lanes) {
      let now = head.start;
      for (let at = first; at < end; at++) this.start[at] = now += read.next();
    }
    const lengths = this.end;
    for (let at = 0; at < count; at++) lengths[at] = read.next();
    for (let at = 0; at < count; at++) {
      const length = lengths[at];
      this.last = Math.max(this.last, this.start[at] + Math.max(0, length - 1));
    }
    for (const { first, end } of this.lanes) {
      for (let at = first; at < end; at++) {
        const length = lengths[at];
        // What never completed goes on to the end, or to where its process goes on all the same.
        const until = at + 1 < end ? this.start[at + 1] : Infinity;
        this.end[at] = length === 0 ? until : this.start[at] + length - 1;
        this.busy[at + 1] = this.busy[at] + (Math.min(this.end[at], this.last) - this.start[at]);
      }
    }
    this.pending = new Set();
    for (let at = 0; at < count; at++) {
      this.kind[at] = read.next();
      this.writes[at + 1] = this.writes[at] + (this.kind[at] % FAILED === WRITE ? 1 : 0);
    }
    for (let at = 0; at < count; at++) this.register[at] = read.next();
    for (const { first, end } of this.lanes) {
      const last = new Map();
      for (let at = first; at < end; at++) {
        const value = (last.get(this.register[at]) ?? 0) + read.nextSigned();
        last.set(this.register[at], value);
        this.value[at] = value;
        if (!Number.isFinite(this.end[at])) this.pending.add(at);
      }
    }
  }

  /** Takes in where each operation takes effect: one more than how long after its invocation, or 0 where it does not. */
  withEffects(bytes) {
    const read = new Varints(bytes);
    this.effect = new Float64Array(this.count);
    for (let at = 0; at < this.count; at++) this.effect[at] = this.start[at] + read.next() - 1;
    return this;
  }

  /** When an operation takes effect; nothing where it does not, or where that is not known. */
  effectOf(at) {
    return this.effect && this.effect[at] >= this.start[at] ? this.effect[at] : null;
  }

  /** The operations of a lane that overlap a span of time: from the first to behind the last. */
  within(lane, from, to) {
    return [this.#firstWith(lane, (at) => this.end[at] >= from), this.#firstWith(lane, (at) => this.start[at] > to)];
  }

  #firstWith({ first, end }, holds) {
    let low = first;
    let high = end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Which share of a span of time a lane is busy. */
  share(lane, from, to) {
    const [first, end] = this.within(lane, from, to);
    if (first >= end) return 0;
    let busy = this.busy[end] - this.busy[first];
    busy -= Math.max(0, from - this.start[first]);
    busy -= Math.max(0, Math.min(this.end[end - 1], this.last) - to);
    return Math.min(1, Math.max(0, busy / (to - from)));
  }

  /** Which share of the operations of a lane in a span of time write. */
  writing(lane, from, to) {
    const [first, end] = this.within(lane, from, to);
    return first < end ? (this.writes[end] - this.writes[first]) / (end - first) : 0;
  }

  /** How many operations overlap a span of time, in all lanes. */
  countWithin(from, to) {
    return this.lanes.reduce((sum, lane) => {
      const [first, end] = this.within(lane, from, to);
      return sum + Math.max(0, end - first);
    }, 0);
  }

  laneOf(at) {
    return this.lanes.findIndex(({ end }) => at < end);
  }

  /** What kind of operation it is, and whether it failed. */
  kindOf(at) {
    return this.kind[at] % FAILED;
  }

  hasFailed(at) {
    return this.kind[at] >= FAILED;
  }

  valueOf(at) {
    if (this.kindOf(at) === OPEN) return "";
    const { values } = this.head;
    return values ? values[this.value[at]] : String(this.value[at]);
  }

  registerOf(at) {
    return this.head.registers[this.register[at]]?.[0] ?? "";
  }

  /** `x := 1`, `x -> 1`, as short as it may be. */
  said(at) {
    const name = this.registerOf(at);
    const sign = this.kindOf(at) === WRITE ? ":= " : this.kindOf(at) === SWAP ? "" : "-> ";
    return `${name}${name ? " " : ""}${sign}${this.valueOf(at)}${this.hasFailed(at) ? " (failed)" : ""}`;
  }
}
