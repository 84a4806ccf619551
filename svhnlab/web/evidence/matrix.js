// Links on the cells of a confusion matrix, each to the images of its cell.

import { element, hasModifier, moveTabStop, readJson } from "../dom.js";
import { count, countImages } from "./format.js";

/** @type {Record<string, [number, number]>} Lines down and columns to the right. */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @type {(share: number) => string} */
const percentage = (share) => `${100 * share}%`;

/**
 * Create the link of a cell; return null for a cell without images that have a card.
 * @param {MatrixCells} cells
 * @param {number} line
 * @param {number} column
 */
function cellLink({ run, classes, counts, order, shown }, line, column) {
  const label = order[line]; // a class
  const predicted = order[column];
  const correct = label === predicted;
  const total = counts[label][predicted];
  const withCard = correct ? shown[label] : total;
  if (!withCard) return null;
  const part = withCard < total ? `, ${count(withCard)} of them with a card` : "";
  const title = correct
    ? `${classes[label]} correctly classified: ${countImages(total)}${part}`
    : `${classes[label]} predicted as ${classes[predicted]}: ${countImages(total)}`;
  const query = new URLSearchParams({ model: run, true: String(label) });
  if (correct) query.set("show", "right");
  else query.set("predicted", String(predicted));
  query.set("labels", "all"); // the counts of the cells include suspected and wrong labels
  const link = element("a", { href: `#errors?${query}`, ariaLabel: title, title, tabIndex: -1 });
  Object.assign(link.style, {
    left: percentage(column / classes.length),
    top: percentage(line / classes.length),
    width: percentage(1 / classes.length),
    height: percentage(1 / classes.length),
  });
  return link;
}

/**
 * Create the links over one panel of a picture: one tab stop, arrows move between the cells.
 * @param {MatrixCells} cells
 * @param {number[]} place - left, top, width and height of the panel as shares of the picture
 * @param {boolean} again - whether another panel of the picture has the same cells
 * @param {string} screens - class of the screens that show the picture
 */
function panelLinks(cells, place, again, screens) {
  const k = cells.classes.length;
  const [left, top, width, height] = place.map(percentage);
  const box = element("div", { className: `evidence-cells ${screens}`, role: "group", ariaLabel: "Images in each cell" });
  Object.assign(box.style, { left, top, width, height });
  /** @type {(HTMLAnchorElement | null)[][]} */
  const links = cells.order.map((_, i) => cells.order.map((_, j) => cellLink(cells, i, j)));
  box.append(...links.flat().filter((link) => link !== null));
  const stop = box.querySelector("a");
  if (again) box.ariaHidden = "true";
  else if (stop) stop.tabIndex = 0;
  box.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || hasModifier(event)) return;
    event.preventDefault();
    let i = links.findIndex((line) => line.some((link) => link === event.target));
    let j = links[i].findIndex((link) => link === event.target);
    const from = links[i][j];
    do {
      i += step[0];
      j += step[1];
    } while (i >= 0 && j >= 0 && i < k && j < k && !links[i][j]);
    const to = links[i]?.[j];
    if (from && to) moveTabStop(from, to);
  });
  return box;
}

/** Add links over a drawn confusion matrix. @param {HTMLScriptElement} script - JSON of its cells */
export function addMatrixLinks(script) {
  /** @type {MatrixCells} */
  const cells = readJson(script);
  const figure = document.getElementById(script.dataset.for ?? "");
  figure?.append(
    ...cells.panels.map((place, panel) => panelLinks(cells, place, panel > 0, "wide-content")),
    ...cells.phone.map((place) => panelLinks(cells, place, false, "narrow-content")));
}
