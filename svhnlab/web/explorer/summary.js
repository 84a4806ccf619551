// The selection in words: its number of images, its accuracy, and its filters, each with a button that removes it.

import { element } from "../dom.js";
import { count, countImages, decimals, listing } from "../evidence/format.js";
import { button } from "./fields.js";
import { noFilter, summarise } from "./filters.js";
import { interval, wilson } from "./statistics.js";

/**
 * @import { Explorer } from "./explorer.js"
 * @import { Filter } from "./filters.js"
 */

const PAIRS = 3; // most confused pairs that are named

export class Summary {
  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    this.text = element("p", { className: "explorer-summary", role: "status" });
    this.chips = element("ul", { className: "explorer-chips" });
    /** What just happened. */
    this.note = element("p", { className: "explorer-note", role: "status" });
    this.box = element("div", { className: "explorer-head" }, this.text, this.chips, this.note);
  }

  update() {
    this.#summarise();
    this.#drawChips();
  }

  /** Return the number of selected images in words. */
  inWords() {
    const { data, selector } = this.explorer;
    const selected = selector.images.length;
    return selected === data.total ? `all ${countImages(selected)}` : `${count(selected)} of ${countImages(data.total)}`;
  }

  #summarise() {
    const { data, selector, state } = this.explorer;
    const { run, outcome } = state.filter;
    const { total, errors, confused } = summarise(data, run, selector.images);
    const accuracy = wilson(total - errors, total, data.runs[run].designEffect);
    const k = data.classes.length;
    const pairs = confused.slice(0, PAIRS)
      .map(([cell, times]) => `${data.classes[Math.floor(cell / k)]} as ${data.classes[cell % k]} (${count(times)})`);
    const words = this.inWords();
    this.text.replaceChildren(
      element("strong", {}, `${words.charAt(0).toUpperCase()}${words.slice(1)}`),
      outcome !== "all" ? `; ${outcome === "errors" ? "errors" : "correct images"} of ${data.runs[run].title}.` : accuracy
        ? `; accuracy of ${data.runs[run].title} ${interval(accuracy)}, ${count(errors)} ${errors === 1 ? "error" : "errors"}.`
        : " selected.",
      pairs.length ? ` Most confused: ${listing(pairs)}.` : "");
  }

  /** Return the parts of a filter in words, each with what removes it. @param {Filter} filter @returns {[string, Partial<Filter>][]} */
  parts(filter) {
    const { data, selector } = this.explorer;
    const k = data.classes.length;
    /** @type {<Value>(map: Map<string, Value>, name: string) => Map<string, Value>} */
    const without = (map, name) => new Map([...map].filter(([key]) => key !== name));
    /** @type {[string, Partial<Filter>][]} */
    const parts = [];
    if (filter.region) {
      const { run, rotation } = filter.region;
      parts.push([`part of the ${rotation ? "3-D map" : "map"} of ${data.runs[run].title}`, { region: null }]);
    }
    if (filter.outcome !== "all") parts.push([filter.outcome === "errors" ? "errors only" : "correct only", { outcome: "all" }]);
    for (const cell of filter.cells) {
      parts.push([`${data.classes[Math.floor(cell / k)]} as ${data.classes[cell % k]}`, { cells: filter.cells.filter((one) => one !== cell) }]);
    }
    for (const { name, title } of data.quantities) {
      const range = filter.ranges.get(name);
      if (range) parts.push([`${title.toLowerCase()} ${range.map((value) => decimals(value, 2)).join(" to ")}`, { ranges: without(filter.ranges, name) }]);
    }
    for (const { name, title, slices } of selector.groups) {
      const slice = filter.slices.get(name);
      if (slice !== undefined) parts.push([`${title.toLowerCase()}: ${slices[slice]}`, { slices: without(filter.slices, name) }]);
    }
    return parts;
  }

  /** Describe a filter with its model. @param {Filter} filter */
  describe(filter) {
    return `${this.explorer.data.runs[filter.run].title}: ${this.parts(filter).map(([words]) => words).join("; ") || "all images"}`;
  }

  #drawChips() {
    const { explorer } = this;
    const { filter } = explorer.state;
    const outcomes = /** @type {const} */ (["errors", "correct"]).filter((outcome) => filter.outcome !== outcome);
    const chips = this.parts(filter).map(([words, change]) =>
      element("li", {}, button(`${words.charAt(0).toUpperCase()}${words.slice(1)} ×`, () => explorer.changeFilter(change), `Remove the filter: ${words}`)));
    const clear = chips.length ? element("li", {}, button("Remove all filters", () => explorer.change({ filter: noFilter(filter.run) }))) : null;
    this.chips.replaceChildren(
      ...outcomes.map((outcome) => element("li", {}, button(outcome === "errors" ? "Errors only" : "Correct only",
        () => explorer.changeFilter({ outcome })))), ...chips, ...(clear ? [clear] : []));
  }
}
