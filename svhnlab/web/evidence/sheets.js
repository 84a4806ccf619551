// Sheets of pictures: tiles in rows, see svhnlab/site/prerender/evidence.py.

import { SITE } from "../load.js";

/** Side in pixels up to which the pixels of an image are shown as squares when it is enlarged. */
export const PIXELATED = 32;
export const FOLDER = new URL("evidence/", SITE);

/** @type {(number: number) => string} */
export const numbered = (number) => String(number).padStart(3, "0");

/**
 * Return the address of a sheet.
 * @param {string} kind
 * @param {number} sheet
 */
export function sheetAddress(kind, sheet) {
  return new URL(`${kind}-${numbered(sheet)}.webp`, FOLDER).href;
}

/**
 * Return where a tile is: its sheet, its column and line there.
 * @param {number} number - of the tile, over all sheets
 * @param {{ columns: number, perSheet: number }} layout
 */
export function placeOfTile(number, { columns, perSheet }) {
  const position = number % perSheet;
  return { sheet: Math.floor(number / perSheet), column: position % columns, line: Math.floor(position / columns) };
}

/**
 * Draw a part of a sheet on a canvas, pixel by pixel, once it is loaded; the canvas is empty until then.
 * @param {HTMLCanvasElement} canvas
 * @param {string} address - of the sheet
 * @param {number} side - of the part, in pixels
 * @param {number} column
 * @param {number} line - in units of the side
 */
export function drawTile(canvas, address, side, column, line) {
  canvas.width = canvas.height = side; // clears it
  const tiles = new Image();
  canvas.dataset.tile = tiles.id = `${address} ${column} ${line}`;
  tiles.onload = () => {
    if (canvas.dataset.tile !== tiles.id) return; // another tile was requested since
    canvas.getContext("2d")?.drawImage(tiles, column * side, line * side, side, side, 0, 0, side, side);
  };
  tiles.src = address;
}
