// Filters of the explorer. Each view has a filter and shows the images that pass the filters of all other views.

/**
 * @import { ExplorerData } from "./data.js"
 * @import { Rotation } from "./space.js"
 */

/**
 * @typedef {"all" | "errors" | "correct"} Outcome
 * @typedef {{ run: number, rotation: Rotation | null, points: number[] }} Region - part of a model's map, as it is seen
 *   with a rotation (null: of the map in two dimensions): a box (left, bottom, right, top) or the corners of a polygon
 *
 * @typedef {object} Filter
 * @property {number} run - the model whose predictions are filtered
 * @property {Region | null} region
 * @property {number[]} cells - of the confusion matrix: label times the number of classes, plus predicted class
 * @property {Outcome} outcome
 * @property {Map<string, [number, number]>} ranges - by name of the quantity; include both bounds
 * @property {Map<string, number>} slices - by name of the group
 *
 * @typedef {object} SliceGroup
 * @property {string} name
 * @property {string} title
 * @property {string[]} slices
 * @property {string[]} [keys] - names of the slices in addresses; by default their numbers
 * @property {(run: number) => (image: number) => number} of - the slice of an image, -1: none
 */

/** @type {(run?: number) => Filter} */
export const noFilter = (run = 0) =>
  ({ run, region: null, cells: [], outcome: "all", ranges: new Map(), slices: new Map() });

/** Return the groups of slices. @param {ExplorerData} data @returns {SliceGroup[]} */
export function sliceGroups(data) {
  /** @type {SliceGroup[]} */
  const groups = [{
    name: "class", title: "Label", slices: data.classes, of: () => (image) => data.labels[image],
  }];
  if (data.hasCauses) {
    groups.push({
      name: "cause", title: "Cause of the error", slices: data.file.causes.map(({ title }) => title),
      keys: data.file.causes.map((cause) => cause.name),
      of: (run) => (image) => data.runs[run].cause?.[image] ?? -1,
    });
  }
  if (data.hasDoubtful) {
    groups.push({
      name: "labels", title: "Label quality", slices: ["no doubt", "suspected or known to be wrong"], keys: ["sound", "doubtful"],
      of: () => (image) => Number(data.isDoubtful(image)),
    });
  }
  if (data.file.mapped < data.total) {
    groups.push({
      name: "position", title: "Position on the map", slices: ["placed by t-SNE", "placed by its neighbours"],
      keys: ["t-sne", "neighbours"],
      of: () => (image) => Number(!data.isMapped(image)),
    });
  }
  groups.push({
    name: "models", title: "Models that err", slices: ["none", ...data.runs.map((_, i) => String(i + 1))],
    of: () => (image) => data.errorsOn(image),
  });
  for (const { name, title, low, high, slices } of data.file.properties) {
    const values = data.quantities.find((quantity) => quantity.name === name)?.of(0);
    if (!values || slices.length < 2) continue;
    const names = slices.map(([from, to], i) =>
      `${from.toPrecision(3)} to ${to.toPrecision(3)}${i === 0 ? ` (${low})` : i === slices.length - 1 ? ` (${high})` : ""}`);
    const places = Int8Array.from(values, (value) => slices.findIndex(([, to]) => value <= to));
    groups.push({ name, title, slices: names, of: () => (image) => places[image] });
  }
  return groups;
}

/**
 * Whether a point is in a region.
 * @param {number[]} points
 * @param {number} x
 * @param {number} y
 */
export function isInside(points, x, y) {
  if (points.length === 4) return points[0] <= x && x <= points[2] && points[1] <= y && y <= points[3];
  let inside = false;
  for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
    const [xi, yi, xj, yj] = [points[i], points[i + 1], points[j], points[j + 1]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Names of the views whose filters are not in the lists of quantities and slices. */
const VIEWS = ["region", "cells", "outcome"];

export class Selector {
  /** @param {ExplorerData} data */
  constructor(data) {
    this.data = data;
    this.groups = sliceGroups(data);
    const names = [...VIEWS, ...data.quantities.map(({ name }) => `range-${name}`), ...this.groups.map(({ name }) => `slice-${name}`)];
    /** The bit of each view. */
    this.bits = new Map(names.map((name, i) => [name, 2 ** i]));
    /** For each image, the bits of the views whose filters it does not pass. */
    this.failed = new Uint32Array(data.total);
    /** Selected images. */
    this.images = new Uint32Array(0);
  }

  /** Apply a filter. @param {Filter} filter */
  apply(filter) {
    this.failed.fill(0);
    for (const [name, passes] of this.#tests(filter)) {
      const bit = /** @type {number} */ (this.bits.get(name));
      for (let image = 0; image < this.failed.length; image++) if (!passes(image)) this.failed[image] |= bit;
    }
    this.images = this.passing();
    return this;
  }

  /** Return the images that pass the filters of all views, or of all except one. @param {string} [view] */
  passing(view) {
    const others = ~(this.bits.get(view ?? "") ?? 0);
    const images = new Uint32Array(this.failed.length);
    let total = 0;
    for (let image = 0; image < images.length; image++) if (!(this.failed[image] & others)) images[total++] = image;
    return images.subarray(0, total);
  }

  /**
   * @param {Filter} filter
   * @returns {[string, (image: number) => boolean][]}
   */
  #tests(filter) {
    const { data } = this;
    const { run, region, cells, outcome, ranges, slices } = filter;
    const { predicted } = data.runs[run];
    /** @type {[string, (image: number) => boolean][]} */
    const tests = [];
    if (region) {
      const { x, y } = data.positions(region.run, region.rotation);
      tests.push(["region", (image) => isInside(region.points, x[image], y[image])]);
    }
    if (cells.length) {
      const chosen = new Set(cells);
      tests.push(["cells", (image) => chosen.has(data.labels[image] * data.classes.length + predicted[image])]);
    }
    if (outcome !== "all") {
      const wanted = outcome === "errors";
      tests.push(["outcome", (image) => (predicted[image] !== data.labels[image]) === wanted]);
    }
    for (const quantity of data.quantities) {
      const range = ranges.get(quantity.name);
      if (!range) continue;
      const values = quantity.of(run);
      tests.push([`range-${quantity.name}`, (image) => range[0] <= values[image] && values[image] <= range[1]]);
    }
    for (const group of this.groups) {
      const slice = slices.get(group.name);
      if (slice === undefined) continue;
      const of = group.of(run);
      tests.push([`slice-${group.name}`, (image) => of(image) === slice]);
    }
    return tests;
  }
}

/**
 * Return the number of images, the number that the run misclassifies, and its most confused pairs of classes.
 * @param {ExplorerData} data
 * @param {number} run
 * @param {Iterable<number>} images
 */
export function summarise(data, run, images) {
  const { predicted } = data.runs[run];
  /** @type {Map<number, number>} */
  const pairs = new Map();
  let total = 0;
  let errors = 0;
  for (const image of images) {
    total++;
    const label = data.labels[image];
    if (predicted[image] === label) continue;
    errors++;
    const cell = label * data.classes.length + predicted[image];
    pairs.set(cell, (pairs.get(cell) ?? 0) + 1);
  }
  const confused = [...pairs].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return { total, errors, confused };
}
