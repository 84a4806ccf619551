// A map of all test images: points, thumbnails when they are near, box and lasso, pointer, touch and keys.

import { element, hasModifier } from "../dom.js";
import { percent } from "../evidence/format.js";
import { HOME } from "./address.js";
import { NEUTRAL, scaleOf } from "./colours.js";
import { Points } from "./points.js";

/**
 * @import { Explorer } from "./explorer.js"
 * @import { View } from "./address.js"
 */

/** @typedef {"move" | "box" | "lasso"} Tool */

const NEAR = 12; // pixels from a point within which the pointer is on it
const CLICK_DISTANCE = 5; // pixels: a pointer that moves farther moves the map
const THUMBNAILS = 300; // most thumbnails shown at a time
const SIDE = 28; // of a thumbnail, in pixels
const MOST_ZOOM = 400;
const NEIGHBOURS_ON_MAP = 15;
const AWAY = 26; // pixels from an image to the box with its picture
const NAMES = 30; // most names of classes drawn at a time
const FILLED = 0.94; // share of the plot that the whole map takes
const LASSO_STEP = 6; // pixels between two corners of a lasso

/** Effect of a key: steps to the right, steps up, and the factor of the zoom. @type {Record<string, [number, number, number]>} */
const STEPS = {
  ArrowLeft: [-1, 0, 1], ArrowRight: [1, 0, 1], ArrowUp: [0, 1, 1], ArrowDown: [0, -1, 1],
  "+": [0, 0, 1.4], "=": [0, 0, 1.4], "-": [0, 0, 1 / 1.4],
};

/** Sheets of thumbnails. @type {Map<string, HTMLImageElement>} */
const sheets = new Map();

/**
 * Return a sheet; null while it is loading.
 * @param {string} address
 * @param {() => void} onLoad
 */
function sheetAt(address, onLoad) {
  let sheet = sheets.get(address);
  if (!sheet) {
    sheet = new Image();
    sheet.src = address;
    sheets.set(address, sheet);
  }
  if (!sheet.complete) sheet.addEventListener("load", onLoad, { once: true });
  return sheet.complete && sheet.naturalWidth ? sheet : null;
}

