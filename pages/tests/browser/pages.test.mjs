// The pages in a browser: no request, no error, no serious barrier, by keyboard alone.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { open } from "./browser.mjs";
import { replay, SITE, WORKBENCH } from "./site.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = ["index.html", "play.html", "museum.html", "timeline.html", "history.html", "models.html"];
const site = (file) => join(SITE, file);
const status = (page) => page.textContent("#aim .status");
const hash = (page) => page.evaluate(() => location.hash);

test("pages open without an error or a request, and nothing sticks out", async () => {
  for (const file of PAGES) {
    for (const locale of ["en-US", "ko-KR"]) {
      for (const [width, height] of [[1280, 800], [390, 844], [1920, 1080]]) {
        const { page, wrong, close } = await open(site(file), { width, height, locale });
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(beyond <= 0, `${file} at ${width}, ${locale}: ${beyond} px stick out`);
        assert.deepEqual(wrong, [], file);
        await close();
      }
    }
  }
});

test("no serious barrier, in two themes, two widths and two languages", async () => {
  const shown = PAGES.flatMap((file) => (file === "play.html" ? ["#two-copies/note/weak/0120", "#no-write-back/w.rr/network/0020122"] : [""]).map((hash) => [file, hash]));
  for (const [file, hash] of shown) {
    for (const theme of ["light", "dark"]) {
      for (const width of [1280, 390]) {
        for (const locale of ["en-US", "ko-KR"]) {
          const { page, close } = await open(site(file), { hash, theme, width, locale, bypassCSP: true });
          await page.evaluate(AXE);
          const { violations } = await page.evaluate(() => axe.run());
          const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
          const said = serious.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
          assert.deepEqual(said, [], `${file}, ${theme}, ${width}, ${locale}`);
          await close();
        }
      }
    }
  }
});

test("a read is torn by keyboard alone, undone, and done again", async () => {
  const { page, wrong, close } = await open(site("play.html"), { hash: "#word-by-word/note/sc/" });
  let keys = 0;
  for (; keys < 20 && !(await status(page)).includes("There it is"); keys++) {
    await page.keyboard.press("h");
    const hinted = await page.getAttribute(".step.hinted", "data-choice");
    await page.keyboard.press(String(Number(hinted) + 1));
  }
  assert.match(await status(page), /There it is/);
  assert.match(await page.textContent("#verdict"), /torn read/);
  assert.equal(await page.textContent("#classes .broken .name"), "regular");
  const reached = await hash(page);
  await page.keyboard.press("Backspace");
  assert.notEqual(await hash(page), reached);
  await page.keyboard.press("r");
  assert.equal(await hash(page), reached);
  assert.deepEqual(wrong, []);
  await close();
});

test("one key shows the smallest way, and another proves that there is none", async () => {
  const { page, close } = await open(site("play.html"), { hash: "#two-copies/w.rr/weak/" });
  await page.keyboard.press("s");
  assert.match(await status(page), /There it is/);
  await page.keyboard.press("g");
  assert.match(await status(page), /No way: none of all 452 states/);
  await page.keyboard.press("v");
  await page.waitForFunction(() => document.querySelector("#aim .status").textContent.includes("proof"));
  assert.match(await page.textContent("#seen"), /452 of 452/);
  await close();
});

test("messages are delivered by keyboard alone, and the program judges what is copied", async () => {
  const { page, wrong, close } = await open(site("play.html"), { hash: "#majority-no-write-back/w.rr/network/" });
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text; } } });
  });
  let keys = 0;
  for (; keys < 20 && !(await status(page)).includes("There it is"); keys++) {
    await page.keyboard.press("h");
    await page.keyboard.press(String(Number(await page.getAttribute(".step.hinted", "data-choice")) + 1));
  }
  assert.match(await page.textContent("#verdict"), /new-old inversion/);
  await page.keyboard.press("c");
  const copied = await page.evaluate(() => window.copied);
  assert.match(copied, /\nReplica A:  0 .*\n {5}\d  T1 -> [ABC]  store 1, version 1\n/s);
  const run = spawnSync(WORKBENCH, ["check", "-"], { input: copied, encoding: "utf8" });
  assert.match(run.stdout, /new-old inversion/);
  await page.goto(page.url().replace(/#.*/, "#majority/w.rr/network/"));
  await page.waitForFunction(() => document.querySelector("#aim .status").textContent.includes("No way: none of all 706 states"));
  assert.deepEqual(wrong, []);
  await close();
});

