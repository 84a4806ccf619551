// Shares with their intervals.

import { percent } from "../evidence/format.js";

/** @typedef {{ share: number, low: number, high: number }} ShareInterval */

const Z = 1.959963984540054; // of a 95% interval

/**
 * Return a share with its 95% Wilson interval, null of no image.
 * @param {number} part
 * @param {number} whole
 * @param {number} designEffect - number by which images from the same photographs reduce the effective number
 * @returns {ShareInterval | null}
 */
export function wilson(part, whole, designEffect) {
  if (!whole) return null;
  const share = part / whole;
  const n = whole / designEffect;
  const shrunk = share + Z ** 2 / (2 * n);
  const spread = Z * Math.sqrt((share * (1 - share)) / n + (Z / (2 * n)) ** 2);
  const scale = 1 + Z ** 2 / n;
  return { share, low: Math.max(0, (shrunk - spread) / scale), high: Math.min(1, (shrunk + spread) / scale) };
}

/** Write a share; unlike a confidence, it may be exactly one. @param {number} share */
const written = (share) => (share === 1 ? "100%" : percent(share));

/** Write a share with its interval. @param {ShareInterval} estimate */
export function interval({ share, low, high }) {
  return `${written(share)} (${written(low)}–${written(high)})`;
}

/**
 * Return the difference of two independent shares with Newcombe's interval, which combines their Wilson intervals.
 * @param {ShareInterval} one
 * @param {ShareInterval} other
 * @returns {ShareInterval}
 */
export function difference(one, other) {
  const share = one.share - other.share;
  return {
    share,
    low: share - Math.hypot(one.share - one.low, other.high - other.share),
    high: share + Math.hypot(one.high - one.share, other.share - other.low),
  };
}
