// Links on the cells of a confusion matrix and on the bars of its form for phones, each to its images.

import { element, hasModifier, moveTabStop, readJson } from "../dom.js";
import { count, countImages } from "./format.js";

/** @type {Record<string, [number, number]>} Lines down and columns to the right. */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @type {(share: number) => string} */
const percentage = (share) => `${100 * share}%`;

/**
 * Create the link to the images of one class with one prediction; return null without images that have a card.
 * @param {MatrixCells} cells
 * @param {number} label
 * @param {number} predicted
 */
function cellLink({ run, classes, counts, shown }, label, predicted) {
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
  return element("a", { href: `#errors?${query}`, ariaLabel: title, title, tabIndex: -1 });
}

/**
 * Create links over a part of a picture: one tab stop, arrows move between the links.
 * @param {(HTMLAnchorElement | null)[][]} links - in lines from top to bottom, from left to right in each
 * @param {number[]} place - left, top, width and height of the part as shares of the picture
 * @param {string} name - of the links, for screen readers
 * @param {string} screens - class of the screens that show the picture
 */
function linkGroup(links, place, name, screens) {
  const [left, top, width, height] = place.map(percentage);
  const box = element("div", { className: `evidence-cells ${screens}`, role: "group", ariaLabel: name });
  Object.assign(box.style, { left, top, width, height });
  const columns = links[0].length;
  links.forEach((line, i) => line.forEach((link, j) => {
    if (!link) return;
    Object.assign(link.style, {
      left: percentage(j / columns),
      top: percentage(i / links.length),
      width: percentage(1 / columns),
      height: percentage(1 / links.length),
    });
    box.append(link);
  }));
  const stop = box.querySelector("a");
  if (stop) stop.tabIndex = 0;
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
    } while (i >= 0 && j >= 0 && i < links.length && j < columns && !links[i][j]);
    const to = links[i]?.[j];
    if (from && to) moveTabStop(from, to);
  });
  return box;
}

/** @param {MatrixCells} cells @param {number[]} place @param {string} screens */
function panelLinks(cells, place, screens) {
  const links = cells.order.map((label) => cells.order.map((predicted) => cellLink(cells, label, predicted)));
  return linkGroup(links, place, "Images in each cell", screens);
}

/** Hide links from the keyboard and from screen readers. @param {HTMLElement} group */
function keepForPointers(group) {
  group.ariaHidden = "true";
  for (const link of group.querySelectorAll("a")) link.tabIndex = -1;
}

/** Add links over a drawn confusion matrix. @param {HTMLScriptElement} script - JSON of its cells */
export function addMatrixLinks(script) {
  /** @type {MatrixCells} */
  const cells = readJson(script);
  const wide = cells.panels.map((place) => panelLinks(cells, place, "wide-content"));
  wide.slice(1).forEach(keepForPointers); // they have the same cells as the first
  const narrow = cells.phone.map((place) => panelLinks(cells, place, "narrow-content"));
  if (cells.bars) {
    const links = cells.bars.pairs.map(([label, predicted]) => [cellLink(cells, label, predicted)]);
    narrow.push(linkGroup(links, cells.bars.place, "Images of each confusion", "narrow-content"));
  }
  document.getElementById(script.dataset.for ?? "")?.append(...wide, ...narrow);
}
