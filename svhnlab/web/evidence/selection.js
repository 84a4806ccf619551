// Selection and order of the images in a gallery, as a fragment and in words.

import { countImages, decimals, percent, signed } from "./format.js";

/** @import { Bundle } from "./bundle.js" */

/**
 * @typedef {"errors" | "all" | "only" | "fixed" | "broken" | "right"} Kind
 * @typedef {"sound" | "all" | "doubtful"} Labels
 * @typedef {"typical" | "loss" | "confidence" | "margin" | "label"} Order
 * @typedef {object} Selection
 * @property {number} run
 * @property {Kind} kind
 * @property {number | null} other - the run that `run` is compared with ("fixed" and "broken")
 * @property {number | null} label - class of the label, which may be wrong
 * @property {number | null} predicted - predicted class
 * @property {number | null} cause - of the error of the run whose predictions are shown; then `labels` does not matter
 * @property {Labels} labels - images without suspected or known wrong labels, all, or only those with such labels
 * @property {Order} order
 */

/** @type {Record<Order, string>} */
export const ORDERS = {
  typical: "Typical first (median loss)",
  loss: "Loss, highest first",
  confidence: "Confidence, highest first",
  margin: "Margin, lowest first",
  label: "Label quality, lowest first",
};

/** Name of the number below an image, by order. @type {Record<Order, string>} */
export const VALUE_NAMES = {
  typical: "loss in nats",
  loss: "loss in nats",
  confidence: "confidence",
  margin: "margin in class radii",
  label: "label quality",
};

/** @type {readonly Labels[]} */
const LABELS = ["sound", "all", "doubtful"];

/** @type {readonly Kind[]} */
const KINDS = ["errors", "all", "only", "fixed", "broken", "right"];

/**
 * Read a selection from a fragment; missing or invalid parts have their defaults.
 * @param {Bundle} bundle
 * @param {string} fragment
 * @returns {Selection}
 */
export function readSelection(bundle, fragment) {
  const { cause, causes, classes, quality } = bundle.index;
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
  const code = cause ? causes.findIndex(({ name }) => name === parameters.get("cause")) : -1;
  const order = /** @type {Order[]} */ (Object.keys(ORDERS)).find((known) => known === parameters.get("sort"));
  return {
    run,
    kind,
    other: kind === "fixed" || kind === "broken" ? other : null,
    label: classOf("true"),
    predicted: classOf("predicted"),
    cause: code < 0 ? null : code,
    // Earlier versions of the pages have links with "suspected=yes".
    labels: LABELS.find((known) => known === parameters.get("labels"))
      ?? (parameters.get("suspected") === "yes" ? "doubtful" : "sound"),
    order: !order || (order === "label" && !quality) ? "typical" : order,
  };
}

/**
 * Write a selection as a fragment.
 * @param {Bundle} bundle
 * @param {Selection} selection
 */
export function writeSelection(bundle, selection) {
  const { causes, runs } = bundle.index;
  const { run, kind, other, label, predicted, cause, labels, order } = selection;
  const parameters = new URLSearchParams({ model: runs[run].name });
  if (kind !== "errors") parameters.set("show", other === null ? kind : `${kind}:${runs[other].name}`);
  if (label !== null) parameters.set("true", String(label));
  if (predicted !== null) parameters.set("predicted", String(predicted));
  if (cause !== null) parameters.set("cause", causes[cause].name);
  if (labels !== "sound") parameters.set("labels", labels);
  if (order !== "typical") parameters.set("sort", order);
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
  const { run, other, label, predicted, cause, order } = selection;
  const runs = [...index.runs.keys()];
  /** @type {Record<Kind, (image: number) => boolean>} */
  const belongs = {
    errors: (image) => bundle.differs(run, image),
    all: (image) => runs.every((one) => bundle.differs(one, image)),
    only: (image) => runs.every((one) => bundle.differs(one, image) === (one === run)),
    fixed: (image) => bundle.differs(run, image) && !(other !== null && bundle.differs(other, image)),
    broken: (image) => !bundle.differs(run, image) && other !== null && bundle.differs(other, image),
    right: (image) => !bundle.differs(run, image),
  };
  const shown = shownRun(selection);
  const images = [...index.rows.keys()].filter((image) =>
    (label === null || index.labels[image] === label)
    && (predicted === null || index.predicted[shown][image] === predicted)
    && (cause === null || index.cause?.[shown][image] === cause)
    && (cause !== null || selection.labels === "all" || bundle.isDoubtful(image) === (selection.labels === "doubtful"))
    && belongs[selection.kind](image));
  const values = {
    typical: distancesFromMedian(index.loss[shown], images),
    loss: index.loss[shown], confidence: index.confidence[shown], margin: index.margin[shown], label: index.quality,
  }[order];
  /** @param {number} image */
  const key = (image) => {
    const value = values?.[image] ?? null;
    return value === null ? Infinity : order === "label" || order === "typical" || order === "margin" ? value : -value;
  };
  return images.sort((a, b) => key(a) - key(b) || index.rows[a] - index.rows[b]);
}

/**
 * Return the distance of each value from the median over some images.
 * @param {(number | null)[]} values
 * @param {number[]} images
 */
function distancesFromMedian(values, images) {
  const sorted = images.flatMap((image) => values[image] ?? []).sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = sorted.length ? (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2 : 0;
  return values.map((value) => (value === null ? null : Math.abs(value - median)));
}

/**
 * Describe a selection in a sentence.
 * @param {Bundle} bundle
 * @param {Selection} selection
 * @param {number} total - selected images
 */
export function describeSelection(bundle, { run, kind, other, label, predicted, cause, labels }, total) {
  const { causes, classes, runs } = bundle.index;
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
    cause === null ? "" : `cause: ${causes[cause].title}`,
    cause === null && labels === "doubtful" ? `only ${bundle.doubtfulWords()}` : "",
    cause === null && labels === "sound" && bundle.hasDoubtful ? `without ${bundle.doubtfulWords()}` : "",
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
    case "typical":
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
