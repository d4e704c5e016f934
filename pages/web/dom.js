// Elements, and what all pages do alike: theme, language, help, copying.
import { kept, keep, languageNow, onLanguage, setLanguage, text } from "./words.js";

/** The element with an identifier. */
export function byId(id) {
  return document.getElementById(id);
}

/** An element with attributes and children. Text becomes a text node, never markup. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (value === true) {
      made.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** Buttons of which one is chosen. */
export function choice(label, options, chosen, choose) {
  const buttons = options.map(({ value, name, title }) =>
    element("button", { type: "button", "aria-pressed": String(value === chosen), title, on: { click: () => choose(value) } }, name));
  return element("div", { class: "choice", role: "group", "aria-label": label }, buttons);
}

/** Says something to those who do not see the page change. */
export function announce(what) {
  byId("live").textContent = what;
}

/** Copies a text; where the clipboard is out of reach, shows it selected. */
export async function copy(what) {
  try {
    await navigator.clipboard.writeText(what);
    announce(text("copied"));
    return true;
  } catch {
    const dialog = byId("by-hand");
    byId("by-hand-title").textContent = text("copyByHand");
    byId("by-hand-text").value = what;
    dialog.showModal();
    byId("by-hand-text").select();
    return false;
  }
}

/** Sets up what all pages have: header buttons and dialogs. `help` names the texts of the help. */
export function shell(help) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const theme = (to) => {
    document.documentElement.dataset.theme = to;
    document.dispatchEvent(new Event("theme"));
  };
  theme(kept("theme") ?? (dark.matches ? "dark" : "light"));
  byId("theme").addEventListener("click", () => {
    const to = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    keep("theme", to);
    theme(to);
  });
  byId("help").addEventListener("click", () => byId("help-dialog").showModal());
  for (const button of document.querySelectorAll("dialog .close")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  for (const button of byId("language").children) {
    button.addEventListener("click", () => setLanguage(button.dataset.language));
  }
  onLanguage(() => {
    for (const of of document.querySelectorAll("[data-text]")) of.textContent = text(of.dataset.text);
    for (const button of byId("language").children) {
      button.setAttribute("aria-pressed", String(button.dataset.language === languageNow()));
    }
    byId("language").setAttribute("aria-label", text("language"));
    for (const id of ["theme", "help"]) {
      byId(id).setAttribute("aria-label", text(id));
      byId(id).title = text(id);
    }
    byId("help-text").replaceChildren(...text(help.text).map((line) => element("p", {}, line)));
    byId("help-keys").replaceChildren(...text(help.keys).flatMap(([key, does]) =>
      [element("dt", {}, element("kbd", {}, key)), element("dd", {}, does)]));
  });
}

/** The language to begin with. */
export function firstLanguage() {
  return kept("language") ?? (navigator.language.startsWith("ko") ? "ko" : "en");
}

/** The next language. */
export function otherLanguage() {
  setLanguage(languageNow() === "en" ? "ko" : "en");
}

/** Whether a key is meant for the page, and not for a field or the browser. */
export function isForPage(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (document.querySelector("dialog[open]")) return false;
  return !(event.target instanceof Element && event.target.matches("input:not([type=checkbox]), select, textarea"));
}

/** Whether the reader wants things to stand still. */
export function standsStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Begins; where that fails, a sentence stands in place of an empty page. */
export async function begin(page) {
  try {
    await page();
  } catch (error) {
    const why = typeof DecompressionStream === "undefined" ? text("noDecompression") : String(error);
    const notice = element("p", { class: "notice", role: "alert" }, text("broken") + why);
    document.querySelector("main").prepend(notice);
    throw error;
  }
}
