// Pointer, fingers, wheel and keys on a map.

import { hasModifier } from "../dom.js";
import { HOME } from "./address.js";

/**
 * @import { PointMap } from "./map.js"
 * @import { Point } from "./space.js"
 * @import { Tool } from "./tools.js"
 */

const CLICK_DISTANCE = 5; // pixels: a pointer that moves farther moves the map
const LASSO_STEP = 6; // pixels between two corners of a lasso
const NEAR = 12; // pixels from a point within which the pointer is on it

/** Effect of a key: steps to the right, steps up, and the factor of the zoom. @type {Record<string, [number, number, number]>} */
const STEPS = {
  ArrowLeft: [-1, 0, 1], ArrowRight: [1, 0, 1], ArrowUp: [0, 1, 1], ArrowDown: [0, -1, 1],
  "+": [0, 0, 1.4], "=": [0, 0, 1.4], "-": [0, 0, 1 / 1.4],
};

/** Return what the keys do, for screen readers. @param {boolean} isSpatial - whether the map has three dimensions */
export const keysHelp = (isSpatial) => `Arrow keys ${isSpatial ? "rotate the map, with Shift they move it" : "move the map"}, plus and minus ` +
  "zoom, 0 shows all of it. N and P go to the next and the previous selected image, Enter opens its card.";

export class MapGestures {
  /** @type {Map<number, { x: number, y: number }>} Pressed pointers. */
  pointers = new Map();
  /** @type {{ x: number, y: number, moved: boolean, tool: Tool, path: number[], pivot: Point | null } | null} */
  drag = null;
  /** @type {number | null} Image that the last tap showed. */
  tapped = null;

  /** @param {PointMap} map */
  constructor(map) {
    this.map = map;
    const { plot, explorer } = map;
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
      map.zoom(Math.exp(-event.deltaY * 0.01), ...this.place(event));
    }, { passive: false });
    plot.addEventListener("keydown", (event) => this.key(event));
  }

  /** Return where an event is on the plot. @param {MouseEvent} event @returns {[number, number]} */
  place(event) {
    const frame = this.map.plot.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button) return;
    const [x, y] = this.place(event);
    this.pointers.set(event.pointerId, { x, y });
    if (this.pointers.size > 1) {
      this.drag = null; // two fingers zoom
      return;
    }
    const tool = event.shiftKey ? "box" : this.map.explorer.tools.drag;
    this.drag = { x, y, moved: false, tool, path: [x, y], pivot: tool === "rotate" ? this.map.pivot() : null };
    if (event.pointerType === "mouse" || tool !== "move") this.map.plot.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { drag, map } = this;
    const [x, y] = this.place(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") map.explorer.light(map.imageAt(x, y, NEAR), map);
      return;
    }
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.pointers.set(event.pointerId, { x, y });
    if (others.length) {
      const [other] = others;
      const factor = Math.hypot(x - other.x, y - other.y) / (Math.hypot(before.x - other.x, before.y - other.y) || 1);
      map.pan((x - before.x) / 2, (y - before.y) / 2);
      map.zoom(factor, (x + other.x) / 2, (y + other.y) / 2);
      return;
    }
    if (!drag) return;
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < CLICK_DISTANCE) return;
    drag.moved = true;
    /** @param {number[]} path */
    const isFar = (path) => Math.hypot(x - path[path.length - 2], y - path[path.length - 1]) > LASSO_STEP;
    if (drag.tool === "move") {
      map.pan(x - before.x, y - before.y);
    } else if (drag.tool === "rotate") {
      map.rotate(x - before.x, y - before.y, drag.pivot);
    } else {
      if (drag.tool === "box") drag.path.splice(2);
      if (drag.tool === "box" || isFar(drag.path)) drag.path.push(x, y);
      map.redraw();
    }
  }

  /** Return the corners of the box or lasso that is being drawn, in whole units of the map; null if there is none. */
  region() {
    if (this.drag?.tool !== "box" && this.drag?.tool !== "lasso") return null;
    const { path, tool } = this.drag;
    const corners = Array.from({ length: path.length / 2 }, (_, i) => this.map.toMap(path[2 * i], path[2 * i + 1]).map(Math.round));
    if (tool !== "box") return corners.flat();
    const [[x0, y0], [x1, y1] = [0, 0]] = corners;
    return corners.length < 2 ? [] : [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
  }

  /** @param {PointerEvent} event */
  release(event) {
    const { drag, map } = this;
    this.pointers.delete(event.pointerId);
    if (!drag) return;
    const region = this.region();
    this.drag = null;
    if (!drag.moved) {
      this.click(event, ...this.place(event));
    } else if (region) {
      const least = drag.tool === "box" ? 4 : 6;
      if (region.length >= least) map.select(region);
      map.redraw();
    }
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    this.pointers.delete(event.pointerId);
    this.drag = null;
    this.map.redraw();
  }

  /**
   * Open the card of the image; a finger shows the image first, and opens it with a second tap.
   * @param {PointerEvent} event
   * @param {number} x
   * @param {number} y
   */
  click(event, x, y) {
    const { map } = this;
    const { explorer } = map;
    const image = map.imageAt(x, y, event.pointerType === "mouse" ? NEAR : 2 * NEAR);
    const isSecond = image !== null && image === this.tapped && image === explorer.lit;
    this.tapped = image;
    explorer.light(image, map);
    if (image !== null && (event.pointerType === "mouse" || isSecond)) explorer.open(image);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { map } = this;
    const { explorer } = map;
    if (hasModifier(event) || event.target !== map.plot) return;
    const step = STEPS[event.key];
    if (step) {
      const [right, down] = [step[0] * 0.1 * map.plot.clientWidth, -step[1] * 0.1 * map.plot.clientHeight];
      if (explorer.state.rotation && !event.shiftKey) map.rotate(right, down, map.pivot());
      else map.pan(-right, -down);
      if (step[2] !== 1) map.zoom(step[2]);
    } else if (event.key === "0") {
      map.setView(HOME);
    } else if (event.key === "n" || event.key === "p") {
      explorer.step(event.key === "n" ? 1 : -1);
    } else if (event.key === "Enter" && explorer.lit !== null) {
      explorer.open(explorer.lit);
    } else {
      return;
    }
    event.preventDefault();
  }
}
