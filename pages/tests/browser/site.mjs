// What the tests share: the pages that were written, the program that wrote them, and the scenes in the player.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unpackedJson, unpackedScene } from "../../web/data.js";

/** The folder of the pages, and the program. */
export const SITE = process.env.PAGES;
export const WORKBENCH = process.env.WORKBENCH;
if (!SITE || !WORKBENCH) throw new Error("run .ci/browser: PAGES and WORKBENCH have to name the pages and the program");

/** What the program prints. */
export function workbench(...args) {
  return execFileSync(WORKBENCH, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** Replays a schedule on real threads: what the program reports, or what it complains of. */
export function replay(register, words, schedule) {
  const run = spawnSync(WORKBENCH, ["replay", register, "-", "--words", String(words), "--json"], { input: schedule, encoding: "utf8" });
  return run.status === 2 ? { complaint: run.stderr } : JSON.parse(run.stdout);
}

/** The data of a page with this identifier, as packed text. */
function dataOf(html, id) {
  const at = html.indexOf(`id="${id}">`);
  if (at < 0) throw new Error(`the page has no ${id}`);
  const from = html.indexOf(">", at) + 1;
  return html.slice(from, html.indexOf("</script>", from));
}

/** Every scene of a player's page. */
export async function* scenes(file = "play.html") {
  const html = readFileSync(join(SITE, file), "utf8");
  const contents = await unpackedJson(dataOf(html, "contents"));
  for (const entry of contents.scenes) yield [entry, await unpackedScene(dataOf(html, `scene:${entry.key}`))];
}
