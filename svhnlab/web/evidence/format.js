// Formats of numbers and classes on the pages.

import { element } from "../dom.js";

const ONE_LINE = 6; // letters of two classes that fit side by side below an image

/** @type {(value: number | null, digits: number) => string} */
export const decimals = (value, digits) =>
  (value === null
    ? "–"
    : value
      .toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })
      .replace("-", "−"));

/** @type {(value: number) => string} */
export const count = (value) => value.toLocaleString("en-US");

/** @type {(value: number) => string} */
export const countImages = (value) => `${count(value)} ${value === 1 ? "image" : "images"}`;

/** @type {(share: number | null) => string} */
export const percent = (share) =>
  (share === null ? "–" : share > 0.9995 ? "> 99.9%" : `${decimals(100 * share, 1)}%`);

/** @type {(value: number | null) => string} */
export const signed = (value) => (value !== null && value > 0 ? "+" : "") + decimals(value, 2);

/** @type {(parts: string[]) => string} */
export const listing = (parts) =>
  (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`);

/** Return label and prediction of an image, for below it: long names stand in two lines. @type {(label: string, predicted: string) => HTMLElement} */
export const labelAndPrediction = (label, predicted) => {
  const arrow = element("span", { className: "evidence-arrow" }, " → ");
  return [...label, ...predicted].length <= ONE_LINE
    ? element("strong", {}, label, arrow, predicted)
    : element("strong", {}, element("span", { className: "evidence-line" }, label),
      element("span", { className: "evidence-line" }, arrow, predicted));
};
