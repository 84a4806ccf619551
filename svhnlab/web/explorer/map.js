// A map of all test images: its points, what is in view, and the picture beside the lit image.

import { element } from "../dom.js";
import { percent } from "../evidence/format.js";
import { NEUTRAL, scaleOf } from "./colours.js";
import { keysHelp, MapGestures } from "./gestures.js";
import { drawOverlay, SIDE } from "./overlay.js";
import { Points } from "./points.js";
import { dragged, drawingOrder, rotatePoint } from "./space.js";

/**
 * @import { Explorer } from "./explorer.js"
 * @import { View } from "./address.js"
 * @import { Point, Positions, Rotation } from "./space.js"
 */

const MOST_ZOOM = 400;
const NEIGHBOURS_ON_MAP = 15;
const HALF_TURN = 180; // degrees for a drag over the whole plot
const DOT = 4; // pixels
const AWAY = 26; // pixels from an image to the box with its picture
const FILLED = 0.94; // share of the plot that the whole map takes

export class PointMap {
  pending = false;
  run = 0;
  /** Classes with the coordinates of their names. @type {{ name: string, at: Point }[]} */
  names = [];
  /** Where the images are seen with a rotation. @type {{ coordinates: Positions, rotation: Rotation | null, positions: Positions } | null} */
  seen = null;
  /** What points are drawn with. @type {Positions | null} */
  drawn = null;
  /** 0: not selected, 1: correct, 2: errors. They are drawn in this order. */
  layers = new Uint8Array(0);
  /** @type {{ nearest: Uint16Array, each: number } | null} */
  neighbours = null;

  /**
   * @param {Explorer} explorer
   * @param {number} run
   */
  constructor(explorer, run) {
    this.explorer = explorer;
    this.canvas = element("canvas", { role: "img" });
    this.overlay = element("canvas", { ariaHidden: "true" });
    this.tipPicture = element("div");
    this.tipText = element("p");
    this.tip = element("div", { className: "map-tip", hidden: true }, this.tipPicture, this.tipText);
    this.plot = element("div", { className: "explorer-plot", tabIndex: 0, role: "group" }, this.canvas, this.overlay, this.tip);
    this.title = element("h3");
    this.box = element("div", { className: "explorer-map" }, this.title, this.plot);
    this.points = new Points(this.canvas);
    /** Of all images, however the map is rotated. */
    this.coordinates = explorer.data.runs[run].plane;
    this.canvas.addEventListener("redraw", () => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(this.plot);
    this.gestures = new MapGestures(this);
    this.show(run);
  }

  /** Show the map of a run. @param {number} run */
  show(run) {
    const { data, state } = this.explorer;
    this.run = run;
    this.coordinates = data.coordinates(run, state.rotation !== null);
    this.title.textContent = data.runs[run].title;
    this.names = this.#classCentres();
    this.neighbours = null;
    data.neighbours(run).then((found) => {
      if (this.run === run) this.neighbours = found;
      this.redraw();
    }).catch(() => null); // without them there are no lines
    this.recolour();
  }

  /** Return the median position of each class's correct images on the map. */
  #classCentres() {
    const { data } = this.explorer;
    const { x, y, z } = this.coordinates;
    return data.classes.flatMap((name, k) => {
      const members = Array.from(data.mapped).filter((image) => data.labels[image] === k && !data.isWrong(this.run, image));
      if (!members.length) return [];
      /** @param {Int16Array} axis */
      const median = (axis) => members.map((image) => axis[image]).sort((a, b) => a - b)[members.length >> 1];
      return [{ name, at: /** @type {Point} */ ([median(x), median(y), median(z)]) }];
    });
  }

  /** Give the points the colours of the current selection. */
  recolour() {
    const { data, selector, state } = this.explorer;
    const run = this.run;
    const theme = this.explorer.theme();
    const { colours: shades, codeOf } = scaleOf(data, run, state.colour, theme);
    const { total } = data;
    const colours = new Uint8Array(4 * total);
    const marks = new Uint8Array(total);
    this.layers = new Uint8Array(total);
    for (let image = 0; image < total; image++) {
      const layer = selector.failed[image] ? 0 : data.isWrong(run, image) ? 2 : 1;
      const [red, green, blue] = layer === 0 ? NEUTRAL[theme] : shades[codeOf(image)];
      colours.set([red, green, blue, [46, 190, 255][layer]], 4 * image);
      marks[image] = layer === 2 ? 1 : 0;
      this.layers[image] = layer;
    }
    this.points.setColours(colours, marks);
    this.drawn = null;
    this.redraw();
  }

