// The most confused pairs of classes of the selection, in place of a confusion matrix of many classes; pairs filter.

import { element } from "../dom.js";
import { countImages } from "../evidence/format.js";
import { summarise } from "./filters.js";

/** @import { Explorer } from "./explorer.js" */

const PAIRS = 40; // that are shown

export class PairList {
  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    this.list = element("ol", { className: "explorer-pairs" });
    this.box = element("div", { className: "explorer-slices", role: "region", tabIndex: 0, ariaLabel: "Most confused pairs" }, this.list);
  }

  update() {
    const { data, selector, state } = this.explorer;
    const k = data.classes.length;
    const { confused } = summarise(data, state.filter.run, selector.passing("cells"));
    this.list.replaceChildren(...confused.slice(0, PAIRS).map(([cell, times]) => {
      const button = element("button", { type: "button", onclick: () => this.explorer.toggleCell(cell) },
        `${data.classes[Math.floor(cell / k)]} as ${data.classes[cell % k]}: ${countImages(times)}`);
      button.ariaPressed = String(state.filter.cells.includes(cell));
      return element("li", {}, button);
    }));
  }
}
