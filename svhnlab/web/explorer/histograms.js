// Histograms of confidence, loss, margin and image properties. A range of each filters.

import { drawn, element } from "../dom.js";

/**
 * @import { Quantity } from "./data.js"
 * @import { Explorer } from "./explorer.js"
 */

const BINS = 40;
const HEIGHT = 56; // of the bars, in units of the drawing
const WIDTH = 200;
const SMALLEST_LOG = 0.001;

class Histogram {
  /** @type {number | null} Run whose values are in the bins. */
  run = null;
  /** @type {[number, number]} Smallest and largest value. */
  edges = [0, 1];
  /** Bin of each image, -1: none. */
  bins = new Int16Array(0);

  /**
   * @param {Explorer} explorer
   * @param {Quantity} quantity
   */
  constructor(explorer, quantity) {
    this.explorer = explorer;
    this.quantity = quantity;
    this.view = `range-${quantity.name}`;
    this.all = drawn("path", { class: "explorer-others" });
    this.selected = drawn("path", { class: "explorer-selected" });
    this.frame = drawn("rect", { class: "explorer-range", y: 0, height: HEIGHT });
    this.svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      this.all, this.selected, this.frame);
    this.low = element("input", { type: "number", step: "any", ariaLabel: `${quantity.title}, from` });
    this.high = element("input", { type: "number", step: "any", ariaLabel: `${quantity.title}, to` });
    for (const field of [this.low, this.high]) field.addEventListener("change", () => this.read());
    const clear = element("button", { type: "button", ariaLabel: `All values of ${quantity.title.toLowerCase()}` }, "All");
    clear.addEventListener("click", () => this.choose(null));
    this.clear = clear;
    this.box = element("div", { className: "explorer-histogram", role: "group", ariaLabel: quantity.title },
      element("p", {}, element("strong", {}, quantity.title), quantity.unit ? ` ${quantity.unit}` : ""),
      element("div", { className: "explorer-bars" }, this.svg),
      element("div", { className: "explorer-bounds" }, this.low, element("span", {}, "to"), this.high, clear));
    this.#listen();
  }

  /** Compute the bins of a run, which do not depend on the selection. @param {number} run */
  #divide(run) {
    if (this.run === run) return;
    this.run = run;
    const values = this.quantity.of(run);
    let low = Infinity;
    let high = -Infinity;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const isShare = this.quantity.name === "confidence";
    this.edges = isShare ? [0, 1] : low <= high ? [low, high > low ? high : low + 1] : [0, 1];
    const [from, to] = this.edges.map((value) => this.#scaled(value));
    this.bins = Int16Array.from(values, (value) => (Number.isNaN(value)
      ? -1
      : Math.max(0, Math.min(BINS - 1, Math.floor((BINS * (this.#scaled(value) - from)) / (to - from))))));
  }

  /** @param {number} value */
  #scaled(value) {
    return this.quantity.isLog ? Math.log(Math.max(SMALLEST_LOG, value)) : value;
  }

  /** Return the value at a share of the width. @param {number} share */
  #valueAt(share) {
    const [low, high] = this.edges;
    if (share <= 0) return low;
    if (share >= 1) return high;
    const [from, to] = [this.#scaled(low), this.#scaled(high)];
    const value = from + share * (to - from);
    return this.quantity.isLog ? Math.exp(value) : value;
  }

  update() {
    const { selector, state } = this.explorer;
    this.#divide(state.filter.run);
    const { bins } = this;
    const [low, high] = this.edges;
    const [others, selected] = [selector.passing(this.view), selector.images].map((images) => {
      const counts = new Uint32Array(BINS);
      for (const image of images) if (bins[image] >= 0) counts[bins[image]]++;
      return counts;
    });
    const most = Math.max(1, ...others);
    /** Heights are square roots: most images have a high confidence. @param {Uint32Array} counts */
    const path = (counts) => Array.from(counts, (value, bin) => {
      const height = HEIGHT * Math.sqrt(value / most);
      return `M${(bin * WIDTH) / BINS} ${HEIGHT}v${-height}h${WIDTH / BINS - 0.6}v${height}z`;
    }).join("");
    this.all.setAttribute("d", path(others));
    this.selected.setAttribute("d", path(selected));
    const range = state.filter.ranges.get(this.quantity.name);
    const shown = range ?? [low, high];
    // Rounding outwards keeps the images at the ends.
    const power = 10 ** this.quantity.digits;
    this.low.value = range ? String(shown[0]) : (Math.floor(shown[0] * power) / power).toFixed(this.quantity.digits);
    this.high.value = range ? String(shown[1]) : (Math.ceil(shown[1] * power) / power).toFixed(this.quantity.digits);
    this.clear.disabled = !range;
    this.#mark(range ?? null);
  }

  /** @param {[number, number] | null} range */
  #mark(range) {
    const [from, to] = this.edges.map((value) => this.#scaled(value));
    const [left, right] = (range ?? [0, 0]).map((value) => Math.max(0, Math.min(1, (this.#scaled(value) - from) / (to - from))) * WIDTH);
    this.frame.setAttribute("x", String(left));
    this.frame.setAttribute("width", String(range ? Math.max(1, right - left) : 0));
  }

  #listen() {
    /** @type {number | null} */
    let start = null;
    /** @param {PointerEvent} event */
    const share = (event) => {
      const box = this.svg.getBoundingClientRect();
      return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    };
    /** @param {PointerEvent} event @returns {[number, number]} */
    const range = (event) => {
      const [low, high] = [start ?? 0, share(event)].sort((a, b) => a - b);
      // Whole bins, in as few digits as distinguish them.
      /** @type {(at: number) => number} */
      const value = (at) => Number(this.#valueAt(at / BINS).toPrecision(4));
      return [value(Math.floor(low * BINS)), value(Math.ceil(high * BINS))];
    };
    this.svg.addEventListener("pointerdown", (event) => {
      if (!(event instanceof PointerEvent) || event.button) return;
      start = share(event);
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (start !== null && event instanceof PointerEvent) this.#mark(range(event));
    });
    this.svg.addEventListener("pointerup", (event) => {
      if (start !== null && event instanceof PointerEvent) this.choose(range(event));
      start = null;
    });
    this.svg.addEventListener("pointercancel", () => {
      start = null;
      this.#mark(this.explorer.state.filter.ranges.get(this.quantity.name) ?? null);
    });
  }

  read() {
    const [low, high] = [this.low, this.high].map((field) => field.valueAsNumber);
    if (low <= high) this.choose([low, high]);
    else this.update(); // no range: the fields show the current one again
  }

  /** @param {[number, number] | null} range */
  choose(range) {
    const ranges = new Map(this.explorer.state.filter.ranges);
    if (range) ranges.set(this.quantity.name, range);
    else ranges.delete(this.quantity.name);
    this.explorer.changeFilter({ ranges });
  }
}

export class Histograms {
  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.histograms = explorer.data.quantities.map((quantity) => new Histogram(explorer, quantity));
    this.box = element("div", { className: "explorer-histograms" }, ...this.histograms.map(({ box }) => box));
  }

  update() {
    for (const histogram of this.histograms) histogram.update();
  }
}
