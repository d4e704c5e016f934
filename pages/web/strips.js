// Strips above and beneath the lanes of a history: the whole of it, and its stale reads.
import { text } from "./words.js";

/** How much room names have, how wide a column of a strip is, and how tall strips are. */
export const MARGIN = 58;
export const COLUMN = 2;
export const STRIP = 30;
const OVERVIEW = 54;

/** How many versions reads are behind, at most in each column of pixels: a strip beneath the lanes. */
export function drawStale(view, pen, top) {
  const { colours, lanes } = view;
  const { stale } = lanes.head;
  const most = Math.max(...stale.map(([, versions]) => versions));
  const columns = new Map();
  for (const [at, versions] of stale) {
    const x = Math.round(view.x(lanes.start[at]) / 3) * 3;
    if (x >= MARGIN && x <= view.width) columns.set(x, Math.max(columns.get(x) ?? 0, versions));
  }
  pen.fillStyle = colours.row;
  pen.fillRect(MARGIN, top + 2, view.width - MARGIN, STRIP - 4);
  pen.fillStyle = colours.soft;
  pen.textAlign = "right";
  pen.fillText(text("stale"), MARGIN - 8, top + STRIP / 2);
  pen.fillStyle = colours.doubt;
  for (const [x, versions] of columns) {
    const tall = 4 + ((STRIP - 8) * Math.log2(versions + 1)) / Math.log2(most + 1);
    pen.fillRect(x - 1.5, top + STRIP - 2 - tall, 3, tall);
  }
}

/** The whole history: how busy it is, what is shown of it, and where the witness lies. */
export function drawOverview(view) {
  const { lanes, colours } = view;
  const pen = view.pen(view.overview, OVERVIEW);
  const [first, last] = view.all;
  const at = (time) => MARGIN + ((time - first) / (last - first)) * (view.width - MARGIN);
  const key = `${view.width} ${document.documentElement.dataset.theme}`;
  if (view.densityKey !== key) {
    view.densityKey = key;
    view.density = [];
    for (let x = MARGIN; x < view.width; x += COLUMN) {
      const from = first + ((x - MARGIN) / (view.width - MARGIN)) * (last - first);
      const to = from + (COLUMN / (view.width - MARGIN)) * (last - first);
      view.density.push(lanes.lanes.reduce((sum, lane) => sum + lanes.share(lane, from, to), 0) / lanes.lanes.length);
    }
  }
  pen.fillStyle = colours.row;
  pen.fillRect(MARGIN, 0, view.width - MARGIN, OVERVIEW - 12);
  pen.globalAlpha = 0.6;
  pen.fillStyle = colours.t1;
  view.density.forEach((share, column) => {
    const tall = share * (OVERVIEW - 14);
    pen.fillRect(MARGIN + column * COLUMN, OVERVIEW - 12 - tall, COLUMN, tall);
  });
  pen.globalAlpha = 1;
  pen.strokeStyle = colours.ink;
  pen.lineWidth = 2;
  pen.strokeRect(at(view.from) - 1, 1, Math.max(3, at(view.to) - at(view.from) + 1), OVERVIEW - 13);
  pen.fillStyle = colours.bad;
  for (const operation of view.witness) {
    const x = at(lanes.start[operation]);
    pen.beginPath();
    pen.moveTo(x, OVERVIEW - 11);
    pen.lineTo(x - 5, OVERVIEW - 1);
    pen.lineTo(x + 5, OVERVIEW - 1);
    pen.fill();
  }
}
