// The table of slices of the selection: by label, cause, label quality and image properties. Its rows filter.

import { element } from "../dom.js";
import { count } from "../evidence/format.js";
import { interval, wilson } from "./statistics.js";

/**
 * @import { Explorer } from "./explorer.js"
 * @import { SliceGroup } from "./filters.js"
 */

export class SliceTable {
  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    const head = ["Slice", "Images", "Errors", "Error rate (95% interval)"].map((name) => element("th", { scope: "col" }, name));
    const { groups } = explorer.selector;
    this.rows = groups.map((group) => group.slices.map((name, slice) => {
      const button = element("button", { type: "button", onclick: () => this.toggle(group, slice) }, name);
      const cells = [element("td"), element("td"), element("td")];
      return { button, cells, row: element("tr", {}, element("th", { scope: "row" }, button), ...cells) };
    }));
    const bodies = groups.map((group, i) => element("tbody", {},
      element("tr", {}, element("th", { scope: "rowgroup", colSpan: 4 }, group.title)), ...this.rows[i].map(({ row }) => row)));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...head)), ...bodies);
    this.box = element("div", { className: "explorer-slices", role: "region", tabIndex: 0, ariaLabel: "Slices of the selection" }, table);
  }

  update() {
    const { data, selector, state } = this.explorer;
    const { run, slices } = state.filter;
    const { predicted, designEffect } = data.runs[run];
    selector.groups.forEach((group, g) => {
      const of = group.of(run);
      const totals = new Uint32Array(group.slices.length);
      const errors = new Uint32Array(group.slices.length);
      for (const image of selector.passing(`slice-${group.name}`)) {
        const slice = of(image);
        if (slice < 0) continue;
        totals[slice]++;
        if (predicted[image] !== data.labels[image]) errors[slice]++;
      }
      this.rows[g].forEach(({ button, cells }, slice) => {
        const rate = wilson(errors[slice], totals[slice], designEffect);
        // Images have a cause only if they are errors.
        const hasRate = rate !== null && group.name !== "cause";
        const texts = [count(totals[slice]), count(errors[slice]),
          hasRate ? interval(rate) : "–"];
        texts.forEach((text, i) => { cells[i].textContent = text; });
        cells[2].style.setProperty("--share", String(hasRate ? rate.share : 0));
        button.ariaPressed = String(slices.get(group.name) === slice);
      });
    });
  }

  /**
   * @param {SliceGroup} group
   * @param {number} slice
   */
  toggle({ name }, slice) {
    const slices = new Map(this.explorer.state.filter.slices);
    if (slices.get(name) === slice) slices.delete(name);
    else slices.set(name, slice);
    this.explorer.changeFilter({ slices });
  }
}
