// The confusion matrix of the selection; its cells filter.

import { element, hasModifier, moveTabStop } from "../dom.js";
import { count, countImages } from "../evidence/format.js";

/** @import { Explorer } from "./explorer.js" */

export class Matrix {
  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    const { classes } = explorer.data;
    this.cells = classes.map((_, label) => classes.map((_, predicted) => {
      const button = element("button", { type: "button", tabIndex: label || predicted ? -1 : 0 });
      button.addEventListener("click", () => explorer.toggleCell(label * classes.length + predicted));
      return button;
    }));
    const head = element("tr", {}, element("th", { scope: "col" }, "Label"),
      ...classes.map((name) => element("th", { scope: "col" }, name)));
    const rows = classes.map((name, label) => element("tr", {}, element("th", { scope: "row" }, name),
      ...this.cells[label].map((button) => element("td", {}, button))));
    this.table = element("table", {}, element("caption", {}, "Rows: label. Columns: predicted class."),
      element("thead", {}, head), element("tbody", {}, ...rows));
    this.table.addEventListener("keydown", (event) => this.key(event));
    this.box = element("div", { className: "explorer-matrix", role: "region", ariaLabel: "Confusion matrix" }, this.table);
  }

  update() {
    const { data, selector, state } = this.explorer;
    const k = data.classes.length;
    const { predicted } = data.runs[state.filter.run];
    const counts = new Uint32Array(k * k);
    for (const image of selector.passing("cells")) counts[data.labels[image] * k + predicted[image]]++;
    const most = [0, 0]; // of correct images, of errors
    counts.forEach((value, cell) => {
      const kind = Number(Math.floor(cell / k) !== cell % k);
      most[kind] = Math.max(most[kind], value);
    });
    const chosen = new Set(state.filter.cells);
    counts.forEach((value, cell) => {
      const [label, guess] = [Math.floor(cell / k), cell % k];
      const button = this.cells[label][guess];
      button.textContent = value ? count(value) : "";
      button.ariaLabel = `Label ${data.classes[label]}, predicted ${data.classes[guess]}: ${countImages(value)}`;
      button.ariaPressed = String(chosen.has(cell));
      button.classList.toggle("explorer-error", label !== guess);
      button.style.setProperty("--share", String(value ? 0.08 + 0.34 * Math.sqrt(value / most[Number(label !== guess)]) : 0));
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, [number, number]>} */
    const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    const step = steps[event.key];
    if (!step || hasModifier(event)) return;
    const row = this.cells.findIndex((buttons) => buttons.some((button) => button === event.target));
    const from = this.cells[row]?.findIndex((button) => button === event.target) ?? -1;
    const to = this.cells[row + step[0]]?.[from + step[1]];
    if (to) moveTabStop(this.cells[row][from], to);
    if (row >= 0) event.preventDefault();
  }
}
