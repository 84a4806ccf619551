// The state of the explorer as a fragment: #explore?model=cnn&region=cnn:0,0,50,50&confidence=0.5,1
//
// On maps in three dimensions, `rotation` is how they are seen, and a region has the rotation with which it was drawn:
// region=cnn:30,20:0,0,50,50.

import { noFilter } from "./filters.js";

/**
 * @import { ExplorerData } from "./data.js"
 * @import { Filter, SliceGroup } from "./filters.js"
 * @import { Rotation } from "./space.js"
 */

/**
 * @typedef {{ x: number, y: number, zoom: number }} View - centre in units of the maps, and magnification
 * @typedef {object} State
 * @property {Filter} filter
 * @property {number} second - run of the second map, -1: none
 * @property {string} colour - what the colour of a point shows
 * @property {Rotation | null} rotation - of the maps; null: in two dimensions
 * @property {View} view
 * @property {Filter | null} a - the two selections that are compared
 * @property {Filter | null} b
 */

/** @type {View} */
export const HOME = { x: 0, y: 0, zoom: 1 };
export const PREFIX = "#explore";

/** Return the names of a group's slices in addresses. @param {SliceGroup} group */
const keysOf = ({ keys, slices }) => keys ?? slices.map((_, slice) => String(slice));

/** @type {(data: ExplorerData, filter: Filter, groups: SliceGroup[]) => [string, string][]} */
function writeFilter(data, filter, groups) {
  const k = data.classes.length;
  /** @type {[string, string][]} */
  const parts = [["model", data.runs[filter.run].name]];
  if (filter.region) {
    const { run, rotation, points } = filter.region;
    parts.push(["region", [data.runs[run].name, ...(rotation ? [rotation.join(",")] : []), points.join(",")].join(":")]);
  }
  if (filter.cells.length) parts.push(["cells", filter.cells.map((cell) => `${Math.floor(cell / k)}-${cell % k}`).join(",")]);
  if (filter.outcome !== "all") parts.push(["show", filter.outcome]);
  for (const [name, range] of filter.ranges) parts.push([name, range.join(",")]);
  for (const group of groups) {
    const slice = filter.slices.get(group.name);
    if (slice !== undefined) parts.push(["slice", `${group.name}:${keysOf(group)[slice]}`]);
  }
  return parts;
}

/** @type {(text: string | null | undefined) => number[]} */
const numbersIn = (text) => (text ? text.split(",").map(Number) : []);

/**
 * Read a rotation; null if there is none, or the maps in three dimensions are not loaded.
 * @param {ExplorerData} data
 * @param {string | null | undefined} text
 * @returns {Rotation | null}
 */
function readRotation(data, text) {
  const [turn, tilt, ...rest] = numbersIn(text);
  return data.hasSpace && Math.abs(turn) <= 180 && Math.abs(tilt) <= 90 && !rest.length ? [turn, tilt] : null;
}

/** Whether a state needs the maps in three dimensions. @param {string} fragment */
export function needsSpace(fragment) {
  const parameters = new URLSearchParams(fragment.split("?")[1] ?? "");
  const kept = ["a", "b"].map((name) => new URLSearchParams(parameters.get(name) ?? ""));
  return parameters.has("rotation") || [parameters, ...kept].some((filter) => (filter.get("region") ?? "").split(":").length > 2);
}

/**
 * Read a filter; invalid parts are left out.
 * @param {ExplorerData} data
 * @param {URLSearchParams} parameters
 * @param {SliceGroup[]} groups
 */
function readFilter(data, parameters, groups) {
  const filter = noFilter(Math.max(0, data.runNamed(parameters.get("model"))));
  const [name, ...numbers] = (parameters.get("region") ?? "").split(":");
  const run = data.runNamed(name);
  const points = numbersIn(numbers.pop());
  const rotation = readRotation(data, numbers[0]);
  const isComplete = points.length >= 4 && points.length % 2 === 0 && points.every(Number.isFinite);
  if (run >= 0 && isComplete && numbers.length === Number(rotation !== null)) filter.region = { run, rotation, points };
  const k = data.classes.length;
  for (const cell of (parameters.get("cells") ?? "").split(",")) {
    const [label, predicted] = cell.split("-").map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));
    if (label < k && predicted < k) filter.cells.push(label * k + predicted);
  }
  const outcome = parameters.get("show");
  if (outcome === "errors" || outcome === "correct") filter.outcome = outcome;
  for (const quantity of data.quantities) {
    const [low, high, ...rest] = numbersIn(parameters.get(quantity.name));
    if (low <= high && !rest.length) filter.ranges.set(quantity.name, [low, high]);
  }
  for (const part of parameters.getAll("slice")) {
    const [name, key] = part.split(":");
    const group = groups.find((known) => known.name === name);
    const slice = group ? keysOf(group).indexOf(key) : -1;
    if (slice >= 0) filter.slices.set(name, slice);
  }
  return filter;
}

/**
 * Write a state as a fragment.
 * @param {ExplorerData} data
 * @param {State} state
 * @param {SliceGroup[]} groups
 */
export function writeState(data, state, groups) {
  const parameters = new URLSearchParams(writeFilter(data, state.filter, groups));
  if (state.second >= 0) parameters.set("second", data.runs[state.second].name);
  if (state.colour !== "label") parameters.set("colour", state.colour);
  if (state.rotation) parameters.set("rotation", state.rotation.join(","));
  const { x, y, zoom } = state.view;
  if (x || y || zoom !== 1) parameters.set("view", [Math.round(x), Math.round(y), zoom.toFixed(3)].join(","));
  for (const [name, filter] of /** @type {const} */ ([["a", state.a], ["b", state.b]])) {
    if (filter) parameters.set(name, new URLSearchParams(writeFilter(data, filter, groups)).toString());
  }
  // Commas and colons need no escape in a fragment.
  return `${PREFIX}?${parameters.toString().replace(/%2C/g, ",").replace(/%3A/g, ":")}`;
}

/**
 * Read a state from a fragment; missing and invalid parts have their defaults.
 * @param {ExplorerData} data
 * @param {string} fragment
 * @param {SliceGroup[]} groups
 * @param {string[]} colours - names of all that colours can show
 * @returns {State}
 */
export function readState(data, fragment, groups, colours) {
  const parameters = new URLSearchParams(fragment.startsWith(PREFIX) ? fragment.split("?")[1] ?? "" : "");
  const [x, y, zoom] = numbersIn(parameters.get("view"));
  const isView = [x, y, zoom].every(Number.isFinite) && zoom > 0;
  /** @param {string} name */
  const kept = (name) => (parameters.has(name)
    ? readFilter(data, new URLSearchParams(parameters.get(name) ?? ""), groups)
    : null);
  const colour = parameters.get("colour") ?? "";
  return {
    filter: readFilter(data, parameters, groups),
    second: data.runNamed(parameters.get("second")),
    colour: colours.includes(colour) ? colour : "label",
    rotation: readRotation(data, parameters.get("rotation")),
    view: isView ? { x, y, zoom } : HOME,
    a: kept("a"),
    b: kept("b"),
  };
}
