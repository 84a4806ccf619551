// Colours of the points of a map, and their legend.

/** @import { ExplorerData, Quantity } from "./data.js" */

/**
 * @typedef {[number, number, number]} Colour
 * @typedef {{ colours: Colour[], names: string[], isScale: boolean, codeOf: (image: number) => number }} Scale
 *   names of the codes, or of the two ends of a continuous scale
 */

/** Ends of continuous scales: high values stand out from the page. @type {Record<"light" | "dark", [Colour, Colour]>} */
const RAMPS = { light: [[176, 205, 230], [20, 40, 96]], dark: [[44, 74, 110], [255, 226, 140]] };
/** For images without errors, without a value, or that are not selected. @type {Record<"light" | "dark", Colour>} */
export const NEUTRAL = { light: [140, 148, 158], dark: [120, 128, 140] };
const STEPS = 64;

/** @type {(hex: string) => Colour} */
const parse = (hex) => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
};

/** @type {(low: Colour, high: Colour, share: number) => Colour} */
const mix = (low, high, share) => {
  const part = (/** @type {0 | 1 | 2} */ i) => Math.round(low[i] + (high[i] - low[i]) * share);
  return [part(0), part(1), part(2)];
};

/** @type {(ends: [Colour, Colour], count: number) => Colour[]} */
const ramp = ([low, high], count) => Array.from({ length: count }, (_, i) => mix(low, high, count > 1 ? i / (count - 1) : 1));

/** Return what colours can show: names and titles. @param {ExplorerData} data @returns {[string, string][]} */
export function colourings(data) {
  return [
    ["label", "Label"],
    ["predicted", "Predicted class"],
    ["models", "Number of models that err"],
    ...(data.hasCauses ? [/** @type {[string, string]} */ (["cause", "Cause of the error"])] : []),
    ...data.quantities.map(({ name, title }) => /** @type {[string, string]} */ ([name, title])),
  ];
}

/**
 * Return the colours of the images.
 * @param {ExplorerData} data
 * @param {number} run
 * @param {string} name
 * @param {"light" | "dark"} theme
 * @returns {Scale}
 */
export function scaleOf(data, run, name, theme) {
  const palette = data.file.colours.map(parse);
  const { predicted, cause } = data.runs[run];
  const grey = NEUTRAL[theme];
  if (name === "predicted") return { colours: palette, names: data.classes, isScale: false, codeOf: (image) => predicted[image] };
  if (name === "models") {
    const names = ["none", ...data.runs.map((_, i) => String(i + 1))];
    const colours = [grey, ...ramp(theme === "light" ? [[240, 170, 110], [140, 30, 10]] : [[150, 80, 40], [255, 180, 120]], data.runs.length)];
    return { colours, names, isScale: false, codeOf: (image) => data.errorsOn(image) };
  }
  if (name === "cause") {
    const { causes, colours } = data.file;
    const shades = causes.map((_, i) => parse(colours[i % colours.length]));
    return {
      colours: [grey, ...shades], names: ["correct", ...causes.map(({ title }) => title)], isScale: false,
      codeOf: (image) => (cause?.[image] ?? -1) + 1,
    };
  }
  const quantity = data.quantities.find((one) => one.name === name);
  if (quantity) return continuous(quantity, run, ramp(RAMPS[theme], STEPS), grey);
  return { colours: palette, names: data.classes, isScale: false, codeOf: (image) => data.labels[image] };
}

/**
 * @param {Quantity} quantity
 * @param {number} run
 * @param {Colour[]} colours
 * @param {Colour} missing
 * @returns {Scale}
 */
function continuous(quantity, run, colours, missing) {
  const values = quantity.of(run);
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  /** @param {number} share */
  const quantile = (share) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  /** @param {number} value */
  const scaled = (value) => (quantity.isLog ? Math.log(value + 0.01) : value);
  const [low, high] = [quantile(0.02), quantile(0.98)];
  const span = scaled(high) - scaled(low) || 1;
  const names = [low, high].map((value) => value.toFixed(quantity.digits));
  return {
    colours: [...colours, missing],
    names,
    isScale: true,
    codeOf: (image) => {
      const value = values[image];
      if (Number.isNaN(value)) return STEPS;
      return Math.max(0, Math.min(STEPS - 1, Math.round(((scaled(value) - scaled(low)) / span) * (STEPS - 1))));
    },
  };
}
