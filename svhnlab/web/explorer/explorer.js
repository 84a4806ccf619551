// The explorer: maps, pictures, confusion matrix, distributions and slices of all test images, filters of one another.

import { element, first } from "../dom.js";
import { isEvidence, visit } from "../evidence/dialog.js";
import { stepThrough } from "../evidence/evidence.js";
import { count, percent } from "../evidence/format.js";
import { ASSETS } from "../load.js";
import { needsSpace, PREFIX, readState, writeState } from "./address.js";
import { colourings, scaleOf } from "./colours.js";
import { Comparison } from "./compare.js";
import { loadExplorer } from "./data.js";
import { button, labelled, option } from "./fields.js";
import { noFilter, Selector } from "./filters.js";
import { SelectionGallery } from "./gallery.js";
import { Histograms } from "./histograms.js";
import { PointMap } from "./map.js";
import { Matrix } from "./matrix.js";
import { PairList } from "./pairs.js";
import { SliceTable } from "./slices.js";
import { spansOf } from "./space.js";
import { Summary } from "./summary.js";
import { Tags } from "./tags.js";
import { Tools } from "./tools.js";

/**
 * @import { State, View } from "./address.js"
 * @import { ExplorerData } from "./data.js"
 * @import { Filter } from "./filters.js"
 * @import { Rotation } from "./space.js"
 */

const NEAR_ZOOM = 12; // at which an image that the reader asked for is shown
const MOST_CLASSES = 30; // of a confusion matrix and of a legend
const WAIT = 150; // milliseconds until the address has the state

export class Explorer {
  /** @type {number | null} Image that is shown on the maps. */
  lit = null;
  /** @type {PointMap[]} */
  maps = [];
  /** Largest distances from the centre along both axes of the page, over the maps that are shown. @type {[number, number]} */
  spans = [1, 1];
  /** @type {number | undefined} */
  timer;

