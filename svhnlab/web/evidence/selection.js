// Selection and order of the images in a gallery, as a fragment and in words.

import { countImages, decimals, percent, signed } from "./format.js";

/** @import { Bundle } from "./bundle.js" */

/**
 * @typedef {"errors" | "all" | "only" | "fixed" | "broken" | "right"} Kind
 * @typedef {"loss" | "confidence" | "margin" | "label"} Order
 * @typedef {object} Selection
 * @property {number} run
 * @property {Kind} kind
 * @property {number | null} other - the run that `run` is compared with ("fixed" and "broken")
 * @property {number | null} label - true class
 * @property {number | null} predicted - predicted class
 * @property {boolean} suspected - images with suspected labels only
 * @property {Order} order
 */

/** @type {Record<Order, string>} */
export const ORDERS = {
  loss: "Loss, highest first",
  confidence: "Confidence, highest first",
  margin: "Margin, lowest first",
  label: "Label quality, lowest first",
};

/** Name of the number below an image, by order. @type {Record<Order, string>} */
export const VALUE_NAMES = {
  loss: "loss in nats",
  confidence: "confidence",
  margin: "margin in class radii",
  label: "label quality",
};

/** @type {readonly Kind[]} */
const KINDS = ["errors", "all", "only", "fixed", "broken", "right"];

/**
 * Read a selection from a fragment; missing or invalid parts have their defaults.
 * @param {Bundle} bundle
 * @param {string} fragment
 * @returns {Selection}
 */
export function readSelection(bundle, fragment) {
  const { classes, quality } = bundle.index;
  const parameters = new URLSearchParams(fragment.split("?")[1] ?? "");
  /** @param {string} name */
  const classOf = (name) => {
    const value = Number.parseInt(parameters.get(name) ?? "", 10);
    return value >= 0 && value < classes.length ? value : null;
  };
  const [kindName, otherName] = (parameters.get("show") ?? "").split(":");
  const run = Math.max(0, bundle.runNamed(parameters.get("model")));
  const other = bundle.runNamed(otherName);
  let kind = KINDS.find((known) => known === kindName) ?? "errors";
  const compares = kind === "fixed" || kind === "broken";
  if (compares && (other < 0 || other === run)) kind = "errors";
  const order = /** @type {Order[]} */ (Object.keys(ORDERS)).find((known) => known === parameters.get("sort"));
  return {
    run,
    kind,
    other: kind === "fixed" || kind === "broken" ? other : null,
    label: classOf("true"),
    predicted: classOf("predicted"),
    suspected: parameters.get("suspected") === "yes",
    order: !order || (order === "label" && !quality) ? "loss" : order,
  };
}

/**
 * Write a selection as a fragment.
 * @param {Bundle} bundle
 * @param {Selection} selection
 */
export function writeSelection(bundle, selection) {
  const { runs } = bundle.index;
  const { run, kind, other, label, predicted, suspected, order } = selection;
  const parameters = new URLSearchParams({ model: runs[run].name });
  if (kind !== "errors") parameters.set("show", other === null ? kind : `${kind}:${runs[other].name}`);
  if (label !== null) parameters.set("true", String(label));
  if (predicted !== null) parameters.set("predicted", String(predicted));
  if (suspected) parameters.set("suspected", "yes");
  if (order !== "loss") parameters.set("sort", order);
  return `#errors?${parameters}`;
}

/** Return the run whose predictions are shown: the one that misclassifies the images. @param {Selection} selection */
export function shownRun({ kind, run, other }) {
  return kind === "broken" && other !== null ? other : run;
}

/**
 * Return the selected images in their order; undefined values come last.
 * @param {Bundle} bundle
 * @param {Selection} selection
 */
export function selectImages(bundle, selection) {
  const { index } = bundle;
  const { run, other, label, predicted, order } = selection;
  const runs = [...index.runs.keys()];
  /** @type {Record<Kind, (image: number) => boolean>} */
  const belongs = {
    errors: (image) => bundle.isWrong(run, image),
    all: (image) => runs.every((one) => bundle.isWrong(one, image)),
    only: (image) => runs.every((one) => bundle.isWrong(one, image) === (one === run)),
    fixed: (image) => bundle.isWrong(run, image) && !(other !== null && bundle.isWrong(other, image)),
    broken: (image) => !bundle.isWrong(run, image) && other !== null && bundle.isWrong(other, image),
    right: (image) => !bundle.isWrong(run, image),
  };
  const shown = shownRun(selection);
  const images = [...index.rows.keys()].filter((image) =>
    (label === null || index.labels[image] === label)
    && (predicted === null || index.predicted[shown][image] === predicted)
    && (!selection.suspected || bundle.isSuspected(image))
    && belongs[selection.kind](image));
  const values = {
    loss: index.loss[shown], confidence: index.confidence[shown], margin: index.margin[shown], label: index.quality,
  }[order];
  /** @param {number} image */
  const key = (image) => {
    const value = values?.[image] ?? null;
    return value === null ? Infinity : order === "label" || order === "margin" ? value : -value;
  };
  return images.sort((a, b) => key(a) - key(b) || index.rows[a] - index.rows[b]);
}

/**
 * Describe a selection in a sentence.
 * @param {Bundle} bundle
 * @param {Selection} selection
 * @param {number} total - selected images
 */
export function describeSelection(bundle, { run, kind, other, label, predicted, suspected }, total) {
  const { classes, runs } = bundle.index;
  const title = runs[run].title;
  const otherTitle = other === null ? "" : runs[other].title;
  const kindText = {
    errors: `errors of ${title}`,
    all: `misclassified by every model, shown with the predictions of ${title}`,
    only: `misclassified by ${title} only`,
    fixed: `misclassified by ${title}, correct in ${otherTitle}`,
    broken: `correct in ${title}, misclassified by ${otherTitle}`,
    right: `correct in ${title}, of the images that have a card`,
  }[kind];
  const filters = [
    label === null ? "" : `labelled ${classes[label]}`,
    predicted === null ? "" : `predicted as ${classes[predicted]}`,
    suspected ? "label suspected" : "",
  ].filter(Boolean);
  return `${countImages(total)}: ${[kindText, ...filters].join(", ")}.`;
}

/**
 * Return the number below an image, by which the images are ordered.
 * @param {Bundle} bundle
 * @param {Selection} selection
 * @param {number} image
 */
export function valueBelow(bundle, selection, image) {
  const { index } = bundle;
  const run = shownRun(selection);
  switch (selection.order) {
    case "loss":
      return decimals(bundle.value(index.loss[run][image], "loss"), 2);
    case "margin":
      return signed(bundle.value(index.margin[run]?.[image] ?? null, "distance"));
    case "label":
      return decimals(bundle.value(index.quality?.[image] ?? null, "share"), 3);
    case "confidence":
      return percent(bundle.value(index.confidence[run][image], "share"));
  }
}