test("a link leads to the same execution", async () => {
  const first = await open(site("play.html"), { hash: "#two-copies/note/sc/01001" });
  const steps = await first.page.textContent("#steps");
  assert.equal(await hash(first.page), "#two-copies/note/sc/01001");
  const second = await open(site("play.html"), { hash: await hash(first.page) });
  assert.equal(await second.page.textContent("#steps"), steps);
  await first.close();
  await second.close();
});

test("a link with steps that there are not goes as far as it can", async () => {
  const { page, wrong, close } = await open(site("play.html"), { hash: "#two-copies/note/sc/01zz" });
  assert.equal(await hash(page), "#two-copies/note/sc/01");
  assert.deepEqual(wrong, []);
  await close();
});

test("what is copied replays on real threads", async () => {
  const { page, close } = await open(site("play.html"), { hash: "#two-copies/w.rr/sc/" });
  await page.keyboard.press("s");
  await page.keyboard.press("e");
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text; } } });
  });
  await page.keyboard.press("c");
  const report = replay("two-copies", 2, await page.evaluate(() => window.copied));
  assert.equal(report.complaint, undefined);
  assert.match(report.sentence, /new-old inversion/);
  await close();
});

test("where the clipboard is out of reach, the schedule can be selected", async () => {
  const { page, close } = await open(site("play.html"), { hash: "#word-by-word/w.r/sc/01" });
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async () => { throw new Error("no"); } } });
  });
  await page.keyboard.press("c");
  await page.waitForSelector("#by-hand[open]");
  assert.match(await page.inputValue("#by-hand-text"), /^init: 0\nThread 1:/);
  await close();
});

test("every level is solved by its smallest way or by looking at every state, and that is kept", async () => {
  const { page, wrong, close } = await open(site("play.html"), { hash: "#level/torn-read/" });
  const levels = await page.locator(".dots button").count();
  for (let level = 0; level < levels; level++) {
    await page.keyboard.press("s");
    if (!(await page.locator("#level.won").count())) await page.keyboard.press("v");
    await page.waitForSelector("#level.won");
    const here = (await hash(page)).split("/").slice(0, 2).join("/");
    await page.keyboard.press("n");
    await page.waitForFunction((here) => !location.hash.startsWith(`${here}/`), here);
  }
  assert.equal(await page.locator(".dots .solved").count(), levels);
  await page.reload();
  await page.waitForSelector("[data-ready]");
  assert.equal(await page.locator(".dots .solved").count(), levels);
  assert.deepEqual(wrong, []);
  await close();
});

test("Korean is Korean, sentences too", async () => {
  const { page, close } = await open(site("play.html"), { hash: "#word-by-word/w.r/sc/", locale: "ko-KR" });
  await page.keyboard.press("s");
  assert.match(await page.textContent("#verdict"), /찢어진 읽기/);
  await page.keyboard.press("l");
  assert.match(await page.textContent("#verdict"), /torn read/);
  await close();
});

test("how long a step takes is told, whatever else the machine does", async () => {
  const { page, close } = await open(site("play.html"), { hash: "#two-copies/note/weak/" });
  const times = await page.evaluate(() => {
    const times = [];
    for (let at = 0; at < 16; at++) {
      const begun = performance.now();
      document.dispatchEvent(new KeyboardEvent("keydown", { key: "1" }));
      document.body.getBoundingClientRect();
      times.push(performance.now() - begun);
    }
    return times.sort((one, other) => one - other);
  });
  console.log(`  a step: ${times[8].toFixed(1)} ms in the middle, ${times[15].toFixed(1)} ms at most`);
  assert.equal(times.length, 16);
  await close();
});

// --- histories

const folder = mkdtempSync(join(tmpdir(), "pages-"));