  /**
   * @param {HTMLElement} box
   * @param {ExplorerData} data
   */
  constructor(box, data) {
    this.box = box;
    this.data = data;
    this.selector = new Selector(data);
    this.colours = colourings(data);
    /** @type {State} */
    this.state = this.#read();
    this.selector.apply(this.state.filter);
    this.summary = new Summary(this);
    this.tools = new Tools(this);
    this.tags = new Tags(this);
    this.gallery = new SelectionGallery(this);
    this.matrix = data.classes.length > MOST_CLASSES ? new PairList(this) : new Matrix(this);
    this.histograms = new Histograms(this);
    this.slices = new SliceTable(this);
    this.comparison = new Comparison(this);
    this.#build();
    this.update();
    stepThrough(this.gallery);
    const opened = location.hash.match(/^#image-(\d+)$/);
    if (opened) this.jump(Number(opened[1])); // seen when the card is closed
    const readAddress = async () => {
      const { hash } = location;
      if (!hash.startsWith(PREFIX) || hash === this.#write()) return;
      if (needsSpace(hash)) await data.loadSpace();
      if (location.hash !== hash) return; // another one came
      this.state = this.#read();
      this.update();
    };
    window.addEventListener("popstate", readAddress);
    window.addEventListener("hashchange", readAddress);
    new MutationObserver(() => this.#recolour()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  }

  #read() {
    return readState(this.data, location.hash, this.selector.groups, this.colours.map(([name]) => name));
  }

  #write() {
    return writeState(this.data, this.state, this.selector.groups);
  }

  // Elements ----------------------------------------------------------------------------------------------------

  #build() {
    const { data } = this;
    const models = () => data.runs.map(({ title }, run) => option(run, title));
    this.runField = element("select", {}, ...models());
    this.runField.addEventListener("change", () => this.changeFilter({ run: Number(this.runField?.value) }));
    this.secondField = element("select", {}, option(-1, "none"), ...models());
    this.secondField.addEventListener("change", () => this.change({ second: Number(this.secondField?.value) }));
    this.colourField = element("select", {}, ...this.colours.map(([name, title]) => option(name, title)));
    this.colourField.addEventListener("change", () => this.change({ colour: this.colourField?.value ?? "label" }));
    const numberField = element("input", { type: "number", min: "0", step: "1", required: true });
    const jump = element("form", { className: "explorer-jump" }, labelled("Image number", numberField), element("button", {}, "Show"));
    jump.addEventListener("submit", (event) => {
      event.preventDefault();
      this.jump(numberField.valueAsNumber);
    });
    this.mapBox = element("div", { className: "explorer-maps" });
    this.legend = element("div", { className: "explorer-legend" });
    const placed = data.total - data.file.mapped;
    const help = element("p", { className: "tool-help" },
      "Dots are correct, crosses are errors. Drag to move a map, choose Rotate to rotate it in 3-D, or Box or Lasso to draw " +
        "around images; Shift and drag draws a box, Ctrl and wheel zooms. A click opens the card of an image; on a touch screen, the first " +
        "tap shows the image, and the second opens its card.",
      placed ? ` t-SNE placed ${count(data.file.mapped)} images; ${count(placed)} others are placed by their neighbours.` : null);
    const models2 = data.runs.length > 1 ? labelled("Second model", this.secondField) : null;
    this.box.replaceChildren(
      element("div", { className: "explorer-bar" }, labelled("Model", this.runField), models2,
        labelled("Colour of the points", this.colourField), jump, button("Copy the address", () => this.copy())),
      this.summary.box,
      element("div", { className: "explorer-stage" },
        element("div", { className: "explorer-left" }, this.tools.box, this.mapBox, this.legend, help),
        this.gallery.box),
      element("div", { className: "explorer-pair" },
        element("section", {}, element("h2", {}, this.matrix instanceof Matrix ? "Confusion matrix" : "Most confused pairs"), this.matrix.box,
          element("h2", {}, "Two selections"), this.comparison.box),
        element("section", {}, element("h2", {}, "Distributions"),
          element("p", { className: "explorer-note" }, "Drag over the bars to select a range. Dark: the selection; pale: what it would be without the range. Heights are square roots of counts."),
          this.histograms.box)),
      element("div", { className: "explorer-pair" },
        element("section", {}, element("h2", {}, "Slices"), this.slices.box),
        element("section", {}, element("h2", {}, "Tags and files"), this.tags.box)),
    );
  }

  // State -------------------------------------------------------------------------------------------------------

  /** @returns {"light" | "dark"} */
  theme() {
    return document.body.classList.contains("quarto-dark") ? "dark" : "light";
  }

  /** @param {Partial<Filter>} part */
  changeFilter(part) {
    this.change({ filter: { ...this.state.filter, ...part } });
  }

  /** Add a cell of the confusion matrix to the filter, or remove it. @param {number} cell */
  toggleCell(cell) {
    const { cells } = this.state.filter;
    this.changeFilter({ cells: cells.includes(cell) ? cells.filter((one) => one !== cell) : [...cells, cell] });
  }

  /** @param {Partial<State>} part */
  change(part) {
    Object.assign(this.state, part);
    this.update();
    this.#store();
  }

  /**
   * @param {View} view
   * @param {Rotation | null} [rotation]
   */
  setView(view, rotation = this.state.rotation) {
    this.state.view = view;
    this.state.rotation = rotation;
    for (const map of this.maps) {
      map.redraw();
      if (!map.tip.hidden) map.showTip(this.lit);
    }
    this.#store();
  }

  #store() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (!isEvidence(location.hash)) history.replaceState(history.state, "", this.#write());
    }, WAIT);
  }

  /** Show the state. */
  update() {
    const { data, state, selector } = this;
    const { filter } = state;
    if (this.lit !== null && selector.apply(filter).failed[this.lit]) this.lit = null;
    else selector.apply(filter);
    if (state.second === filter.run) state.second = -1;
    if (this.runField) this.runField.value = String(filter.run);
    if (this.secondField) this.secondField.value = String(state.second);
    if (this.colourField) this.colourField.value = state.colour;
    this.summary.update();
    this.#drawMaps(state.second < 0 ? [filter.run] : [filter.run, state.second]);
    this.#drawLegend();
    this.gallery.update();
    this.matrix.update();
    this.histograms.update();
    this.slices.update();
    this.comparison.update();
    this.tags.update();
    this.box.dataset.selected = String(selector.images.length);
    this.box.dataset.total = String(data.total);
  }

  /** @param {number[]} runs */
  #drawMaps(runs) {
    const isSpatial = this.state.rotation !== null;
    const spans = runs.map((run) => spansOf(this.data.coordinates(run, isSpatial), isSpatial));
    this.spans = [Math.max(...spans.map(([x]) => x)), Math.max(...spans.map(([, y]) => y))];
    if (this.maps.length !== runs.length) {
      this.maps = runs.map((run, i) => this.maps[i] ?? new PointMap(this, run));
      this.mapBox?.replaceChildren(...this.maps.map(({ box }) => box));
    }
    this.tools.update();
    this.maps.forEach((map, i) => {
      if (map.coordinates === this.data.coordinates(runs[i], isSpatial)) map.recolour();
      else map.show(runs[i]);
      if (!map.tip.hidden) map.showTip(this.lit);
    });
  }

  #recolour() {
    for (const map of this.maps) map.recolour();
    this.#drawLegend();
  }

  #drawLegend() {
    const { names, colours, isScale } = scaleOf(this.data, this.state.filter.run, this.state.colour, this.theme());
    /** @param {[number, number, number]} colour */
    const css = (colour) => `rgb(${colour.join(" ")})`;
    if (isScale) {
      const bar = element("i", { className: "explorer-ramp" });
      bar.style.background = `linear-gradient(to right, ${css(colours[0])}, ${css(colours[colours.length - 2])})`;
      this.legend?.replaceChildren(element("span", {}, names[0]), bar, element("span", {}, names[1]));
      return;
    }
    this.legend?.replaceChildren(...names.slice(0, MOST_CLASSES).map((name, i) => {
      const swatch = element("i");
      swatch.style.background = css(colours[i % colours.length]);
      return element("span", {}, swatch, name);
    }), names.length > MOST_CLASSES ? "…" : "");
  }

  // Single images -----------------------------------------------------------------------------------------------

  /**
   * Show an image on all maps.
   * @param {number | null} image
   * @param {PointMap | null} [map] - the one that the reader uses; then all maps show the picture, too
   */
  light(image, map = null) {
    const isSame = image === this.lit && this.maps.every(({ tip }) => tip.hidden === (image === null || !map));
    if (isSame) return;
    this.lit = image;
    for (const one of this.maps) {
      one.showTip(map ? image : null);
      one.redraw();
    }
  }

  /** Go to another selected image in the order of the pictures. @param {-1 | 1} by */
  step(by) {
    const { images } = this.gallery;
    if (!images.length) return;
    const at = this.lit === null ? (by > 0 ? -1 : 0) : images.indexOf(this.lit);
    const image = images[(at + by + images.length) % images.length];
    this.#bring(image, this.state.view.zoom);
    this.#announce(image);
  }

  /** Show the image with a number. @param {number} number */
  jump(number) {
    const image = this.data.images.get(number);
    if (image === undefined) {
      this.summary.note.textContent = `There is no test image ${number}.`;
      return;
    }
    if (this.selector.failed[image]) this.change({ filter: noFilter(this.state.filter.run) });
    this.#bring(image, Math.max(NEAR_ZOOM, this.state.view.zoom));
    this.#announce(image);
  }

  /**
   * Move the maps to an image, and show it.
   * @param {number} image
   * @param {number} zoom
   */
  #bring(image, zoom) {
    // The maps move together: between the places of the image, and no nearer than both are in view.
    /** @param {"x" | "y"} axis */
    const ends = (axis) => {
      const places = this.maps.map(({ positions }) => positions[axis][image]);
      return [Math.min(...places), Math.max(...places)];
    };
    const [[left, right], [bottom, top]] = [ends("x"), ends("y")];
    const most = Math.min(this.spans[0] / (right - left), this.spans[1] / (top - bottom));
    if (zoom > 1) this.setView({ x: (left + right) / 2, y: (bottom + top) / 2, zoom: Math.min(zoom, most) });
    this.light(image, this.maps[0]);
  }

  /** @param {number} image */
  #announce(image) {
    const { data } = this;
    const { predicted, values } = data.runs[this.state.filter.run];
    const note = data.labelNote(image);
    const link = element("a", { href: `#image-${data.numbers[image]}` }, `Image ${data.numbers[image]}`);
    this.summary.note.replaceChildren(link, `: labelled ${data.classes[data.labels[image]]}, predicted ` +
      `${data.classes[predicted[image]]} (${percent(values.confidence[image])})${note ? `; ${note}` : ""}.${this.tools.lines.checked ? ` ${this.maps[0].separated(image)}.` : ""}`);
  }

  /** Open the card of an image. @param {number} image */
  open(image) {
    visit(`#image-${this.data.numbers[image]}`);
  }

  async copy() {
    clearTimeout(this.timer);
    history.replaceState(history.state, "", this.#write());
    /** @param {string} text */
    const say = (text) => {
      this.summary.note.textContent = text;
    };
    try {
      await navigator.clipboard.writeText(location.href);
      say("The address is copied.");
    } catch {
      say("The address bar of the browser has this selection.");
    }
  }
}

export async function startExplorer() {
  const box = first(".test-explorer", HTMLElement);
  if (!box) return;
  const style = element("link", { rel: "stylesheet", href: new URL("explorer.css", ASSETS).href });
  const styled = new Promise((resolve) => { style.onload = style.onerror = resolve; });
  document.head.append(style);
  const [data] = await Promise.all([loadExplorer(), styled]);
  if (!data) return; // the static text stays
  if (needsSpace(location.hash)) await data.loadSpace();
  new Explorer(box, data);
}
