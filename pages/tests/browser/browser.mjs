// One browser for the tests of a file, and pages in it.
import { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

let browser;

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
});
after(() => browser?.close());

/** Opens a page; whatever goes wrong on it, or wants to leave the machine, is written down. */
export async function open(file, { hash = "", width = 1280, height = 800, theme = "light", locale = "en-US", bypassCSP = false, reducedMotion = "reduce" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale, bypassCSP, reducedMotion });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("request", (request) => !/^(file|data|blob):/.test(request.url()) && wrong.push(request.url()));
  page.on("dialog", (dialog) => wrong.push(dialog.message()));
  await page.goto(pathToFileURL(file).href + hash);
  await page.waitForSelector("[data-ready]", { timeout: 60_000 });
  return { page, wrong, close: () => context.close() };
}