/** The page of a history, given as lines. */
function pageOf(name, lines) {
  const file = join(folder, name);
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  const page = join(folder, "page.html");
  execFileSync(WORKBENCH, ["check", file, "--page", page], { stdio: "ignore" });
  return page;
}

test("hostile names and values run no script", async () => {
  const evil = "</script><img src=x onerror=window.hacked=1><script>window.hacked=1</script>";
  const page = pageOf("<img src=x onerror=alert(1)>.jsonl", [
    { process: 1, op: "write", register: evil, value: evil, start: 1, end: 2 },
    { process: 2, op: "read", register: evil, value: "\"><svg onload=alert(1)>", start: 3, end: 4 },
  ]);
  const { page: shown, wrong, close } = await open(page);
  assert.deepEqual(wrong, []);
  assert.equal(await shown.evaluate(() => window.hacked), undefined);
  assert.equal(await shown.locator("img, svg").count(), 0);
  assert.match(await shown.textContent("#witness"), /onload=alert/);
  await close();
});

test("one key leads to the witness", async () => {
  const operations = [{ process: 1, op: "write", value: 1, start: 1, end: 2 }];
  for (let at = 2; at < 3000; at++) {
    operations.push({ process: 1, op: "write", value: at, start: 10 * at, end: 10 * at + 3 });
    operations.push({ process: 2, op: "read", value: at === 2000 ? 5 : at, start: 10 * at + 4, end: 10 * at + 7 });
  }
  const file = pageOf("long.jsonl", operations);
  assert.ok(statSync(file).size < 100_000, `${statSync(file).size} bytes`);
  const { page, wrong, close } = await open(file);
  assert.match(await page.textContent("#shown"), /5,997 of 5,997/);
  await page.keyboard.press("f");
  await page.waitForFunction(() => !document.querySelector("#shown").textContent.startsWith("5,997"));
  assert.match(await page.textContent("#verdict"), /stale read/);
  await page.keyboard.press("]");
  await page.waitForFunction(() => document.querySelector("#selected").textContent !== "");
  await page.keyboard.press("0");
  await page.waitForFunction(() => document.querySelector("#shown").textContent.startsWith("5,997"));
  assert.deepEqual(wrong, []);
  await close();
});

test("a history says in Korean what breaks a model, how stale reads are, and where operations take effect", async () => {
  const write = (value, start) => ({ process: 1, op: "write", value, start, end: start + 1 });
  const lagging = [write(1, 1), write(2, 11), write(3, 21), { process: 2, op: "read", value: 1, start: 31, end: 32 }];
  const stale = await open(pageOf("lagging.jsonl", lagging), { locale: "ko-KR" });
  assert.match(await stale.page.textContent("#verdict"), /낡은 읽기: 스레드 2의 1번째 읽기가 1 값을 돌려주었지만/);
  assert.match(await stale.page.textContent("#staleness"), /읽기 1번 중 1번이 낡았습니다. 가장 낡은 것은 2판/);
  await stale.page.keyboard.press("e");
  await stale.page.waitForFunction(() => document.querySelector("#selected").textContent.includes("T2"));
  assert.equal(await stale.page.locator("#legend .effect").count(), 0);
  assert.deepEqual(stale.wrong, []);
  await stale.close();
  const fine = await open(pageOf("fine.jsonl", [...lagging.slice(0, 3), { process: 2, op: "read", value: 3, start: 31, end: 32 }]));
  assert.equal(await fine.page.textContent("#staleness"), "");
  assert.equal(await fine.page.locator("#legend .effect").count(), 1);
  assert.deepEqual(fine.wrong, []);
  await fine.close();
});

test("two models are told apart, and a register opens in the player", async () => {
  const { page, close } = await open(site("models.html"));
  await page.selectOption("#from", "regular");
  await page.selectOption("#to", "atomic");
  assert.match(await page.textContent("#answer"), /regular does not imply atomic/);
  await page.selectOption("#from", "strict");
  assert.match(await page.textContent("#answer"), /strict implies atomic/);
  await page.click('#ladder a:text-is("sequence-lock")');
  await page.waitForSelector("body.player [data-ready], html[data-ready] body.player");
  assert.match(await hash(page), /^#sequence-lock\//);
  await close();
});
