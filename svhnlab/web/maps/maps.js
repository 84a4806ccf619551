// Maps of feature space: one figure for all models, with mouse, keyboard and touch. Without Plotly or WebGL the static
// picture stays.

import { returnToAnchor } from "../anchor.js";
import { all, element, hasModifier, readJson, required } from "../dom.js";
import { hasImage, labelNote, loadImages, openImage, paintImage } from "../evidence/evidence.js";
import { count, countImages } from "../evidence/format.js";
import { LinkList } from "../link_list.js";
import { ASSETS, loadScript } from "../load.js";
import { addGestures } from "./gestures.js";
import { projection } from "./positions.js";
import { mapTraces, shownImages } from "./traces.js";

/**
 * Effect of a key: steps to the right, steps up, and the factor of the distance.
 * @type {Record<string, [number, number, number]>}
 */
const STEPS = {
  ArrowLeft: [-1, 0, 1], ArrowRight: [1, 0, 1], ArrowUp: [0, 1, 1], ArrowDown: [0, -1, 1],
  "+": [0, 0, 0.85], "=": [0, 0, 0.85], "-": [0, 0, 1 / 0.85],
};
const HIDDEN_AXIS = { visible: false, showspikes: false };
const CLICK_DISTANCE = 4; // pixels: a pointer that moves farther turns the map
const REACH = { mouse: 10, touch: 24 }; // pixels between a pointer and a point that it means
const DRAG_STEPS = { flat: 10, spatial: 26 }; // steps for a drag over the whole map
const GAP = 16; // pixels between a point and its tip
const FRONT = 1e-3; // of two points at the same place, the nearer one is meant

/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

async function loadPlotly() {
  await loadScript(new URL("plotly.min.js", ASSETS));
  if (!window.Plotly) throw new Error("plotly.min.js has no Plotly");
  return window.Plotly;
}

class FeatureMap {
  /** @type {number[]} Positions of the shown images in the data, errors first; without the pale background. */
  shown = [];
  /** @type {number | null} Image with the tip. */
  current = null;
  /** @type {{ x: number, y: number } | null} Where a button of the mouse was pressed. */
  pressed = null;
  /** @type {Plotly | null} */
  plotly = null;

  /**
   * @param {HTMLElement} box
   * @param {MapData} data
   */
  constructor(box, data) {
    this.box = box;
    this.data = data;
    this.isFlat = data.dimensions === 2;
    this.plot = /** @type {PlotlyFigure} */ (required(".map-plot", HTMLDivElement, box));
    this.scores = required(".map-scores", HTMLElement, box);
    this.errorsOnly = required(".map-errors input", HTMLInputElement, box);
    this.tip = required(".map-tip", HTMLElement, box);
    this.tipPicture = required("div", HTMLElement, this.tip);
    this.tipText = required("p", HTMLElement, this.tip);
    this.status = required(".map-status", HTMLElement, box);
    this.ring = required(".map-ring", HTMLElement, box);
    this.enlargeButton = required(".map-enlarge", HTMLButtonElement, box);
    /** @type {LinkList<number>} */
    this.list = new LinkList("map-list", (image) => this.link(image));
    const details = required(".map-points", HTMLDetailsElement, box);
    details.append(this.list.list, this.list.button);
    this.summary = required("summary", HTMLElement, details);
    this.count();
  }

