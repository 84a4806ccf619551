// Comparison of two selections: their images, accuracies, and the difference with its interval.

import { element } from "../dom.js";
import { count, countImages } from "../evidence/format.js";
import { Selector, summarise } from "./filters.js";
import { difference, interval, wilson } from "./statistics.js";

/**
 * @import { Explorer } from "./explorer.js"
 * @import { Filter } from "./filters.js"
 * @import { ShareInterval } from "./statistics.js"
 */

/** @type {(value: number) => string} */
const points = (value) => `${value > 0 ? "+" : ""}${(100 * value).toFixed(1)}`.replace("-", "−");

export class Comparison {
  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    this.selector = new Selector(explorer.data);
    const keep = /** @type {const} */ (["a", "b"]).map((name) => element("button", {
      type: "button", onclick: () => explorer.change({ [name]: copied(explorer.state.filter) }),
    }, `Keep the selection as ${name.toUpperCase()}`));
    this.clear = element("button", { type: "button", onclick: () => explorer.change({ a: null, b: null }) }, "Remove both");
    this.result = element("div", { role: "status" });
    this.box = element("div", { className: "explorer-compare" },
      element("div", { className: "explorer-buttons" }, ...keep, this.clear), this.result);
  }

  update() {
    const { data, state } = this.explorer;
    this.clear.disabled = !state.a && !state.b;
    const kept = /** @type {[string, Filter | null][]} */ ([["A", state.a], ["B", state.b]]).map(([name, filter]) => {
      if (!filter) return null;
      const images = this.selector.apply(filter).images;
      const { total, errors } = summarise(data, filter.run, images);
      const accuracy = wilson(total - errors, total, data.runs[filter.run].designEffect);
      return { name, images, total, errors, accuracy, words: this.explorer.summary.describe(filter) };
    });
    const rows = kept.flatMap((one) => (one ? [element("tr", {}, element("th", { scope: "row" }, one.name),
      element("td", {}, one.words), element("td", {}, count(one.total)), element("td", {}, count(one.errors)),
      element("td", {}, one.accuracy ? interval(one.accuracy) : "–"))] : []));
    if (!rows.length) {
      this.result.replaceChildren();
      return;
    }
    const head = ["", "Selection", "Images", "Errors", "Accuracy (95% interval)"].map((name) => element(name ? "th" : "td", name ? { scope: "col" } : {}, name));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
    const scroll = element("div", { className: "explorer-scroll", role: "region", tabIndex: 0, ariaLabel: "Selections A and B" }, table);
    this.result.replaceChildren(scroll, element("p", {}, this.#difference(kept)));
  }

  /** @param {({ images: Uint32Array, accuracy: ShareInterval | null } | null)[]} kept */
  #difference([a, b]) {
    if (!a?.accuracy || !b?.accuracy) return a && b ? "One of the selections has no images." : "Keep two selections to compare them.";
    const inA = new Set(a.images);
    const shared = b.images.filter((image) => inA.has(image)).length;
    const { share, low, high } = difference(a.accuracy, b.accuracy);
    if (shared) {
      return `Accuracy of A minus B: ${points(share)} percentage points. The selections share ${countImages(shared)}, so there is no interval.`;
    }
    return `Accuracy of A minus B: ${points(share)} percentage points (95% interval ${points(low)} to ${points(high)}).`;
  }
}

/** @param {Filter} filter @returns {Filter} */
const copied = (filter) => ({ ...filter, ranges: new Map(filter.ranges), slices: new Map(filter.slices) });