  // Drawing -----------------------------------------------------------------------------------------------------

  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.draw();
    });
  }

  /** Pixels of the page per unit of the map. */
  scale() {
    const { clientWidth, clientHeight } = this.plot;
    const [x, y] = this.explorer.spans;
    return Math.min(clientWidth / x, clientHeight / y) * FILLED * this.explorer.state.view.zoom / 2;
  }

  draw() {
    const { view } = this.explorer.state;
    const { clientWidth: width, clientHeight: height } = this.plot;
    if (!width || !height) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    for (const canvas of [this.canvas, this.overlay]) {
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
    }
    this.#place();
    const scale = this.scale();
    const size = Math.min(11, (this.explorer.data.total > 6000 ? 3.4 : 5) * view.zoom ** 0.35);
    this.points.draw({ x: view.x, y: view.y, scale: scale * ratio, size: size * ratio, reach: this.explorer.spans[0] });
    const pen = this.overlay.getContext("2d");
    if (!pen) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawOverlay(this, pen);
  }

  /** Give the points their places if they changed, and name the map by what it shows. */
  #place() {
    const { positions } = this;
    if (positions === this.drawn) return;
    this.drawn = positions;
    const { data, spans, state: { rotation }, summary } = this.explorer;
    this.points.setPositions(positions, drawingOrder(this.layers, positions.z, spans[0]));
    const [kind, state] = rotation ? ["3-D map", `, turned by ${rotation[0]}° and tilted by ${rotation[1]}°`] : ["Map", ""];
    this.canvas.ariaLabel = `${kind} of ${summary.inWords()}${state}`;
    this.plot.ariaLabel = `${kind} of ${data.runs[this.run].title}. ${keysHelp(rotation !== null)}`;
  }

  /** Where all images are seen. */
  get positions() {
    const { coordinates, explorer: { data, state: { rotation } } } = this;
    if (this.seen?.coordinates !== coordinates || this.seen.rotation !== rotation) {
      this.seen = { coordinates, rotation, positions: data.positions(this.run, rotation) };
    }
    return this.seen.positions;
  }

  /** Return where a point is seen. @param {Point} point @returns {[number, number]} */
  seenAt(point) {
    const { rotation } = this.explorer.state;
    const [x, y] = rotation ? rotatePoint(point, rotation) : point;
    return [x, y];
  }

  /** Return the selected images in view, at most some of them. @param {number} [most] */
  inView(most = Infinity) {
    const { x, y } = this.positions;
    const [left, bottom, right, top] = this.frame();
    const images = [];
    for (const image of this.explorer.selector.images) {
      if (x[image] < left || x[image] > right || y[image] < bottom || y[image] > top) continue;
      images.push(image);
      if (images.length >= most) break;
    }
    return images;
  }

  /** Return the left, bottom, right and top end of what is in view. */
  frame() {
    const [left, top] = this.toMap(0, 0);
    const [right, bottom] = this.toMap(this.plot.clientWidth, this.plot.clientHeight);
    return [left, bottom, right, top];
  }

  /** Select the images in a part of the map. @param {number[]} points - see `Region` */
  select(points) {
    const { explorer } = this;
    explorer.changeFilter({ region: { run: this.run, rotation: explorer.state.rotation, points } });
  }

  /** Return where an image is on the plot, in pixels. @param {number} image @returns {[number, number]} */
  at(image) {
    const { x, y } = this.positions;
    return this.toPlot(x[image], y[image]);
  }

  /** @type {(x: number, y: number) => [number, number]} */
  toPlot(x, y) {
    const { view } = this.explorer.state;
    const scale = this.scale();
    return [this.plot.clientWidth / 2 + (x - view.x) * scale, this.plot.clientHeight / 2 - (y - view.y) * scale];
  }

  /** @type {(left: number, top: number) => [number, number]} */
  toMap(left, top) {
    const { view } = this.explorer.state;
    const scale = this.scale();
    return [view.x + (left - this.plot.clientWidth / 2) / scale, view.y - (top - this.plot.clientHeight / 2) / scale];
  }

  /**
   * Return the nearest images of an image in feature space among those that t-SNE placed, and whether the map separates
   * them: an image is separated if it is not among the nearest on the map.
   * @param {number} image
   */
  nearest(image) {
    const { neighbours } = this;
    if (!neighbours) return [];
    const { mapped } = this.explorer.data;
    const { x, y, z } = this.coordinates;
    /** @param {number} other */
    const distance = (other) => Math.hypot(x[other] - x[image], y[other] - y[image], z[other] - z[image]);
    const distances = Array.from(mapped).filter((other) => other !== image).map(distance).sort((a, b) => a - b);
    const limit = distances[Math.min(NEIGHBOURS_ON_MAP, distances.length) - 1];
    const { nearest, each } = neighbours;
    return Array.from(nearest.subarray(each * image, each * (image + 1)), (place) => mapped[place])
      .map((other) => ({ image: other, isSeparated: distance(other) > limit }));
  }

  /** Say how many neighbours of an image the map separates from it. @param {number} image */
  separated(image) {
    const nearest = this.nearest(image);
    const separated = nearest.filter(({ isSeparated }) => isSeparated).length;
    return nearest.length ? `${separated} of ${nearest.length} neighbours separated` : "";
  }

  // Moving ------------------------------------------------------------------------------------------------------

  /**
   * @param {Partial<View>} view
   * @param {Rotation | null} [rotation]
   */
  setView(view, rotation = this.explorer.state.rotation) {
    const now = { ...this.explorer.state.view, ...view };
    const { reach } = this.explorer.data.file;
    /** @type {(value: number, limit: number) => number} */
    const within = (value, limit) => Math.max(-limit, Math.min(limit, value));
    this.explorer.setView({
      x: within(now.x, reach), y: within(now.y, reach), zoom: Math.max(0.5, Math.min(MOST_ZOOM, now.zoom)),
    }, rotation);
  }

  /**
   * Zoom by a factor around a place on the plot, which stays where it is; by default its centre.
   * @param {number} factor
   * @param {number} [left]
   * @param {number} [top]
   */
  zoom(factor, left = this.plot.clientWidth / 2, top = this.plot.clientHeight / 2) {
    const [x, y] = this.toMap(left, top);
    this.setView({ zoom: this.explorer.state.view.zoom * factor });
    const [nowX, nowY] = this.toMap(left, top);
    const { view } = this.explorer.state;
    this.setView({ x: view.x + x - nowX, y: view.y + y - nowY });
  }

  /**
   * Move the content of the plot.
   * @param {number} right - pixels
   * @param {number} down
   */
  pan(right, down) {
    const { view } = this.explorer.state;
    const scale = this.scale();
    this.setView({ x: view.x - right / scale, y: view.y + down / scale });
  }

  /**
   * Rotate a map in three dimensions.
   * @param {number} right - pixels of a drag
   * @param {number} down
   * @param {Point | null} pivot - stays where it is on the plot; null: the centre of the map
   */
  rotate(right, down, pivot) {
    const { rotation, view } = this.explorer.state;
    if (!rotation) return;
    const degrees = HALF_TURN / Math.min(this.plot.clientWidth, this.plot.clientHeight);
    const next = dragged(rotation, right * degrees, down * degrees);
    const [[x, y], [nextX, nextY]] = [rotation, next].map((one) => rotatePoint(pivot ?? [0, 0, 0], one));
    this.setView({ x: view.x + nextX - x, y: view.y + nextY - y }, next);
  }

  /**
   * Return the mean of the images in view, around which the map rotates when it is near; else null.
   * @returns {Point | null}
   */
  pivot() {
    const images = this.explorer.state.view.zoom > 1 ? this.inView() : [];
    if (!images.length) return null;
    const { x, y, z } = this.coordinates;
    /** @param {Int16Array} axis */
    const mean = (axis) => images.reduce((sum, image) => sum + axis[image], 0) / images.length;
    return [mean(x), mean(y), mean(z)];
  }

  /**
   * Return the selected image nearest to a place on the plot, null if there is none near.
   * @param {number} left
   * @param {number} top
   * @param {number} near - pixels
   */
  imageAt(left, top, near) {
    const { selector, spans } = this.explorer;
    const { x, y, z } = this.positions;
    const [atX, atY] = this.toMap(left, top);
    const isThumbnail = Number(this.plot.dataset.thumbnails) > 0;
    const most = ((isThumbnail ? Math.max(near, SIDE / 2) : near) / this.scale()) ** 2;
    // Of the images within a dot's width, the one that is drawn over the others.
    const depth = (DOT / this.scale()) ** 2 / spans[0];
    let best = Infinity;
    let found = null;
    for (const image of selector.images) {
      const distance = (x[image] - atX) ** 2 + (y[image] - atY) ** 2;
      if (distance > most || distance - depth * z[image] > best) continue;
      best = distance - depth * z[image];
      found = image;
    }
    return found;
  }

  /** Show the picture and the prediction of the lit image beside it, or hide them. @param {number | null} image */
  showTip(image) {
    this.tip.hidden = image === null;
    if (image === null) return;
    const { data, tools } = this.explorer;
    const run = this.run;
    const { predicted, values } = data.runs[run];
    data.paint(this.tipPicture, image);
    const note = data.labelNote(image);
    this.tipText.textContent = [
      `Image ${data.numbers[image].toLocaleString("en-US")}: ${data.classes[data.labels[image]]} → ` +
        `${data.classes[predicted[image]]}, ${percent(values.confidence[image])}`,
      note,
      tools.lines.checked ? this.separated(image) : "",
    ].filter(Boolean).join("\n");
    const [x, y] = this.at(image);
    const { clientWidth, clientHeight } = this.plot;
    // Beside the image, or above or below it where there is no room beside it.
    const { offsetWidth, offsetHeight } = this.tip;
    const isWide = clientWidth > 2 * (offsetWidth + AWAY);
    const left = !isWide ? (clientWidth - offsetWidth) / 2 : x > clientWidth / 2 ? x - AWAY - offsetWidth : x + AWAY;
    const top = isWide ? y - offsetHeight / 2 : y > clientHeight / 2 ? y - AWAY - offsetHeight : y + AWAY;
    this.tip.style.left = `${Math.max(0, Math.min(clientWidth - offsetWidth, left))}px`;
    this.tip.style.top = `${Math.max(0, Math.min(clientHeight - offsetHeight, top))}px`;
  }
}
