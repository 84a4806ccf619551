// Numbers and pictures of single test images, see svhnlab/site/prerender/evidence.py. `image` is a position in the
// bundle, `row` the position of the image in its file, which identifies it in addresses.

import { loadScript } from "../load.js";
import { drawTile, FOLDER, numbered, PIXELATED, placeOfTile, sheetAddress } from "./sheets.js";

export class Bundle {
  /** @param {EvidenceIndex} index */
  constructor(index) {
    this.index = index;
    this.images = new Map(index.rows.map((row, image) => [row, image]));
    this.suspectedRows = new Set(index.suspected);
    /** Whether a label is suspected or known to be wrong. */
    this.hasDoubtful = index.rows.some((_, image) => this.isDoubtful(image));
  }

  /** Whether the bundle has the image of a row. @param {number} row */
  has(row) {
    return this.images.has(row);
  }

  /** Return the image of a row that the bundle has. @param {number} row */
  imageOf(row) {
    return /** @type {number} */ (this.images.get(row));
  }

  /** Return the position of the run with a name, -1 if there is none. @param {string | null | undefined} name */
  runNamed(name) {
    return this.index.runs.findIndex((run) => run.name === name);
  }

  /** Return the class that an image shows: the true one if it is known, else its label. @param {number} image */
  shownClass(image) {
    return this.index.truth?.[image] ?? this.index.labels[image];
  }

  /**
   * Whether the prediction of a run differs from the label of an image. Galleries and matrices count these as errors.
   * @param {number} run
   * @param {number} image
   */
  differs(run, image) {
    return this.index.predicted[run][image] !== this.index.labels[image];
  }

  /**
   * Whether the prediction of a run differs from what an image shows.
   * @param {number} run
   * @param {number} image
   */
  isWrong(run, image) {
    return this.index.predicted[run][image] !== this.shownClass(image);
  }

  /** Whether the label of an image is suspected to be wrong. @param {number} image */
  isSuspected(image) {
    return this.suspectedRows.has(this.index.rows[image]);
  }

  /** Whether the label of an image is known to be wrong. @param {number} image */
  isKnownWrong(image) {
    return this.shownClass(image) !== this.index.labels[image];
  }

  /** Whether the label of an image is suspected or known to be wrong. @param {number} image */
  isDoubtful(image) {
    return this.isSuspected(image) || this.isKnownWrong(image);
  }

  /** Whether the label of an image is suspected, and the true one is unknown. @param {number} image */
  isUndecided(image) {
    return this.isSuspected(image) && !this.index.truth;
  }

  /** Return in words what is wrong with the label of an image, or nothing. @param {number} image */
  labelNote(image) {
    if (this.isKnownWrong(image)) {
      const name = this.index.classes[this.shownClass(image)];
      return `label known to be wrong: shows ${/^(8|[aeio])/i.test(name) ? "an" : "a"} ${name}`;
    }
    return this.isSuspected(image) ? "label suspected to be wrong" : "";
  }

  /** Name the labels that are doubtful: only where the truth is known, some are known to be wrong. */
  doubtfulWords() {
    return this.index.truth ? "suspected or known wrong labels" : "suspected labels";
  }

  /**
   * Convert a stored integer to its value.
   * @template {number | null} Value
   * @param {Value} stored
   * @param {Unit} unit
   * @returns {Value extends null ? null : number}
   */
  value(stored, unit) {
    return /** @type {any} */ (stored === null ? null : stored / this.index.units[unit]);
  }

  /**
   * Load what the card of an image shows.
   * @param {number} image
   * @returns {Promise<{ cards: EvidenceCards, position: number }>} the cards of its sheet, its position among them
   */
  async loadCards(image) {
    const { perSheet } = this.index;
    const name = `cards-${numbered(Math.floor(image / perSheet))}`;
    await loadScript(new URL(`${name}.js`, FOLDER));
    const cards = window.svhnlabBundle?.[name];
    if (!cards) throw new Error(`${name}.js has no data`);
    return { cards, position: image % perSheet };
  }

  /**
   * Show a tile of a sheet as the background of an element of any size, and return the element.
   * @template {HTMLElement} T
   * @param {T} element
   * @param {"images" | "training"} kind
   * @param {number} number - of the tile, over all sheets
   */
  paint(element, kind, number) {
    const { columns, rows, training } = this.index;
    const { sheet, column, line, lines } = this.#locate(number, kind === "images" ? rows.length : training);
    const x = (100 * column) / (columns - 1);
    const y = lines > 1 ? (100 * line) / (lines - 1) : 0;
    element.classList.add("evidence-tile");
    element.classList.toggle("evidence-smooth", this.index.side > PIXELATED);
    element.style.backgroundImage = `url("${sheetAddress(kind, sheet)}")`;
    element.style.backgroundSize = `${100 * columns}% ${100 * lines}%`;
    element.style.backgroundPosition = `${x}% ${y}%`;
    return element;
  }

  /**
   * Draw a run's attribution of an image on a canvas, pixel by pixel, and return the canvas.
   * @param {HTMLCanvasElement} canvas
   * @param {number} run
   * @param {number} image
   */
  paintAttribution(canvas, run, image) {
    const { sheet, column, line, lines } = this.#locate(image, this.index.rows.length);
    drawTile(canvas, sheetAddress("attribution", sheet), this.index.attribution, column, run * lines + line);
    return canvas;
  }

  /**
   * Return where a tile is: its sheet, its column and line there, and the lines of that sheet.
   * @param {number} number
   * @param {number} total - tiles on all sheets
   */
  #locate(number, total) {
    const { columns, perSheet } = this.index;
    const place = placeOfTile(number, this.index);
    const lines = Math.ceil(Math.min(perSheet, total - place.sheet * perSheet) / columns);
    return { ...place, lines };
  }
}

/** @type {Bundle | null} */
let loaded = null;

/** Load the bundle; null if it has no images. @returns {Promise<Bundle | null>} */
export async function loadBundle() {
  await loadScript(new URL("index.js", FOLDER));
  const index = window.svhnlabBundle?.index;
  if (index?.rows.length) loaded ??= new Bundle(index);
  return loaded;
}

/** Return the bundle if it is loaded already. */
export function loadedBundle() {
  return loaded;
}
