// What the three classes say of a small history of one register: which of its reads are allowed, and what its open reads may
// return. Nothing here knows of the page: the same file runs in tests, which compare it with Rust on all small timelines.

export const CLASSES = ["safe", "regular", "atomic"];

/** So many states are looked at to find all combinations: as many as can be while an operation is dragged. */
const STATES = 25_000;

/** A value as it is written everywhere: numbers without leading zeros, words that are all alike as one. Nothing if the text
 * is no value. */
export function valueOf(text) {
  const trimmed = text.trim();
  if (/^[0-9]+( *\| *[0-9]+)*$/.test(trimmed)) {
    const words = trimmed.split("|").map((word) => BigInt(word.trim()));
    if (words.some((word) => word >= 1n << 64n)) return null;
    return words.every((word) => word === words[0]) ? String(words[0]) : words.join("|");
  }
  return /^[A-Za-z_][A-Za-z0-9_.:/-]*$/.test(trimmed) || /^-[0-9]+$/.test(trimmed) ? trimmed : null;
}

/** The words of a value, as far as it has some: one that stands for all, or several. */
export function wordsOf(value) {
  return /^[0-9|]+$/.test(value) ? value.split("|") : null;
}

/** Word number `at` of a value; nothing if it has none. */
export function wordOf(value, at) {
  const words = wordsOf(value);
  return words && (words.length === 1 ? words[0] : words[at]);
}

