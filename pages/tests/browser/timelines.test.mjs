// The page's own checker says what Rust says, of every small timeline: verdicts, sentences, and what open reads may return.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import test from "node:test";
import { violation } from "../../web/evidence.js";
import { fromLink, linkOf, operationsOf } from "../../web/notation.js";
import { whyOf } from "../../web/reasons.js";
import { CLASSES, Events } from "../../web/semantics.js";

/** So many timelines Rust tells of: fewer would be a loss. */
const TIMELINES = 280_000;

/** What the page says of a timeline, as the program writes it. */
function told(link) {
  const timeline = fromLink(link);
  assert.equal(decodeURIComponent(linkOf(timeline)), link);
  const events = new Events(timeline.initial, operationsOf(timeline));
  const answers = events.answers();
  return CLASSES.map((model) => {
    const broken = violation(events, model);
    assert.equal(broken === null, answers[model] !== null, `${link}: ${model}`);
    if (broken) return `! ${whyOf(events, broken)}`;
    const { alone, outcomes } = answers[model];
    if (model === "atomic") return outcomes.map((values) => values.join(",")).join(";");
    return alone.map((values) => (values === null ? "*" : values.join(","))).join(";");
  });
}

test("the page judges all small timelines as Rust does, in the same words", async () => {
  const program = spawn(process.env.SMALL_TIMELINES, { stdio: ["ignore", "pipe", "inherit"] });
  let compared = 0;
  const wrong = [];
  for await (const line of createInterface({ input: program.stdout })) {
    const [link, ...rust] = line.split("\t");
    const page = told(link);
    CLASSES.forEach((model, at) => {
      if (page[at] !== rust[at]) wrong.push(`${link} ${model}:\n  Rust  ${rust[at]}\n  page  ${page[at]}`);
    });
    compared++;
  }
  console.log(`  ${compared} timelines compared`);
  assert.equal(wrong.length, 0, `${wrong.length} differ:\n${wrong.slice(0, 12).join("\n")}`);
  assert.ok(compared > TIMELINES, `only ${compared} timelines`);
});
