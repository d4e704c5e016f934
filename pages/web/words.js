// The texts of the pages, in the language that is chosen.
import { EN } from "./english.js";
import { KO } from "./korean.js";

const TEXTS = { en: EN, ko: KO };
let language = "en";
const listeners = [];

/** The language of the page. */
export function languageNow() {
  return language;
}

/** Chooses the language, and has everything drawn anew. */
export function setLanguage(to) {
  language = to in TEXTS ? to : "en";
  document.documentElement.lang = language;
  keep("language", language);
  for (const listener of listeners) listener();
}

/** Calls this whenever the language changes. */
export function onLanguage(listener) {
  listeners.push(listener);
}

/** A text in the language of the page. */
export function text(name, ...values) {
  const found = TEXTS[language][name] ?? EN[name];
  return typeof found === "function" ? found(...values) : found;
}

/** The words of this language, of a text that has both. */
export function spoken(words) {
  return words[language] ?? words.en;
}

/** A number with commas, or rounded if it is too large to be read. */
export function grouped(number) {
  if (number < 1e15) return Math.round(number).toLocaleString("en-US");
  return number.toExponential(1).replace("e+", "e");
}

/** Keeps something for the next time; where that is not allowed, forgets it. */
export function keep(name, value) {
  try {
    localStorage.setItem(`workbench:${name}`, value);
  } catch {
    // Private windows and some policies forbid it: the page works all the same.
  }
}

/** What was kept. */
export function kept(name) {
  try {
    return localStorage.getItem(`workbench:${name}`);
  } catch {
    return null;
  }
}
