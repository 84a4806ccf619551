// Where the points of a map are on the screen.

const HALF_ANGLE = Math.PI / 8; // of Plotly's perspective, from the middle to the upper edge

/** @type {(a: number[], b: number[]) => number} */
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** @type {(a: number[], b: number[]) => number[]} */
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** @param {number[]} vector */
const unit = (vector) => vector.map((value) => value / Math.hypot(...vector));

/** @type {(vector: { x: number, y: number, z: number }) => number[]} */
const list = ({ x, y, z }) => [x, y, z];

/**
 * Return a function that gives the position of a point in pixels from the left upper corner of the figure, and its
 * distance from the viewer, which is negative behind the viewer.
 * @param {PlotlyFigure} plot
 * @param {number} dimensions - 2 or 3
 * @returns {(point: number[]) => [x: number, y: number, depth: number]}
 */
export function projection(plot, dimensions) {
  const { clientWidth: width, clientHeight: height } = plot;
  if (dimensions === 2) {
    const [[left, right], [bottom, top]] = ["xaxis", "yaxis"].map((axis) => plot._fullLayout[axis].range);
    return ([x, y]) => [(width * (x - left)) / (right - left), (height * (top - y)) / (top - bottom), 1];
  }
  const { camera, xaxis } = plot.layout.scene;
  const [eye, centre, up] = [camera.eye, camera.center, camera.up].map(list);
  const scale = 1 / (xaxis.range[1] - xaxis.range[0]); // all axes have this range, and the middle is 0
  const forward = unit(centre.map((value, d) => value - eye[d]));
  const right = unit(cross(forward, up));
  const above = cross(right, forward);
  return (point) => {
    const from = point.map((value, d) => scale * value - eye[d]);
    const depth = dot(from, forward);
    const factor = height / 2 / Math.tan(HALF_ANGLE) / depth;
    return [width / 2 + factor * dot(from, right), height / 2 - factor * dot(from, above), depth];
  };
}
