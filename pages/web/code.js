// The source of the register, with the line at which each thread stands.
import { element } from "./dom.js";
import { text } from "./words.js";

const WORDS = /(\/\/.*$)|\b(fn|let|mut|self|Self|pub|if|else|loop|while|for|in|return|match|break|continue|impl|const|move|as|unsafe)\b|\b([A-Z]\w*)\b/g;

/** The lines of the functions in which threads may stand. */
export function listing(scene, sources, stands) {
  const files = scene.files.filter((file) => sources[file]);
  if (!files.length) return element("p", { class: "small" }, text("noSource"));
  const parts = [];
  for (const file of files) {
    parts.push(element("div", { class: "file" }, file.split("/").slice(-2).join("/")));
    let before = null;
    const margin = Math.min(...sources[file].filter(([, line]) => line.trim()).map(([, line]) => line.length - line.trimStart().length));
    for (const [number, line] of sources[file]) {
      if (before !== null && number > before + 1) parts.push(element("div", { class: "gap", "aria-hidden": "true" }));
      before = number;
      const here = stands.filter((node) => node.node[3] !== null && scene.files[node.node[3]] === file && node.node[4] === number);
      parts.push(element("div", { class: here.length ? `line here t${here[0].thread % 4}` : "line" },
        element("span", { class: "who" }, here.map(({ thread, name }) => element("b", { class: `t${thread % 4}` }, name))),
        element("span", { class: "number" }, String(number)),
        element("code", {}, coloured(narrowed(line.slice(margin))))));
    }
  }
  return element("div", { class: "lines" }, parts);
}

/** Half the indentation: boxes are narrow. */
function narrowed(line) {
  const text = line.trimStart();
  return " ".repeat((line.length - text.length) / 2) + text;
}

function coloured(line) {
  const parts = [];
  let at = 0;
  for (const found of line.matchAll(WORDS)) {
    parts.push(line.slice(at, found.index));
    parts.push(element("span", { class: found[1] ? "remark" : found[2] ? "keyword" : "type" }, found[0]));
    at = found.index + found[0].length;
  }
  parts.push(line.slice(at));
  return parts;
}

/** Brings the first line where somebody stands into sight, within its box only. */
export function follow(box, thread) {
  const line = box.querySelector(`.line.here.t${thread % 4}`) ?? box.querySelector(".line.here");
  if (!line) return;
  const above = line.offsetTop - box.offsetTop;
  if (above < box.scrollTop + 20 || above > box.scrollTop + box.clientHeight - 44) {
    box.scrollTop = above - box.clientHeight / 2;
  }
}