  /** Draw the map for the first time and add the event listeners. @param {Plotly} plotly */
  async start(plotly) {
    this.plotly = plotly;
    await this.draw();
    const { box, plot, enlargeButton } = this;
    // The figure has a name and a list of its points; what Plotly draws has neither.
    required(".plot-container", HTMLElement, plot).ariaHidden = "true";
    plot.on("plotly_relayout", () => this.show(this.current)); // its point has moved
    plot.addEventListener("keydown", (event) => this.handleKey(event));
    plot.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.show(event.buttons ? null : this.imageAt(event));
    });
    plot.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") this.show(null);
    });
    // Plotly does not report all clicks.
    plot.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch") this.pressed = { x: event.clientX, y: event.clientY };
    }, true);
    window.addEventListener("pointerup", (event) => this.release(event), true);
    const steps = this.isFlat ? DRAG_STEPS.flat : DRAG_STEPS.spatial;
    addGestures(plot, (right, down, factor) => this.move([-steps * right, steps * down, factor]), (event) => this.tap(event));
    box.addEventListener("change", () => this.draw());
    required(".map-closer", HTMLElement, box).addEventListener("click", () => this.move(STEPS["+"]));
    required(".map-farther", HTMLElement, box).addEventListener("click", () => this.move(STEPS["-"]));
    required(".map-reset", HTMLElement, box).addEventListener("click", () => this.reset());
    enlargeButton.hidden = !document.fullscreenEnabled;
    enlargeButton.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else box.requestFullscreen();
    });
    let factor = this.distanceFactor();
    box.addEventListener("fullscreenchange", () => {
      enlargeButton.textContent = document.fullscreenElement === box ? "Close" : "Enlarge";
      plotly.Plots.resize(plot);
      if (this.isFlat) return;
      // Keep the visible part of the map.
      this.move([0, 0, this.distanceFactor() / factor]);
      factor = this.distanceFactor();
    });
    loadImages();
    // The class names have the page's text colour.
    const themes = new MutationObserver(() => this.draw());
    themes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  }

  /** Return the selected model, or the selected class (-1: all). @param {"models" | "classes"} kind */
  chosen(kind) {
    // Many classes are in a list.
    const list = this.box.querySelector(`.map-${kind} select`);
    return Number((list instanceof HTMLSelectElement
      ? list
      : required(`.map-${kind} input:checked`, HTMLInputElement, this.box)).value);
  }

  run() {
    return this.data.runs[this.chosen("models")];
  }

  // Drawing -----------------------------------------------------------------------------------------------------

  /** Show the scores, the images and their number for the reader's choice. */
  count() {
    const run = this.run();
    const chosenClass = this.chosen("classes");
    const lines = [...run.scores, chosenClass < 0 ? run.silhouette : run.silhouettes[chosenClass]];
    this.scores.replaceChildren(...lines.map(([term, value]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, value))));
    const { correct, wrong } = shownImages(this.data, run, chosenClass, this.errorsOnly.checked);
    this.shown = [...wrong, ...correct];
    this.list.show(this.shown);
    const title = required(".map-models input:checked + span", HTMLElement, this.box).textContent;
    const ofClass = chosenClass < 0 ? "" : ` of class ${this.data.names[chosenClass]}`;
    const numbers = `${countImages(this.shown.length)}${ofClass}, ${count(wrong.length)} misclassified`;
    this.summary.textContent = `List of the points: ${numbers}`;
    this.plot.ariaLabel = `Map of ${title}: ${numbers}`;
  }

  draw() {
    this.show(null);
    this.count();
    const traces = mapTraces(this.plot, this.data, this.run(), this.chosen("classes"), this.errorsOnly.checked);
    // Plotly stores the reader's view in the layout object.
    return this.plotly?.react(this.plot, traces, this.plot.layout || this.layout(), {
      responsive: true, displayModeBar: false, scrollZoom: false, doubleClick: false,
      showSendToCloud: false, // never offer to upload the figure
    });
  }

  layout() {
    const around = this.around(this.data.reach);
    const axis = { ...HIDDEN_AXIS, range: around };
    const view = this.homeView();
    return {
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      showlegend: false,
      hovermode: false, // see `imageAt`
      dragmode: this.isFlat ? "pan" : "turntable",
      ...(this.isFlat
        ? {
          xaxis: { ...HIDDEN_AXIS, range: view["xaxis.range"] },
          yaxis: { ...HIDDEN_AXIS, range: view["yaxis.range"], scaleanchor: "x" },
        }
        : { scene: { camera: view["scene.camera"], aspectmode: "cube", xaxis: axis, yaxis: axis, zaxis: axis } }),
    };
  }

  /** Return the range of an axis. All models have the same, so that the view stays. @param {number} span */
  around(span) {
    return [(-1.04 * span) / this.data.reach, (1.04 * span) / this.data.reach];
  }

  /** Return the factor of the camera's distance: larger in a narrow box, so that the whole map is visible. */
  distanceFactor() {
    return Math.max(1, (1.45 * this.plot.clientHeight) / this.plot.clientWidth);
  }

  /** Return the changes of the layout that give the first view. @returns {Record<string, any>} */
  homeView() {
    const { spans } = this.data;
    if (this.isFlat) return { "xaxis.range": this.around(spans[0]), "yaxis.range": this.around(spans[1]) };
    const [x, y, z] = [0.8, 0.6, 0.32].map((side) => side * this.distanceFactor());
    return { "scene.camera": { up: { x: 0, y: 0, z: 1 }, center: { x: 0, y: 0, z: 0 }, eye: { x, y, z } } };
  }

  // Moving ------------------------------------------------------------------------------------------------------

  /** Move or turn the map, see STEPS. @param {[number, number, number]} step */
  move([right, up, factor]) {
    const { layout } = this.plot;
    if (this.isFlat) {
      /** @type {(axis: string, by: number) => number[]} */
      const moved = (axis, by) => {
        const [low, high] = layout[axis].range;
        const middle = (low + high) / 2 + by * 0.1 * (high - low);
        const half = ((high - low) / 2) * factor;
        return [middle - half, middle + half];
      };
      return this.plotly?.relayout(this.plot, { "xaxis.range": moved("xaxis", right), "yaxis.range": moved("yaxis", up) });
    }
    const { eye, center } = layout.scene.camera;
    const radius = Math.hypot(eye.x, eye.y, eye.z);
    const turn = Math.atan2(eye.y, eye.x) + 0.12 * right;
    const height = clamp(Math.asin(eye.z / radius) + 0.12 * up, -1.5, 1.5);
    const distance = clamp(radius * factor, 0.3, 5);
    const moved = {
      x: distance * Math.cos(height) * Math.cos(turn),
      y: distance * Math.cos(height) * Math.sin(turn),
      z: distance * Math.sin(height),
    };
    return this.plotly?.relayout(this.plot, { "scene.camera": { up: { x: 0, y: 0, z: 1 }, center, eye: moved } });
  }

  reset() {
    return this.plotly?.relayout(this.plot, this.homeView());
  }

  /** @param {KeyboardEvent} event */
  handleKey(event) {
    if (hasModifier(event)) return;
    const step = STEPS[event.key];
    if (step) this.move(step);
    else if (event.key === "n" || event.key === "p") this.walk(event.key === "n" ? 1 : -1);
    else if (event.key === "Enter" && this.current !== null) this.open(this.current);
    else return;
    event.preventDefault();
  }

  // Single images -----------------------------------------------------------------------------------------------

  /** Return the coordinates of an image as Plotly draws them. @param {number} image */
  point(image) {
    return this.run().points.map((axis) => axis[image] / this.data.reach);
  }

  /** Return the image whose point a pointer means, or null. @param {PointerEvent} event */
  imageAt(event) {
    const frame = this.plot.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    const project = projection(this.plot, this.data.dimensions);
    let nearest = event.pointerType === "touch" ? REACH.touch : REACH.mouse;
    let found = null;
    for (const image of this.shown) {
      const [left, top, depth] = project(this.point(image));
      const distance = Math.hypot(left - x, top - y) + FRONT * depth;
      if (depth > 0 && distance < nearest) [nearest, found] = [distance, image];
    }
    return found;
  }

  /** Describe an image and its prediction. @param {number} image */
  describe(image) {
    const { data } = this;
    const run = this.run();
    const confidence = run.confidence[image] / 10;
    const note = labelNote(data.rows[image]);
    return [
      `${note ? "Labelled" : "True"} ${data.names[data.labels[image]]}, predicted ${data.names[run.predicted[image]]}`,
      `confidence ${confidence > 99.9 ? "> 99.9" : confidence.toFixed(1)}%`,
      ...(note ? [note] : []),
    ];
  }

  /**
   * Mark the point of an image, and show the image and its prediction beside it; null hides them.
   * @param {number | null} image
   */
  show(image) {
    const { data, tip, ring, plot } = this;
    const isNew = image !== this.current;
    this.current = image;
    const [x, y] = image === null ? [NaN, NaN] : projection(plot, data.dimensions)(this.point(image));
    const isVisible = x >= 0 && y >= 0 && x <= plot.clientWidth && y <= plot.clientHeight;
    tip.hidden = ring.hidden = !isVisible;
    if (image === null || !isVisible) return;
    // Checked each time, since the images may be loaded after the map.
    this.tipPicture.hidden = !hasImage(data.rows[image]);
    if (isNew && !this.tipPicture.hidden) paintImage(this.tipPicture, data.rows[image]);
    this.tipText.textContent = this.describe(image).join("\n");
    ring.style.left = `${x}px`;
    ring.style.top = `${y}px`;
    // Beside the point; below or above it where there is no space on either side.
    const [width, height] = [plot.clientWidth - tip.offsetWidth, plot.clientHeight - tip.offsetHeight];
    const left = [x + GAP, x - GAP - tip.offsetWidth].find((side) => side >= 0 && side <= width);
    const top = left !== undefined ? y - tip.offsetHeight / 2 : y + GAP > height ? y - GAP - tip.offsetHeight : y + GAP;
    tip.style.left = `${left ?? clamp(x - tip.offsetWidth / 2, 0, width)}px`;
    tip.style.top = `${clamp(top, 0, height)}px`;
  }

  /** Show the next (1) or previous (-1) image of the list. @param {1 | -1} by */
  walk(by) {
    const { length } = this.shown;
    if (!length) return;
    const from = this.current === null ? (by > 0 ? -1 : 0) : this.shown.indexOf(this.current);
    const position = (from + by + length) % length;
    this.show(this.shown[position]);
    this.status.textContent = `${position + 1} of ${length}: ${this.describe(this.shown[position]).join(", ")}`;
  }

  /** Create the link of an image in the list. @param {number} image */
  link(image) {
    const row = this.data.rows[image];
    const link = element("a", { href: `#image-${row}` }, `Image ${row}: ${this.describe(image).join(", ")}`);
    link.addEventListener("focus", () => this.show(image));
    return link;
  }

  /** @param {number} image */
  open(image) {
    if (hasImage(this.data.rows[image])) openImage(this.data.rows[image]);
  }

  /** Show the image of a touched point; a second tap opens its card. @param {PointerEvent} event */
  tap(event) {
    const image = this.imageAt(event);
    if (image !== null && image === this.current) this.open(image);
    else this.show(image);
  }

  /** Open the card of a clicked image, unless the pointer moved and turned the map. @param {PointerEvent} event */
  release(event) {
    const { pressed } = this;
    this.pressed = null;
    if (!pressed || Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) >= CLICK_DISTANCE) return;
    const image = this.imageAt(event);
    if (image !== null) this.open(image);
  }
}

