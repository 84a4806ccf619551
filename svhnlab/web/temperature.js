// A slider that changes the temperature of a model and shows the reliability diagram and the metrics at each. The
// static figure stays.

import { all, drawn, element, readJson, required } from "./dom.js";

const WIDTH = 360; // of the picture, in units of its view box
const LEFT = 46;
const RIGHT = 340;
const TOP = 10;
const SIDE = RIGHT - LEFT; // the diagram is a square
const BARS = { top: TOP + SIDE + 14, height: 46 };
const HEIGHT = BARS.top + BARS.height + 38;
const TICKS = [0, 25, 50, 75, 100];
const QUIET_MS = 700; // a screen reader hears the metrics once the temperature has not changed for this long

/** @type {(share: number) => number} */
const x = (share) => LEFT + SIDE * share;
/** @type {(share: number) => number} */
const y = (share) => TOP + SIDE * (1 - share);

class TemperatureSlider {
  /** @type {number | undefined} */
  timer;

  /** @param {HTMLElement} box */
  constructor(box) {
    /** @type {TemperatureData} */
    this.data = readJson(required(`#${box.id}-data`, HTMLScriptElement));
    this.box = box;
    this.range = required("input[type=range]", HTMLInputElement, box);
    this.value = required(".temperature-value", HTMLElement, box);
    this.mark = required(".temperature-mark", HTMLElement, box);
    this.toFitted = required(".to-fitted", HTMLButtonElement, box);
    this.plot = required(".temperature-plot", HTMLElement, box);
    this.scores = required(".temperature-scores", HTMLElement, box);
    this.status = required(".temperature-status", HTMLElement, box);
  }

  start() {
    const { box, range } = this;
    this.selectRun(this.run().trained);
    range.addEventListener("input", () => this.show());
    required(".to-trained", HTMLButtonElement, box).addEventListener("click", () => this.moveTo(this.run().trained));
    this.toFitted.addEventListener("click", () => this.moveTo(this.run().fitted));
    // The fitted temperature of another model, or the same temperature.
    let previous = this.run();
    required("fieldset", HTMLElement, box).addEventListener("change", () => {
      const run = this.run();
      const temperature = previous.temperatures[this.step()];
      this.selectRun(this.step() === previous.fitted ? run.fitted : run.temperatures.indexOf(temperature));
      previous = run;
    });
    box.hidden = false;
  }

  run() {
    return this.data.runs[Number(required("fieldset input:checked", HTMLInputElement, this.box).value)];
  }

  step() {
    return Number(this.range.value);
  }

  /** Show the selected model at one of its temperatures. @param {number} step */
  selectRun(step) {
    const { fitted, temperatures } = this.run();
    this.range.max = String(temperatures.length - 1);
    this.mark.style.setProperty("--at", String(fitted / (temperatures.length - 1)));
    this.toFitted.textContent = `Fitted, T = ${temperatures[fitted]}`;
    this.moveTo(step);
  }

  /** @param {number} step */
  moveTo(step) {
    this.range.value = String(step);
    this.show();
  }

  show() {
    const run = this.run();
    const step = this.step();
    const temperature = run.temperatures[step];
    const kind = step === run.fitted ? ", fitted" : step === run.trained ? ", as trained" : "";
    this.value.textContent = `T = ${temperature}${kind}`;
    this.range.setAttribute("aria-valuetext", `${temperature}${kind}`);
    const lines = this.data.metrics.map((metric, number) => [metric, run.values[step][number]]);
    this.scores.replaceChildren(...lines.map(([metric, value]) =>
      element("div", {}, element("dt", {}, metric), element("dd", {}, value))));
    this.plot.replaceChildren(this.picture(run, step));
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.status.textContent = lines.map((line) => line.join(" ")).join(", ");
    }, QUIET_MS);
  }

  /**
   * Draw the reliability diagram at a temperature, with the curve as trained behind it.
   * @param {TemperatureData["runs"][number]} run
   * @param {number} step
   */
  picture(run, step) {
    const images = run.images[step];
    const total = images.reduce((sum, number) => sum + number, 0);
    const most = Math.max(...images);
    const bars = images.map((number, bin) => drawn("rect", {
      class: "bar", x: x(bin / images.length) + 1, width: SIDE / images.length - 2,
      y: BARS.top + BARS.height * (1 - number / most), height: BARS.height * (number / most),
    }));
    const ticks = TICKS.flatMap((percent) => [
      drawn("text", { x: x(percent / 100), y: BARS.top + BARS.height + 16, "text-anchor": "middle" }, `${percent}%`),
      drawn("text", { x: LEFT - 6, y: y(percent / 100) + 4, "text-anchor": "end" }, `${percent}%`),
      drawn("path", { class: "grid", d: `M${LEFT} ${y(percent / 100)}H${RIGHT}M${x(percent / 100)} ${TOP}V${TOP + SIDE}` }),
    ]);
    const labels = [
      drawn("text", { x: x(0.5), y: HEIGHT - 4, "text-anchor": "middle" }, "Confidence"),
      drawn("text", { transform: `translate(12 ${y(0.5)}) rotate(-90)`, "text-anchor": "middle" }, "Accuracy"),
      drawn("text", { transform: `translate(12 ${BARS.top + BARS.height / 2}) rotate(-90)`, "text-anchor": "middle" }, "Images"),
      drawn("text", { x: LEFT - 6, y: BARS.top + 9, "text-anchor": "end" }, `${Math.round((100 * most) / total)}%`),
    ];
    const points = this.points(run, step).map(([across, up, share]) =>
      drawn("circle", { class: "now", cx: across, cy: up, r: 1.5 + 7 * Math.sqrt(share) }));
    const label = `Reliability diagram at a temperature of ${run.temperatures[step]}: accuracy against confidence.`;
    return drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      ...ticks, drawn("path", { class: "diagonal", d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}` }), ...bars, ...labels,
      this.curve("trained", run, run.trained), this.curve("now", run, step), ...points);
  }

  /**
   * Return position and share of the images of each bin with images.
   * @param {TemperatureData["runs"][number]} run
   * @param {number} step
   */
  points({ images, correct, confidence }, step) {
    const total = images[step].reduce((sum, number) => sum + number, 0);
    return images[step].flatMap((number, bin) => (number
      ? [[x(confidence[step][bin] / this.data.steps), y(correct[step][bin] / number), number / total]]
      : []));
  }

  /**
   * @param {string} name
   * @param {TemperatureData["runs"][number]} run
   * @param {number} step
   */
  curve(name, run, step) {
    const points = this.points(run, step).map(([across, up]) => `${across.toFixed(1)},${up.toFixed(1)}`);
    return drawn("polyline", { class: name, points: points.join(" ") });
  }
}

export function startTemperature() {
  for (const box of all(".temperature-slider", HTMLElement)) new TemperatureSlider(box).start();
}
