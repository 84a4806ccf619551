// The data of the explorer: all test images, see svhnlab/site/prerender/explorer.py. `image` is a position in its
// columns, `number` the position of an image in its file, which identifies it in addresses.

import { FOLDER, placeOfTile, sheetAddress } from "../evidence/sheets.js";
import { loadScript } from "../load.js";
import { rotate } from "./space.js";

/** @import { Positions, Rotation } from "./space.js" */

/**
 * A number of each image.
 * @typedef {object} Quantity
 * @property {string} name - in addresses
 * @property {string} title
 * @property {string} unit
 * @property {number} digits - decimals shown
 * @property {boolean} isLog - whether its histogram has a logarithmic scale
 * @property {(run: number) => Float64Array} of - NaN: undefined
 *
 * @typedef {object} Run
 * @property {string} name
 * @property {string} title
 * @property {number} designEffect
 * @property {Positions} plane - of the images on the map in two dimensions
 * @property {Positions | null} space - on the map in three dimensions, once it is loaded
 * @property {Uint16Array} predicted
 * @property {Int8Array | null} cause - of the error, -1 for correct images
 * @property {Record<string, Float64Array>} values
 */

const NO_MARGIN = -32_768;
const NOT_ON_MAP = 65_535;

/** Return the bytes of a column. @param {string} text */
function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes.buffer;
}

/**
 * Return a column of integers in units of 1/`unit` as numbers; a missing one is NaN.
 * @param {ArrayLike<number>} stored
 * @param {number} unit
 * @param {number} [missing]
 */
const fractions = (stored, unit, missing = NaN) =>
  Float64Array.from(stored, (value) => (value === missing ? NaN : value / unit));

/** Return coordinates. @param {{ x: string, y: string }} columns */
const positionsIn = ({ x, y }) => ({ x: new Int16Array(bytesOf(x)), y: new Int16Array(bytesOf(y)) });

export class ExplorerData {
  /** @param {ExplorerFile} file */
  constructor(file) {
    this.file = file;
    this.classes = file.classes;
    this.numbers = new Uint32Array(bytesOf(file.numbers));
    this.labels = new Uint16Array(bytesOf(file.labels));
    this.truth = new Uint16Array(bytesOf(file.truth));
    this.suspected = new Uint8Array(bytesOf(file.suspected));
    /** Position among the images that t-SNE placed, `NOT_ON_MAP` for the others. */
    this.onMap = new Uint16Array(bytesOf(file.onMap));
    this.total = this.numbers.length;
    const z = new Int16Array(this.total);
    /** @type {Run[]} */
    this.runs = file.runs.map((run) => ({
      name: run.name,
      designEffect: run.designEffect,
      title: run.title,
      plane: { ...positionsIn(run), z },
      space: null,
      predicted: new Uint16Array(bytesOf(run.predicted)),
      cause: run.cause === null ? null : new Int8Array(bytesOf(run.cause)),
      values: {
        confidence: fractions(new Uint16Array(bytesOf(run.confidence)), file.units.share),
        loss: fractions(new Uint16Array(bytesOf(run.loss)), file.units.loss),
        ...(run.margin === null
          ? {}
          : { margin: fractions(new Int16Array(bytesOf(run.margin)), file.units.distance, NO_MARGIN) }),
      },
    }));
    /** @type {Map<number, number>} */
    this.images = new Map(Array.from(this.numbers, (number, image) => [number, image]));
    /** Images that t-SNE placed, in their order in `onMap`. */
    this.mapped = new Uint32Array(file.mapped);
    this.onMap.forEach((place, image) => { if (place !== NOT_ON_MAP) this.mapped[place] = image; });
    this.quantities = this.#quantities();
    this.errors = Uint8Array.from(this.labels, (label, image) =>
      this.runs.filter(({ predicted }) => predicted[image] !== label).length);
    this.hasCauses = this.runs.some(({ cause }) => cause !== null);
    this.hasDoubtful = this.labels.some((_, image) => this.isDoubtful(image));
  }

