// Maps in three dimensions: how they are rotated, and how they are seen.

/**
 * @typedef {[turn: number, tilt: number]} Rotation - degrees about the vertical axis, then about the horizontal one
 * @typedef {{ x: Int16Array, y: Int16Array, z: Int16Array }} Positions - to the right, upwards, and towards the reader
 * @typedef {[number, number, number]} Point
 */

/** From where a map is seen at first. @type {Rotation} */
export const FIRST_ROTATION = [30, 20];
const DEPTHS = 256; // that the order of drawing distinguishes

/**
 * Return the largest distances from the centre along both axes of the page, with any rotation of a map that has three
 * dimensions.
 * @param {Positions} positions
 * @param {boolean} isSpatial
 * @returns {[number, number]}
 */
export function spansOf({ x, y, z }, isSpatial) {
  let [wide, high, far] = [1, 1, 1];
  for (let i = 0; i < x.length; i++) {
    wide = Math.max(wide, Math.abs(x[i]));
    high = Math.max(high, Math.abs(y[i]));
    far = Math.max(far, x[i] ** 2 + y[i] ** 2 + z[i] ** 2);
  }
  return isSpatial ? [Math.sqrt(far), Math.sqrt(far)] : [wide, high];
}

/** Return the axes of the page in the coordinates of a map. @param {Rotation} rotation @returns {[Point, Point, Point]} */
function axes([turn, tilt]) {
  const [a, b] = [turn, tilt].map((degrees) => (degrees * Math.PI) / 180);
  const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
  return [[ca, 0, sa], [sa * sb, cb, -ca * sb], [-sa * cb, sb, ca * cb]];
}

/** Return where a point is seen. @type {(point: Point, rotation: Rotation) => Point} */
export function rotatePoint(point, rotation) {
  const [x, y, z] = axes(rotation).map((axis) => axis[0] * point[0] + axis[1] * point[1] + axis[2] * point[2]);
  return [x, y, z];
}

/**
 * Return where all points are seen, in whole units.
 * @param {Positions} positions
 * @param {Rotation} rotation
 * @returns {Positions}
 */
export function rotate({ x, y, z }, rotation) {
  const [right, up, near] = axes(rotation).map(([a, b, c]) => {
    const seen = new Int16Array(x.length);
    for (let i = 0; i < x.length; i++) seen[i] = Math.round(a * x[i] + b * y[i] + c * z[i]);
    return seen;
  });
  return { x: right, y: up, z: near };
}

/**
 * Return a rotation after a drag: the side that the reader sees follows the pointer.
 * @param {Rotation} rotation
 * @param {number} right - degrees
 * @param {number} down
 * @returns {Rotation}
 */
export function dragged([turn, tilt], right, down) {
  const tenths = (/** @type {number} */ degrees) => Math.round(10 * degrees) / 10; // as in addresses
  const turned = turn + right;
  return [tenths(turned - 360 * Math.round(turned / 360)), tenths(Math.max(-90, Math.min(90, tilt + down)))];
}

/**
 * Return the order in which points are drawn: by layer, and the farthest first in each.
 * @param {Uint8Array} layers
 * @param {Int16Array} z
 * @param {number} reach - largest distance from the centre
 */
export function drawingOrder(layers, z, reach) {
  const depth = (/** @type {number} */ i) => Math.max(0, Math.min(DEPTHS - 1, ((z[i] / reach + 1) * DEPTHS) >> 1));
  const place = (/** @type {number} */ i) => layers[i] * DEPTHS + depth(i);
  const starts = new Uint32Array(DEPTHS * (layers.reduce((a, b) => Math.max(a, b), 0) + 1) + 1);
  for (let i = 0; i < z.length; i++) starts[place(i) + 1]++;
  for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
  const order = new Uint32Array(z.length);
  for (let i = 0; i < z.length; i++) order[starts[place(i)]++] = i;
  return order;
}
