// The index: a way into the other pages, and into each level.
import { unpackedJson } from "./data.js";
import { begin, byId, element, firstLanguage, isForPage, otherLanguage, shell } from "./dom.js";
import { kept, onLanguage, setLanguage, spoken, text } from "./words.js";

await begin(async () => {
  shell({ text: "modelsHelp", keys: "modelsKeys" });
  const { links, levels, player } = await unpackedJson(byId("contents").textContent);
  const solved = new Set((kept("solved") ?? "").split(" "));
  onLanguage(() => {
    byId("links").replaceChildren(...links.map((link) => element("a", { class: "card", href: link.file }, element("b", {}, spoken(link.title)), element("span", { class: "small" }, spoken(link.text)))));
    byId("levels").replaceChildren(...levels.map((level) => element("li", {},
      element("a", { href: `${player}#level/${level.id}/` }, spoken(level.title)),
      solved.has(level.id) ? element("span", { class: "good" }, ` ✓ ${text("solved")}`) : "",
      element("div", { class: "small" }, spoken(level.text)))));
  });
  setLanguage(firstLanguage());
  document.addEventListener("keydown", (event) => {
    if (!isForPage(event)) return;
    if (event.key === "l") otherLanguage();
    if (event.key === "?") byId("help").click();
  });
  document.documentElement.dataset.ready = "yes";
});