  /** @returns {Quantity[]} */
  #quantities() {
    /** @type {(name: string, title: string, unit: string, isLog: boolean) => Quantity[]} */
    const ofRuns = (name, title, unit, isLog) => (this.runs.every(({ values }) => values[name])
      ? [{ name, title, unit, digits: 2, isLog, of: (run) => this.runs[run].values[name] }]
      : []);
    return [
      ...ofRuns("confidence", "Confidence", "", false),
      ...ofRuns("loss", "Loss", "nats", true),
      ...ofRuns("margin", "Margin", "class radii", false),
      ...this.file.properties.map(({ name, title, unit, values }) => {
        const column = Float64Array.from(new Float32Array(bytesOf(values)));
        return { name, title, unit, digits: 2, isLog: name === "sharpness", of: () => column };
      }),
    ];
  }

  /** Whether the maps in three dimensions are loaded. */
  get hasSpace() {
    return this.runs.every(({ space }) => space !== null);
  }

  /** Load the maps in three dimensions; return whether they are there. */
  async loadSpace() {
    await loadScript(new URL("space.js", FOLDER)).catch(() => null);
    window.svhnlabSpace?.forEach((columns, run) => {
      this.runs[run].space ??= { ...positionsIn(columns), z: new Int16Array(bytesOf(columns.z)) };
    });
    return this.hasSpace;
  }

  /**
   * Return the coordinates on a map of a run, however it is rotated. Maps in three dimensions have to be loaded.
   * @param {number} run
   * @param {boolean} isSpatial - whether it has three dimensions
   */
  coordinates(run, isSpatial) {
    const { plane, space } = this.runs[run];
    return isSpatial ? /** @type {Positions} */ (space) : plane;
  }

  /**
   * Return where the images are seen on a map of a run.
   * @param {number} run
   * @param {Rotation | null} rotation - null: on the map in two dimensions
   */
  positions(run, rotation) {
    const coordinates = this.coordinates(run, rotation !== null);
    return rotation ? rotate(coordinates, rotation) : coordinates;
  }

  /** Return the position of the run with a name, -1 if there is none. @param {string | null | undefined} name */
  runNamed(name) {
    return this.runs.findIndex((run) => run.name === name);
  }

  /**
   * Whether the prediction of a run differs from the label of an image.
   * @param {number} run
   * @param {number} image
   */
  isWrong(run, image) {
    return this.runs[run].predicted[image] !== this.labels[image];
  }

  /** Whether the label of an image is suspected or known to be wrong. @param {number} image */
  isDoubtful(image) {
    return this.suspected[image] === 1 || this.truth[image] !== this.labels[image];
  }

  /** Whether t-SNE placed an image. @param {number} image */
  isMapped(image) {
    return this.onMap[image] !== NOT_ON_MAP;
  }

  /** Return in words what is wrong with the label of an image, or nothing. @param {number} image */
  labelNote(image) {
    if (this.truth[image] !== this.labels[image]) return `label known to be wrong: shows ${this.classes[this.truth[image]]}`;
    return this.suspected[image] ? "label suspected to be wrong" : "";
  }

  /** Return the number of runs that misclassify an image. @param {number} image */
  errorsOn(image) {
    return this.errors[image];
  }

  /** Return where the picture of an image is: address of its sheet, and column and line there. @param {number} image */
  placeOf(image) {
    const { columns, perSheet } = this.file;
    const { sheet, column, line } = placeOfTile(image, this.file);
    const lines = Math.ceil(Math.min(perSheet, this.total - sheet * perSheet) / columns);
    return { sheet, address: sheetAddress("sprites", sheet), column, line, lines };
  }

  /**
   * Show an image as the background of an element, and return the element.
   * @template {HTMLElement} T
   * @param {T} box
   * @param {number} image
   */
  paint(box, image) {
    const { columns } = this.file;
    const { address, column, line, lines } = this.placeOf(image);
    box.classList.add("evidence-tile");
    box.style.backgroundImage = `url("${address}")`;
    box.style.backgroundSize = `${100 * columns}% ${100 * lines}%`;
    box.style.backgroundPosition = `${(100 * column) / (columns - 1)}% ${lines > 1 ? (100 * line) / (lines - 1) : 0}%`;
    return box;
  }

  /**
   * Load the nearest images on the map of a run: lists over images, positions in `mapped`.
   * @param {number} run
   * @returns {Promise<{ nearest: Uint16Array, each: number }>}
   */
  async neighbours(run) {
    await loadScript(new URL(`neighbours-${run}.js`, FOLDER));
    const nearest = new Uint16Array(bytesOf(window.svhnlabNeighbours?.[run] ?? ""));
    return { nearest, each: nearest.length / this.total };
  }
}

/** @type {ExplorerData | null} */
let loaded = null;

/** Load the data; null if the site has none. @returns {Promise<ExplorerData | null>} */
export async function loadExplorer() {
  await loadScript(new URL("explorer.js", FOLDER)).catch(() => null);
  if (window.svhnlabExplorer) loaded ??= new ExplorerData(window.svhnlabExplorer);
  return loaded;
}