export class PointMap {
  /** @type {Map<number, { x: number, y: number }>} Pressed pointers. */
  pointers = new Map();
  /** @type {{ x: number, y: number, moved: boolean, tool: Tool, path: number[] } | null} */
  drag = null;
  pending = false;
  run = 0;
  /** @type {{ nearest: Uint16Array, each: number } | null} */
  neighbours = null;
  /** @type {number | null} Image that the last tap showed. */
  tapped = null;

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
    this.canvas.addEventListener("redraw", () => this.redraw());
    const { plot } = this;
    plot.addEventListener("pointerdown", (event) => this.press(event));
    plot.addEventListener("pointermove", (event) => this.move(event));
    plot.addEventListener("pointerup", (event) => this.release(event));
    plot.addEventListener("pointercancel", (event) => this.cancel(event));
    plot.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && !this.drag) explorer.light(null);
    });
    plot.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return; // the page scrolls
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * 0.01), ...this.place(event));
    }, { passive: false });
    plot.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.redraw()).observe(plot);
    this.show(run);
  }

  /** Show the map of a run. @param {number} run */
  show(run) {
    const { data } = this.explorer;
    this.run = run;
    const { title, x, y } = data.runs[run];
    this.title.textContent = title;
    const positions = new Int16Array(2 * data.total);
    for (let image = 0; image < data.total; image++) {
      positions[2 * image] = x[image];
      positions[2 * image + 1] = y[image];
    }
    this.points.setPositions(positions);
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
    const { x, y } = data.runs[this.run];
    return data.classes.flatMap((name, k) => {
      const members = Array.from(data.mapped).filter((image) => data.labels[image] === k && !data.isWrong(this.run, image));
      if (!members.length) return [];
      /** @param {Int16Array} axis */
      const median = (axis) => members.map((image) => axis[image]).sort((a, b) => a - b)[members.length >> 1];
      return [{ name, x: median(x), y: median(y) }];
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
    // Pale points first, errors last.
    const order = new Uint32Array(total);
    const layers = [0, 0, 0];
    const layer = new Uint8Array(total);
    for (let image = 0; image < total; image++) {
      layer[image] = selector.failed[image] ? 0 : data.isWrong(run, image) ? 2 : 1;
      layers[layer[image]]++;
    }
    const next = [0, layers[0], layers[0] + layers[1]];
    for (let image = 0; image < total; image++) {
      const isPale = layer[image] === 0;
      const [red, green, blue] = isPale ? NEUTRAL[theme] : shades[codeOf(image)];
      colours.set([red, green, blue, isPale ? 46 : layer[image] === 2 ? 255 : 190], 4 * image);
      marks[image] = layer[image] === 2 ? 1 : 0;
      order[next[layer[image]]++] = image;
    }
    this.points.setColours(colours, marks, order);
    this.canvas.ariaLabel = `Map of ${this.explorer.inWords()}`;
    this.plot.ariaLabel = `Map of ${data.runs[run].title}. ${HELP}`;
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
    const scale = this.scale();
    const size = Math.min(11, (this.explorer.data.total > 6000 ? 3.4 : 5) * view.zoom ** 0.35);
    this.points.draw({ x: view.x, y: view.y, scale: scale * ratio, size: size * ratio });
    const pen = this.overlay.getContext("2d");
    if (!pen) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.plot);
    const ink = style.color;
    const page = style.getPropertyValue("--page").trim();
    this.#drawThumbnails(pen, ink);
    this.#drawNames(pen, ink, page);
    this.#drawRegion(pen, style.getPropertyValue("--accent").trim());
    this.#drawLit(pen, ink, page);
  }

  /** Return where an image is on the plot, in pixels. @param {number} image @returns {[number, number]} */
  at(image) {
    const { x, y } = this.explorer.data.runs[this.run];
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

  /** Return the selected images in view, or null if there are too many for thumbnails. */
  #near() {
    const { selector, state } = this.explorer;
    if (state.view.zoom <= 1) return null;
    const { x, y } = this.explorer.data.runs[this.run];
    const [left, top] = this.toMap(0, 0);
    const [right, bottom] = this.toMap(this.plot.clientWidth, this.plot.clientHeight);
    const images = [];
    for (const image of selector.images) {
      if (x[image] < left || x[image] > right || y[image] < bottom || y[image] > top) continue;
      images.push(image);
      if (images.length > THUMBNAILS) return null;
    }
    return images;
  }

  /** @type {(pen: CanvasRenderingContext2D, ink: string) => void} */
  #drawThumbnails(pen, ink) {
    const images = this.#near();
    this.plot.dataset.thumbnails = String(images?.length ?? 0);
    if (!images) return;
    const { data } = this.explorer;
    pen.imageSmoothingEnabled = false;
    for (const image of images) {
      const { address, column, line } = data.placeOf(image);
      const sheet = sheetAt(address, () => this.redraw());
      if (!sheet) continue;
      const side = sheet.naturalWidth / data.file.columns;
      const [x, y] = this.at(image);
      const [red, green, blue] = this.points.colours.subarray(4 * image, 4 * image + 3);
      pen.fillStyle = `rgb(${red} ${green} ${blue})`;
      pen.fillRect(x - SIDE / 2 - 2, y - SIDE / 2 - 2, SIDE + 4, SIDE + 4);
      pen.drawImage(sheet, column * side, line * side, side, side, x - SIDE / 2, y - SIDE / 2, SIDE, SIDE);
      if (!this.points.marks[image]) continue;
      pen.strokeStyle = ink;
      pen.lineWidth = 2;
      pen.strokeRect(x - SIDE / 2 - 2, y - SIDE / 2 - 2, SIDE + 4, SIDE + 4);
    }
  }

  /** @type {(pen: CanvasRenderingContext2D, ink: string, page: string) => void} */
  #drawNames(pen, ink, page) {
    pen.font = `700 ${this.explorer.data.classes.length > 10 ? 12 : 16}px sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 4;
    pen.lineJoin = "round";
    pen.strokeStyle = page;
    pen.fillStyle = ink;
    const { clientWidth, clientHeight } = this.plot;
    const shown = (this.names ?? []).map(({ name, x, y }) => ({ name, place: this.toPlot(x, y) }))
      .filter(({ place: [left, top] }) => left > 0 && top > 0 && left < clientWidth && top < clientHeight);
    if (shown.length > NAMES) return;
    for (const { name, place } of shown) {
      pen.strokeText(name, ...place);
      pen.fillText(name, ...place);
    }
  }

  /** @type {(pen: CanvasRenderingContext2D, accent: string) => void} */
  #drawRegion(pen, accent) {
    const { region } = this.explorer.state.filter;
    const drawn = this.drag && this.drag.tool !== "move" ? this.region() : region?.run === this.run ? region?.points : null;
    if (!drawn) return;
    const corners = drawn.length === 4
      ? [[drawn[0], drawn[1]], [drawn[2], drawn[1]], [drawn[2], drawn[3]], [drawn[0], drawn[3]]]
      : Array.from({ length: drawn.length / 2 }, (_, i) => [drawn[2 * i], drawn[2 * i + 1]]);
    pen.beginPath();
    for (const [x, y] of corners) pen.lineTo(...this.toPlot(x, y));
    pen.closePath();
    pen.strokeStyle = accent;
    pen.lineWidth = 2;
    pen.setLineDash([6, 4]);
    pen.stroke();
    pen.setLineDash([]);
  }

  /** Draw the lit image, with lines to its neighbours. @type {(pen: CanvasRenderingContext2D, ink: string, page: string) => void} */
  #drawLit(pen, ink, page) {
    const { lit, lines } = this.explorer;
    if (lit === null) return;
    const [x, y] = this.at(lit);
    pen.lineWidth = 1.5;
    if (lines) {
      for (const { image, isSeparated } of this.nearest(lit)) {
        pen.beginPath();
        pen.moveTo(x, y);
        pen.lineTo(...this.at(image));
        pen.setLineDash(isSeparated ? [3, 4] : []);
        pen.strokeStyle = ink;
        pen.stroke();
      }
      pen.setLineDash([]);
    }
    const radius = Number(this.plot.dataset.thumbnails) ? SIDE * 0.8 : 8;
    for (const [width, colour] of /** @type {const} */ ([[5, page], [2.5, ink]])) {
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.stroke();
    }
  }

  /**
   * Return the nearest images of an image in feature space among those that t-SNE placed, and whether the map separates
   * them: an image is separated if it is not among the nearest on the map.
   * @param {number} image
   */
  nearest(image) {
    const { neighbours } = this;
    if (!neighbours) return [];
    const { mapped, runs } = this.explorer.data;
    const { x, y } = runs[this.run];
    /** @param {number} other */
    const distance = (other) => Math.hypot(x[other] - x[image], y[other] - y[image]);
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

  /** @param {Partial<View>} view */
  setView(view) {
    const now = { ...this.explorer.state.view, ...view };
    const { reach } = this.explorer.data.file;
    /** @type {(value: number, limit: number) => number} */
    const within = (value, limit) => Math.max(-limit, Math.min(limit, value));
    this.explorer.setView({
      x: within(now.x, reach), y: within(now.y, reach), zoom: Math.max(0.5, Math.min(MOST_ZOOM, now.zoom)),
    });
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

  /** Return where an event is on the plot. @param {MouseEvent} event @returns {[number, number]} */
  place(event) {
    const frame = this.plot.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  // Pointer -----------------------------------------------------------------------------------------------------

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button) return;
    const [x, y] = this.place(event);
    this.pointers.set(event.pointerId, { x, y });
    if (this.pointers.size > 1) {
      this.drag = null; // two fingers zoom
      return;
    }
    const tool = event.shiftKey ? "box" : this.explorer.tool;
    this.drag = { x, y, moved: false, tool, path: [x, y] };
    if (event.pointerType === "mouse" || tool !== "move") this.plot.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const [x, y] = this.place(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.explorer.light(this.imageAt(x, y), this);
      return;
    }
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.pointers.set(event.pointerId, { x, y });
    if (others.length) {
      const [other] = others;
      const factor = Math.hypot(x - other.x, y - other.y) / (Math.hypot(before.x - other.x, before.y - other.y) || 1);
      this.#pan((x - before.x) / 2, (y - before.y) / 2);
      this.zoom(factor, (x + other.x) / 2, (y + other.y) / 2);
      return;
    }
    const { drag } = this;
    if (!drag) return;
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < CLICK_DISTANCE) return;
    drag.moved = true;
    /** @param {number[]} path */
    const isFar = (path) => Math.hypot(x - path[path.length - 2], y - path[path.length - 1]) > LASSO_STEP;
    if (drag.tool === "move") {
      this.#pan(x - before.x, y - before.y);
    } else {
      if (drag.tool === "box") drag.path.splice(2);
      if (drag.tool === "box" || isFar(drag.path)) drag.path.push(x, y);
      this.redraw();
    }
  }

  /** @type {(right: number, down: number) => void} */
  #pan(right, down) {
    const { view } = this.explorer.state;
    const scale = this.scale();
    this.setView({ x: view.x - right / scale, y: view.y + down / scale });
  }

  /** Return the corners of the box or lasso that is being drawn, in whole units of the map. */
  region() {
    const path = this.drag?.path ?? [];
    const corners = Array.from({ length: path.length / 2 }, (_, i) => this.toMap(path[2 * i], path[2 * i + 1]).map(Math.round));
    if (this.drag?.tool !== "box") return corners.flat();
    const [[x0, y0], [x1, y1] = [0, 0]] = corners;
    return corners.length < 2 ? [] : [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
  }

  /** @param {PointerEvent} event */
  release(event) {
    const { drag } = this;
    this.pointers.delete(event.pointerId);
    if (!drag) return;
    const region = this.region();
    this.drag = null;
    if (!drag.moved) {
      this.click(event, ...this.place(event));
    } else if (drag.tool !== "move") {
      const least = drag.tool === "box" ? 4 : 6;
      if (region.length >= least) this.explorer.changeFilter({ region: { run: this.run, points: region } });
      this.redraw();
    }
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    this.pointers.delete(event.pointerId);
    this.drag = null;
    this.redraw();
  }

  /**
   * Open the card of the image; a finger shows the image first, and opens it with a second tap.
   * @param {PointerEvent} event
   * @param {number} x
   * @param {number} y
   */
  click(event, x, y) {
    const image = this.imageAt(x, y, event.pointerType === "mouse" ? NEAR : 2 * NEAR);
    const isSecond = image !== null && image === this.tapped && image === this.explorer.lit;
    this.tapped = image;
    this.explorer.light(image, this);
    if (image !== null && (event.pointerType === "mouse" || isSecond)) this.explorer.open(image);
  }

  /**
   * Return the selected image nearest to a place on the plot, null if there is none near.
   * @param {number} left
   * @param {number} top
   * @param {number} [near] - pixels
   */
  imageAt(left, top, near = NEAR) {
    const { data, selector } = this.explorer;
    const { x, y } = data.runs[this.run];
    const [atX, atY] = this.toMap(left, top);
    const isThumbnail = Number(this.plot.dataset.thumbnails) > 0;
    let best = ((isThumbnail ? Math.max(near, SIDE / 2) : near) / this.scale()) ** 2;
    let found = null;
    for (const image of selector.images) {
      const distance = (x[image] - atX) ** 2 + (y[image] - atY) ** 2;
      if (distance > best) continue;
      best = distance;
      found = image;
    }
    return found;
  }

  // Keys and single images --------------------------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  key(event) {
    if (hasModifier(event) || event.target !== this.plot) return;
    const step = STEPS[event.key];
    const { explorer } = this;
    if (step) {
      this.#pan(-step[0] * 0.1 * this.plot.clientWidth, step[1] * 0.1 * this.plot.clientHeight);
      if (step[2] !== 1) this.zoom(step[2]);
    } else if (event.key === "0") {
      this.setView(HOME);
    } else if (event.key === "n" || event.key === "p") {
      explorer.step(event.key === "n" ? 1 : -1);
    } else if (event.key === "Enter" && explorer.lit !== null) {
      explorer.open(explorer.lit);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Show the picture and the prediction of the lit image beside it, or hide them. @param {number | null} image */
  showTip(image) {
    this.tip.hidden = image === null;
    if (image === null) return;
    const { data, lines } = this.explorer;
    const run = this.run;
    const { predicted, values } = data.runs[run];
    data.paint(this.tipPicture, image);
    const note = data.labelNote(image);
    this.tipText.textContent = [
      `Image ${data.numbers[image].toLocaleString("en-US")}: ${data.classes[data.labels[image]]} → ` +
        `${data.classes[predicted[image]]}, ${percent(values.confidence[image])}`,
      note,
      lines ? this.separated(image) : "",
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

const HELP = "Arrow keys move the map, plus and minus zoom, 0 shows all of it. N and P go to the next and the previous " +
  "selected image, Enter opens its card.";
