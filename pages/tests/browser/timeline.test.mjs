// The timeline that can be edited: by pointer and by keyboard alone, judged as it changes, and taken away as text or as a link.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import test from "node:test";
import { fromLink, linkOf, notationOf, operationsOf } from "../../web/notation.js";
import { CLASSES, Events } from "../../web/semantics.js";
import { Sketch } from "../../web/sketch.js";
import { open } from "./browser.mjs";
import { SITE, WORKBENCH } from "./site.mjs";

const PAGE = join(SITE, "timeline.html");
const NOTE = "0/w3-7=1,w17-21=2/r0-4,r21-25/r0-4,r7-11";
const hash = (page) => page.evaluate(() => location.hash.slice(1));
const broken = (page) => page.locator("#classes .broken").evaluateAll((all) => all.map((it) => it.dataset.model));

test("1, then 0 is set in the note's own picture by keyboard alone", async () => {
  const { page, wrong, close } = await open(PAGE);
  const link = await hash(page);
  assert.equal(link.split("/").length, 4);
  assert.deepEqual(await broken(page), []);
  await page.focus('[data-key="2.0.both"]');
  await page.keyboard.press("1");
  assert.deepEqual(await broken(page), []);
  for (let tabs = 0; tabs < 3; tabs++) await page.keyboard.press("Tab");
  await page.keyboard.press("0");
  assert.deepEqual(await broken(page), ["atomic"]);
  assert.match(await page.textContent("#verdict"), /new-old inversion: Thread 3's first read returned 1/);
  const set = await hash(page);
  await page.keyboard.press("n");
  assert.equal(await hash(page), link);
  await page.keyboard.press("i");
  assert.equal(await hash(page), set);
  assert.deepEqual(wrong, []);
  await close();
});

test("a read that is moved behind the write may no longer return what was before", async () => {
  const { page, close } = await open(PAGE, { hash: "#0/w0-4=1/r3-6=0" });
  assert.deepEqual(await broken(page), []);
  await page.focus('[data-key="1.0.from"]');
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await hash(page), "0/w0-4=1/r5-6=0");
  assert.deepEqual(await broken(page), ["safe", "regular", "atomic"]);
  assert.match(await page.textContent("#verdict"), /stale read/);
  assert.equal(await page.getAttribute('[data-key="1.0.from"]', "aria-valuenow"), "5");
  await page.keyboard.press("u");
  assert.equal(await hash(page), "0/w0-4=1/r3-6=0");
  await close();
});

test("ends and operations follow the pointer, and one drag is taken back at once", async () => {
  const { page, close } = await open(PAGE, { hash: "#0/w0-4=1/r3-6=0" });
  const drag = async (key, columns) => {
    const track = await page.locator(".track").first().boundingBox();
    const handle = await page.locator(`[data-key="${key}"]`).boundingBox();
    const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let step = 1; step <= 4; step++) await page.mouse.move(x + (columns * track.width * step) / (24 * 4), y);
    await page.mouse.up();
  };
  await drag("0.0.to", -3);
  assert.match(await hash(page), /^0\/w0-[12]=1\/r3-6=0$/);
  assert.deepEqual(await broken(page), ["safe", "regular", "atomic"]);
  await page.keyboard.press("u");
  assert.equal(await hash(page), "0/w0-4=1/r3-6=0");
  await drag("1.0.both", 6);
  assert.equal(await hash(page), "0/w0-4=1/r9-12=0");
  await close();
});