function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

/**
 * Put a map in the place of its static picture at once, so that the page does not move when Plotly draws it.
 * @param {HTMLElement} box
 * @param {HTMLElement} still
 * @param {MapData} data
 */
function replacePicture(box, still, data) {
  /** @param {boolean} isLive */
  const swap = (isLive) => {
    box.hidden = !isLive;
    still.hidden = isLive;
    still.style.display = isLive ? "none" : "";
  };
  const map = new FeatureMap(box, data);
  swap(true);
  // Plotly is large, and browsers limit the number of WebGL contexts: a map is drawn when it is scrolled near.
  const observer = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    try {
      await map.start(await loadPlotly());
      returnToAnchor();
    } catch (error) {
      swap(false);
      throw error;
    }
  }, { rootMargin: "300px" });
  observer.observe(box);
}

export function startMaps() {
  for (const box of all(".feature-maps", HTMLElement)) {
    /** @type {MapData} */
    const data = readJson(required(`#${box.id}-data`, HTMLScriptElement));
    const still = required(`#${box.id}-static`, HTMLElement);
    if (data.dimensions === 2 || hasWebGL()) {
      replacePicture(box, still, data);
    } else {
      const title = all(".map-models span", HTMLElement, box).at(-1)?.textContent;
      still.prepend(element("p", { className: "map-missing" },
        "The interactive map needs WebGL, which this browser does not offer. " +
        `The picture shows the map of ${title} from two directions.`));
    }
  }
}
