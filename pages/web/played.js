// What has happened on a way through the graph: operations, accesses and memory, as a fold over what its steps say.

/** Everything that happened on the way of some choices, each event at an instant of its own. */
export class Played {
  constructor(graph, choices) {
    const { scene } = graph;
    this.graph = graph;
    this.scene = scene;
    this.states = [0];
    this.steps = [];
    this.now = 0;
    /** Instants that are drawn at the one before: of several invocations in one step none is the first. */
    this.together = new Set();
    this.operations = scene.operations.map(() => ({ begun: null, isOver: false, done: null, returned: null }));
    this.accesses = [];
    this.last = -1;
    this.switches = 0;
    this.stale = 0;
    this.failure = null;
    this.memory = scene.places.map(([, value]) => value);
    this.buffers = scene.lanes.map(() => []);
    this.#add(scene.start, -1, -1);
    for (const choice of choices) this.#take(choice);
  }

  get state() {
    return this.states[this.states.length - 1];
  }

  #take(choice) {
    const { graph } = this;
    const edge = graph.edge(this.state, choice);
    const [thread, , happens, , fails] = graph.stepOf(edge);
    const at = this.steps.length;
    if (graph.isAccess(edge)) {
      if (this.last >= 0 && this.last !== thread && graph.isInTheMiddle(this.state, this.last)) this.switches++;
      this.last = thread;
    }
    if (graph.isStale(edge)) this.stale++;
    this.steps.push({ choice, edge, thread, happens });
    this.#add(happens, at, thread);
    if (fails) this.failure = { thread, kind: fails[0], message: fails[1] };
    this.states.push(graph.target[edge]);
  }

  #add(happens, step, thread) {
    // Of the invocations that one completion allows, the one with the fewest predecessors comes first: it may be
    // concurrent with some that end before the others begin.
    let events = happens;
    if (this.scene.drawn) {
      const rank = (event) => (event[0] === "begin" ? 1 + this.#predecessors(event[1]) : 0);
      events = [...happens].sort((one, other) => rank(one) - rank(other));
    }
    let invoked = null;
    for (const event of events) {
      this.now++;
      const [kind, of] = event;
      if (kind === "begin") {
        // Where the precedence is drawn, completions wait for the first invocation that waits for them.
        for (const [before, after] of this.scene.before) if (after === of) this.#complete(before);
        this.operations[of].begun = this.now;
        if (invoked === this.now - 1) this.together.add(this.now);
        invoked = this.now;
      } else if (kind === "end") {
        Object.assign(this.operations[of], { isOver: true, returned: event[2], over: this.now });
        if (!this.scene.drawn) this.#complete(of);
      } else if (kind === "access") {
        this.#access(event, step);
      } else if (kind === "message") {
        this.#message(event, step);
      } else {
        this.#reaches(of, step, thread);
      }
    }
  }

  #access([, operation, word, text, found, leaves, latest, isBuffered], step) {
    const thread = this.scene.operations[operation].lane;
    const access = { at: this.now, step, thread, operation, word, text, found, leaves, latest, isBuffered: isBuffered === 1 };
    this.accesses.push(access);
    if (word === null || leaves === null) return;
    if (access.isBuffered) this.buffers[thread].push(access);
    else this.memory[word] = leaves;
  }

  /** A message arrives, or a node does something by itself. */
  #message([, from, to, said, holds], step) {
    const { graph } = this;
    const word = graph.isReplica(to) ? to - this.scene.lanes.length : null;
    const client = word === null ? to : from;
    const operation = client === null || graph.isReplica(client) ? null : this.#under(client);
    const text = from === null ? `${graph.nameOf(to)}: ${said}` : `${graph.nameOf(from)} → ${graph.nameOf(to)}: ${said}`;
    const changes = word !== null && holds !== null && this.memory[word] !== holds;
    const value = word === null ? null : (holds ?? this.memory[word]);
    this.accesses.push({ at: this.now, step, from, to, said, word, operation, text, found: changes ? null : value, leaves: changes ? value : null, latest: null, thread: from ?? to });
    if (changes) this.memory[word] = holds;
  }

  /** The operation that a client is in. */
  #under(client) {
    const open = this.scene.lanes[client].filter((at) => this.operations[at].begun !== null && !this.operations[at].isOver);
    return open.length ? open[0] : null;
  }

  #reaches(thread, step) {
    const store = this.buffers[thread].shift();
    if (!store) return;
    store.reached = this.now;
    if (store.leaves !== null) this.memory[store.word] = store.leaves;
    this.accesses.push({ at: this.now, step, thread, operation: store.operation, word: store.word, of: store, leaves: store.leaves });
  }

  #predecessors(operation) {
    const before = new Set();
    const add = (of) => {
      for (const [earlier, later] of this.scene.before) {
        if (later === of && !before.has(earlier)) {
          before.add(earlier);
          add(earlier);
        }
      }
    };
    add(operation);
    return before.size;
  }

  #complete(at) {
    const operation = this.operations[at];
    if (operation.isOver && operation.done === null) {
      operation.done = this.now;
      this.now++;
    }
  }

  /** When an operation ends in the picture: where it completed, or behind everything if nothing had to wait for it. */
  endOf(at) {
    const { done, isOver } = this.operations[at];
    if (done !== null) return done;
    return isOver ? this.now + 1 : null;
  }

  /** Whether threads that take turns can do the same: every load finds what was stored last. */
  isReplayable() {
    if (this.scene.replicas.length) return false;
    const held = this.scene.places.map(([, value]) => value);
    return this.accesses.every(({ word, found, leaves, of }) => {
      if (of || word === null) return true;
      const same = found === null || held[word] === found;
      if (leaves !== null) held[word] = leaves;
      return same;
    }) && this.failure === null;
  }
}
