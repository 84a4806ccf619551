// What is drawn over the points of a map: thumbnails, names of classes, the selected region and the lit image.

/** @import { PointMap } from "./map.js" */

const THUMBNAILS = 300; // most thumbnails shown at a time
const FEW = 10; // most classes whose names are large, and drawn even if they overlap
const LONGEST_NAME = 24; // letters
const NAME_HEIGHT = 15; // pixels
/** Side of a thumbnail in pixels. */
export const SIDE = 28;

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

/**
 * Draw over the points of a map.
 * @param {PointMap} map
 * @param {CanvasRenderingContext2D} pen - in pixels of the plot
 */
export function drawOverlay(map, pen) {
  const style = getComputedStyle(map.plot);
  const ink = style.color;
  const page = style.getPropertyValue("--page").trim();
  pen.clearRect(0, 0, map.plot.clientWidth, map.plot.clientHeight);
  drawThumbnails(map, pen, ink);
  drawNames(map, pen, ink, page);
  drawRegion(map, pen, style.getPropertyValue("--accent").trim());
  drawLit(map, pen, ink, page);
}

/** @type {(map: PointMap, pen: CanvasRenderingContext2D, ink: string) => void} */
function drawThumbnails(map, pen, ink) {
  const { data, state } = map.explorer;
  const images = state.view.zoom > 1 ? map.inView(THUMBNAILS + 1) : [];
  const isNear = images.length > 0 && images.length <= THUMBNAILS;
  map.plot.dataset.thumbnails = String(isNear ? images.length : 0);
  if (!isNear) return;
  const { z } = map.positions;
  if (state.rotation) images.sort((a, b) => z[a] - z[b]); // the nearest last
  pen.imageSmoothingEnabled = false;
  for (const image of images) {
    const { address, column, line } = data.placeOf(image);
    const sheet = sheetAt(address, () => map.redraw());
    if (!sheet) continue;
    const side = sheet.naturalWidth / data.file.columns;
    const [x, y] = map.at(image);
    const [red, green, blue] = map.points.colours.subarray(4 * image, 4 * image + 3);
    pen.fillStyle = `rgb(${red} ${green} ${blue})`;
    pen.fillRect(x - SIDE / 2 - 2, y - SIDE / 2 - 2, SIDE + 4, SIDE + 4);
    pen.drawImage(sheet, column * side, line * side, side, side, x - SIDE / 2, y - SIDE / 2, SIDE, SIDE);
    if (!map.points.marks[image]) continue;
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    pen.strokeRect(x - SIDE / 2 - 2, y - SIDE / 2 - 2, SIDE + 4, SIDE + 4);
  }
}

/** @type {(map: PointMap, pen: CanvasRenderingContext2D, ink: string, page: string) => void} */
function drawNames(map, pen, ink, page) {
  const few = map.explorer.data.classes.length <= FEW;
  pen.font = `700 ${few ? 16 : 12}px sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeStyle = page;
  pen.fillStyle = ink;
  const { clientWidth, clientHeight } = map.plot;
  const shown = map.names.map(({ name, at }) => ({ name, place: map.toPlot(...map.seenAt(at)) }))
    .filter(({ place: [left, top] }) => left > 0 && top > 0 && left < clientWidth && top < clientHeight);
  // Of many names that would overlap, the first is shown; others appear where the map is enlarged.
  /** @type {[number, number, number][]} */
  const drawn = [];
  for (const { name, place: [x, y] } of shown) {
    const text = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1).trimEnd()}…` : name;
    const half = pen.measureText(text).width / 2;
    const isFree = drawn.every(([left, top, other]) => Math.abs(y - top) > NAME_HEIGHT || Math.abs(x - left) > half + other);
    if (!few && !isFree) continue;
    drawn.push([x, y, half]);
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  }
}

/** @type {(map: PointMap, pen: CanvasRenderingContext2D, accent: string) => void} */
function drawRegion(map, pen, accent) {
  const { filter: { region }, rotation } = map.explorer.state;
  const isOfMap = region?.run === map.run && String(region.rotation) === String(rotation);
  const drawn = map.gestures.region() ?? (isOfMap ? region.points : null);
  if (!drawn) return;
  const corners = drawn.length === 4
    ? [[drawn[0], drawn[1]], [drawn[2], drawn[1]], [drawn[2], drawn[3]], [drawn[0], drawn[3]]]
    : Array.from({ length: drawn.length / 2 }, (_, i) => [drawn[2 * i], drawn[2 * i + 1]]);
  pen.beginPath();
  for (const [x, y] of corners) pen.lineTo(...map.toPlot(x, y));
  pen.closePath();
  pen.strokeStyle = accent;
  pen.lineWidth = 2;
  pen.setLineDash([6, 4]);
  pen.stroke();
  pen.setLineDash([]);
}

/** Draw the lit image, with lines to its neighbours. @type {(map: PointMap, pen: CanvasRenderingContext2D, ink: string, page: string) => void} */
function drawLit(map, pen, ink, page) {
  const { lit, tools } = map.explorer;
  if (lit === null) return;
  const [x, y] = map.at(lit);
  pen.lineWidth = 1.5;
  if (tools.lines.checked) {
    for (const { image, isSeparated } of map.nearest(lit)) {
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(...map.at(image));
      pen.setLineDash(isSeparated ? [3, 4] : []);
      pen.strokeStyle = ink;
      pen.stroke();
    }
    pen.setLineDash([]);
  }
  const radius = Number(map.plot.dataset.thumbnails) ? SIDE * 0.8 : 8;
  for (const [width, colour] of /** @type {const} */ ([[5, page], [2.5, ink]])) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }
}