/** Numbers in their order, then nil, then values of several words, then texts. */
export function inOrder(one, other) {
  const rank = (value) => (/^[0-9]+$/.test(value) ? 0 : value === "nil" ? 1 : value.includes("|") ? 2 : 3);
  if (rank(one) !== rank(other)) return rank(one) - rank(other);
  const [a, b] = [wordsOf(one), wordsOf(other)];
  for (let at = 0; a && b && at < Math.min(a.length, b.length); at++) {
    const difference = BigInt(a[at]) - BigInt(b[at]);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The operations of a history, by thread and then by time. Each has a `thread`, `writes` or not, a `value` (null where it is
 * not said), and the columns from `from` to `to`; `to` is null if it never completed. Those that share a column are
 * concurrent. */
export class Events {
  constructor(initial, operations) {
    this.initial = initial;
    this.operations = operations;
    const events = operations.flatMap(({ from, to }, at) => [[from, 0, at], ...(to === null ? [] : [[to, 1, at]])]);
    events.sort((one, other) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2]);
    /** Where invocations and completions stand among all, from 1 on. What never completes does so at infinity. */
    this.invoked = operations.map(() => 0);
    this.completed = operations.map(() => Infinity);
    events.forEach(([, kind, at], place) => ((kind === 0 ? this.invoked : this.completed)[at] = place + 1));
    const all = operations.map((_, at) => at);
    this.writes = all.filter((at) => operations[at].writes);
    /** The reads of which it is known what they returned, and those of which it is asked. */
    this.reads = all.filter((at) => !operations[at].writes && operations[at].to !== null && operations[at].value !== null);
    this.questions = all.filter((at) => !operations[at].writes && operations[at].to !== null && operations[at].value === null);
  }

  precedes(one, other) {
    return this.completed[one] < this.invoked[other];
  }

  concurrent(one, other) {
    return !this.precedes(one, other) && !this.precedes(other, one);
  }

  /** Some of the operations, in their order. */
  part(kept) {
    return new Events(this.initial, kept.map((at) => this.operations[at]));
  }

  value(at) {
    return this.operations[at].value;
  }

  /** The writes of a value other than one operation. */
  writesOf(value, but = -1) {
    return this.writes.filter((at) => at !== but && this.value(at) === value);
  }

  /** The invocation of L, the write invoked last of those that completed before an operation was invoked; 0 without one. */
  since(at) {
    return Math.max(0, ...this.writes.filter((write) => this.precedes(write, at)).map((write) => this.invoked[write]));
  }

  /** Whether a regular register may return a value to a read: one that was not overwritten before, and not written after. */
  mayReturn(read, value) {
    const since = this.since(read);
    if (since === 0 && value === this.initial) return true;
    return this.writesOf(value).some((write) => this.invoked[write] < this.completed[read] && this.completed[write] > since);
  }

  /** Whether the safe class says anything about a read: it is concurrent with no write. */
  isAlone(read) {
    return !this.writes.some((write) => this.concurrent(write, read));
  }

  /** The reads that a class which judges each by itself does not allow. */
  broken(model) {
    const bound = model === "safe" ? this.reads.filter((read) => this.isAlone(read)) : this.reads;
    return bound.filter((read) => !this.mayReturn(read, this.value(read)));
  }

  /** The same with these answers to the questions; null leaves one open. */
  answered(values) {
    const operations = this.operations.map((operation, at) => {
      const question = this.questions.indexOf(at);
      return question < 0 ? operation : { ...operation, value: values[question] };
    });
    return new Events(this.initial, operations);
  }

  /** Every value that a read might return. */
  values() {
    return [...new Set([this.initial, ...this.writes.map((write) => this.value(write))])].sort(inOrder);
  }

  meets(model) {
    return model === "atomic" ? this.linearization() !== null : this.broken(model).length === 0;
  }

  /** An order of the operations that explains the known reads, whatever the open ones return; null if there is none. */
  linearization() {
    return this.#search(false);
  }

  /** What the questions may be answered together under atomic; null if there is too much to look at. */
  outcomes() {
    return this.#search(true);
  }

  /** Puts operations in order one after the other (Wing and Gong 1993), and follows no state twice (Lowe 2017). With
   * `asks`, all answers to the questions; without, the first order that is found. */
  #search(asks) {
    const known = [...this.writes, ...this.reads, ...this.questions];
    const place = new Map(this.questions.map((at, nth) => [at, nth]));
    const before = known.map((at) => known.reduce((mask, other, bit) => (this.precedes(other, at) ? mask | (1 << bit) : mask), 0));
    const needed = known.reduce((mask, at, bit) => (this.operations[at].to === null ? mask : mask | (1 << bit)), 0);
    const found = new Map();
    const met = new Set();
    const open = [{ done: 0, held: this.initial, answers: this.questions.map(() => null), order: null }];
    while (open.length) {
      const { done, held, answers, order } = open.pop();
      const key = `${done} ${held} ${answers.join(" ")}`;
      if (met.has(key)) continue;
      met.add(key);
      if (asks && met.size > STATES) return null;
      if ((done & needed) === needed) {
        if (!asks) return listOf(order);
        found.set(answers.join(" "), answers);
      }
      known.forEach((at, bit) => {
        if (done & (1 << bit) || (before[bit] & ~done) !== 0) return;
        const { writes, value } = this.operations[at];
        if (!writes && value !== null && value !== held) return;
        const answered = asks && !writes && value === null ? answers.map((it, nth) => (nth === place.get(at) ? held : it)) : answers;
        open.push({ done: done | (1 << bit), held: writes ? value : held, answers: answered, order: { at, before: order } });
      });
    }
    if (!asks) return null;
    const order = (one, other) => one.map((value, at) => inOrder(value, other[at])).find((it) => it !== 0) ?? 0;
    return [...found.values()].sort(order);
  }

  /** What each class says of the questions: nothing if the history breaks it already, else for each what it may return alone
   * (null for anything), and for atomic the combinations, if they can be told. */
  answers() {
    const regular = (read) => this.values().filter((value) => this.mayReturn(read, value));
    const told = {};
    for (const model of CLASSES) {
      if (!this.meets(model)) {
        told[model] = null;
      } else if (model === "atomic") {
        const outcomes = this.outcomes();
        const alone = this.questions.map((read, nth) => {
          if (outcomes) return [...new Set(outcomes.map((it) => it[nth]))].sort(inOrder);
          return regular(read).filter((value) => this.answered(this.questions.map((_, other) => (other === nth ? value : null))).meets("atomic"));
        });
        told[model] = { alone, outcomes };
      } else {
        const isFree = (read) => model === "safe" && !this.isAlone(read);
        told[model] = { alone: this.questions.map((read) => (isFree(read) ? null : regular(read))), outcomes: undefined };
      }
    }
    return told;
  }
}

/** A list that was kept from its end. */
function listOf(last) {
  const list = [];
  for (let link = last; link; link = link.before) list.push(link.at);
  return list.reverse();
}
