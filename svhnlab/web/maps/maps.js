// Maps of feature space: one figure for all models, with mouse, keyboard and touch. Without Plotly or WebGL the static
// picture stays.

import { all, element, hasModifier, readJson, required } from "../dom.js";
import { hasImage, labelNote, loadImages, openImage, paintImage } from "../evidence/evidence.js";
import { ASSETS, loadScript } from "../load.js";
import { mapTraces } from "./traces.js";

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

/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

async function loadPlotly() {
  await loadScript(new URL("plotly.min.js", ASSETS));
  if (!window.Plotly) throw new Error("plotly.min.js has no Plotly");
  return window.Plotly;
}

class FeatureMap {
  /** @type {number[][]} For each trace the positions of its images in the data. */
  traceImages = [];
  /** @type {number | null} Image below the pointer. */
  hovered = null;
  /** @type {{ image: number | null, x: number, y: number } | null} Where a button of the pointer was pressed. */
  pressed = null;

  /**
   * @param {HTMLElement} box
   * @param {MapData} data
   * @param {Plotly} plotly
   */
  constructor(box, data, plotly) {
    this.box = box;
    this.data = data;
    this.plotly = plotly;
    this.isFlat = data.dimensions === 2;
    this.plot = /** @type {PlotlyFigure} */ (required(".map-plot", HTMLDivElement, box));
    this.scores = required(".map-scores", HTMLElement, box);
    this.errorsOnly = required(".map-errors input", HTMLInputElement, box);
    this.tip = required(".map-tip", HTMLElement, box);
    this.tipPicture = required("div", HTMLElement, this.tip);
    this.tipText = required("p", HTMLElement, this.tip);
    this.enlargeButton = required(".map-enlarge", HTMLButtonElement, box);
  }

  /** Draw the map for the first time and add the event listeners. */
  async start() {
    await this.draw();
    const { box, plot, enlargeButton } = this;
    plot.on("plotly_hover", ({ points }) => this.showTip(points[0].curveNumber, points[0].pointNumber));
    plot.on("plotly_unhover", () => this.hideTip());
    plot.addEventListener("keydown", (event) => this.handleKey(event));
    plot.addEventListener("pointermove", (event) => this.placeTip(event));
    plot.addEventListener("pointerleave", () => this.hideTip());
    // Plotly does not report all clicks.
    plot.addEventListener("pointerdown", (event) => {
      this.pressed = { image: this.hovered, x: event.clientX, y: event.clientY };
    }, true);
    window.addEventListener("pointerup", (event) => this.release(event), true);
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
      this.plotly.Plots.resize(plot);
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
    return Number(required(`.map-${kind} input:checked`, HTMLInputElement, this.box).value);
  }

  run() {
    return this.data.runs[this.chosen("models")];
  }

  // Drawing -----------------------------------------------------------------------------------------------------

  draw() {
    this.hideTip();
    const run = this.run();
    const chosenClass = this.chosen("classes");
    const lines = [...run.scores, chosenClass < 0 ? run.silhouette : run.silhouettes[chosenClass]];
    this.scores.replaceChildren(...lines.map(([term, value]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, value))));
    const { traces, images } = mapTraces(this.plot, this.data, run, chosenClass, this.errorsOnly.checked);
    this.traceImages = images;
    // Plotly stores the reader's view in the layout object.
    return this.plotly.react(this.plot, traces, this.plot.layout || this.layout(), {
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
      hovermode: "closest",
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
      return this.plotly.relayout(this.plot, { "xaxis.range": moved("xaxis", right), "yaxis.range": moved("yaxis", up) });
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
    return this.plotly.relayout(this.plot, { "scene.camera": { up: { x: 0, y: 0, z: 1 }, center, eye: moved } });
  }

  reset() {
    return this.plotly.relayout(this.plot, this.homeView());
  }

  /** @param {KeyboardEvent} event */
  handleKey(event) {
    const step = STEPS[event.key];
    if (!step || hasModifier(event)) return;
    event.preventDefault();
    this.move(step);
  }

  // Single images -----------------------------------------------------------------------------------------------

  /**
   * Show the image of a point and its prediction beside the pointer.
   * @param {number} trace
   * @param {number} point
   */
  showTip(trace, point) {
    const { data } = this;
    const run = this.run();
    const image = this.traceImages[trace][point];
    const confidence = run.confidence[image] / 10;
    this.hovered = image;
    // Checked each time, since the images may be loaded after the map.
    this.tipPicture.hidden = !hasImage(data.rows[image]);
    if (!this.tipPicture.hidden) paintImage(this.tipPicture, data.rows[image]);
    const note = labelNote(data.rows[image]);
    this.tipText.textContent =
      `${note ? "Labelled" : "True"} ${data.names[data.labels[image]]}, predicted ${data.names[run.predicted[image]]}\n` +
      `Confidence ${confidence > 99.9 ? "> 99.9" : confidence.toFixed(1)}%${note && `\n${note}`}`;
    this.tip.hidden = false;
  }

  hideTip() {
    this.tip.hidden = true;
    this.hovered = null;
  }

  /** @param {PointerEvent} event */
  placeTip(event) {
    const frame = this.plot.getBoundingClientRect();
    const x = event.clientX - frame.left;
    const y = event.clientY - frame.top;
    const isRight = x > frame.width / 2;
    this.tip.style.left = isRight ? "auto" : `${x + 14}px`;
    this.tip.style.right = isRight ? `${frame.width - x + 14}px` : "auto";
    this.tip.style.top = `${clamp(y - 30, 0, Math.max(0, frame.height - 90))}px`;
  }

  /** Open the card of a clicked image, unless the pointer moved and turned the map. @param {PointerEvent} event */
  release(event) {
    const { pressed } = this;
    this.pressed = null;
    if (!pressed || pressed.image === null) return;
    if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) >= CLICK_DISTANCE) return;
    const row = this.data.rows[pressed.image];
    if (hasImage(row)) openImage(row);
  }
}

function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

/**
 * Replace a static picture by its map.
 * @param {HTMLElement} box
 * @param {HTMLElement} still
 * @param {MapData} data
 */
async function showMap(box, still, data) {
  const plotly = await loadPlotly();
  box.hidden = false;
  try {
    await new FeatureMap(box, data, plotly).start();
  } catch (error) {
    box.hidden = true; // the static picture stays
    throw error;
  }
  still.hidden = true;
  still.style.display = "none";
}

export function startMaps() {
  for (const box of all(".feature-maps", HTMLElement)) {
    /** @type {MapData} */
    const data = readJson(required(`#${box.id}-data`, HTMLScriptElement));
    if (data.dimensions === 3 && !hasWebGL()) continue;
    const still = required(`#${box.id}-static`, HTMLElement);
    // Plotly is large, and browsers limit the number of WebGL contexts: a map is drawn when it is scrolled near.
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      showMap(box, still, data);
    }, { rootMargin: "300px" });
    observer.observe(still);
  }
}