test("values are typed, and what is no value is said", async () => {
  const { page, close } = await open(PAGE, { hash: "#0/w0-4=1/r3-6" });
  await page.focus('[data-key="1.0.both"]');
  await page.keyboard.press("Enter");
  await page.keyboard.type("0|1");
  await page.keyboard.press("Tab");
  assert.equal(await hash(page), "0/w0-4=1/r3-6=0%7C1");
  assert.match(await page.textContent("#verdict"), /torn read: Thread 2's first read returned 0\|1: word 0 is of the initial value 0, word 1 is of the write of 1/);
  await page.fill("#value", "0 1");
  await page.keyboard.press("Tab");
  assert.equal(await page.getAttribute("#value", "aria-invalid"), "true");
  assert.equal(await hash(page), "0/w0-4=1/r3-6=0%7C1");
  await close();
});

test("a combination of answers can be looked at", async () => {
  const { page, close } = await open(PAGE);
  assert.equal(await page.locator("#together tbody tr").count(), 8);
  const row = page.locator("#together tbody tr", { hasText: /0210/ });
  await row.locator("button").click();
  assert.deepEqual(await broken(page), ["atomic"]);
  await close();
});

test("more combinations than can be listed are counted, and what each read may return alone is still told", async () => {
  const many = "#0/w0-40=1/w0-40=2/w0-40=3/r0-5,r7-12,r14-19/r0-5,r7-12,r14-19/r0-5,r7-12,r14-19";
  const { page, wrong, close } = await open(PAGE, { hash: many });
  assert.equal(await page.textContent("#together-count"), "32 of 262,144 combinations");
  assert.equal(await page.locator("#together tbody tr").count(), 32);
  assert.match(await page.textContent('#classes [data-model="atomic"]'), /too many to be listed/);
  const cells = await page.locator("#reads tbody tr").first().locator("td").allTextContents();
  assert.deepEqual(cells.slice(-3), ["anything", "0, 1, 2, 3", "0, 1, 2, 3"]);
  assert.deepEqual(wrong, []);
  await close();
});

test("Korean is Korean here too", async () => {
  const { page, close } = await open(PAGE, { locale: "ko-KR" });
  await page.keyboard.press("i");
  assert.match(await page.textContent("#verdict"), /스레드 3의 1번째 읽기가 1 값을 돌려주었는데/);
  await close();
});

test("a link that says no timeline leaves the first picture", async () => {
  for (const link of ["nonsense", "0/w9-3=1", "0/w0-4=1,w4-6=2", "0/r0-=1", "0/w0-4", "0/w0-400=1", "%/w0-1=1"]) {
    assert.equal(fromLink(link), null, link);
    const { page, wrong, close } = await open(PAGE, { hash: `#${link}` });
    assert.equal(await page.locator(".operation").count(), 6);
    assert.deepEqual(wrong, []);
    await close();
  }
});

test("the text is what the program takes, and says the same there", () => {
  for (const link of [NOTE, "0/w0-0=12345,w1-1=2/r0-0=0,r1-1=12345,r2-", "nil/w0-3=1/r1-2=nil,r3-9=0%7C1", "7//w2-=1/r0-30=name,r31-31"]) {
    const text = notationOf(fromLink(link));
    const report = JSON.parse(spawnSync(WORKBENCH, ["check", "-", "--json"], { input: text, encoding: "utf8" }).stdout);
    const timeline = fromLink(link);
    const events = new Events(timeline.initial, operationsOf(timeline));
    for (const model of CLASSES) {
      const { meets } = report.models.find((it) => it.model === model);
      assert.equal(events.meets(model), meets, `${model}\n${text}`);
    }
    const drawn = join(process.env.TMPDIR ?? "/tmp", `sketch-${process.pid}.html`);
    const run = spawnSync(WORKBENCH, ["timeline", "-", "--runs", "0", "--page", drawn], { input: text, encoding: "utf8" });
    assert.equal(run.status, 0, `${text}\n${run.stderr}`);
  }
});

test("what is edited stays a timeline, whatever is done to it", () => {
  let now = 7;
  const random = (below) => {
    now ^= now << 13;
    now ^= now >>> 17;
    now ^= now << 5;
    return (now >>> 0) % below;
  };
  const sketch = new Sketch(NOTE);
  for (let times = 0; times < 20_000; times++) {
    const lane = random(sketch.lanes.length);
    const nth = random(Math.max(1, sketch.lanes[lane].length));
    if (!sketch.at(lane, nth)) continue;
    sketch.change(() => [
      () => sketch.move(lane, nth, ["from", "to", "both"][random(3)], random(70) - 5),
      () => sketch.add(random(sketch.lanes.length + 1), random(2) === 1),
      () => sketch.remove(lane, nth),
      () => sketch.setPending(lane, nth, random(2) === 1),
      () => sketch.setKind(lane, nth, random(2) === 1),
      () => sketch.setValue(lane, nth, ["0", "2|3", "?", "x", ""][random(5)]),
    ][random(6)]());
    const { link } = sketch;
    const read = fromLink(link);
    assert.ok(read, link);
    assert.equal(linkOf(read), link);
  }
  while (sketch.undo());
  assert.equal(sketch.link, NOTE);
});
