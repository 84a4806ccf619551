// The verdicts of a person on the images of the label review, kept in the browser and exported as JSON, see
// svhnlab/store/verdict_file.py.

import { storedPreference, storePreference } from "../dom.js";

/** @typedef {number | "unclear"} Verdict - class that an image shows, from 0 */

const FORMAT = "svhnlab-verdicts-1";

export class Verdicts {
  /** @type {Map<number, Verdict>} By number of the image. */
  byImage = new Map();
  /** Whether the browser keeps the verdicts. */
  isKept = true;

  /** @param {ReviewList} list */
  constructor(list) {
    this.list = list;
    this.images = new Set(list.images);
    /** Name in the browser's storage: other studies and other lists have their own. */
    this.name = `svhnlab-review-${list.study}-${list.list}`;
    this.#add(parsed(storedPreference(this.name)));
  }

  /** @param {number} image */
  get(image) {
    return this.byImage.get(image);
  }

  /**
   * @param {number} image
   * @param {Verdict} verdict
   */
  set(image, verdict) {
    this.byImage.set(image, verdict);
    this.#store();
  }

  clear() {
    this.byImage.clear();
    this.#store();
  }

  /** Return the content of the exported file. */
  exported() {
    const { study, data, testImages } = this.list;
    const verdicts = Object.fromEntries(this.byImage);
    return { format: FORMAT, study, data, test_images: testImages, exported: new Date().toISOString(), verdicts };
  }

  /**
   * Add the verdicts of an exported file; return their number, or null if the file is not about these test images.
   * Verdicts on images that are not in the list are left out.
   * @param {string} text
   */
  add(text) {
    const content = parsed(text);
    if (content?.format !== FORMAT || content.test_images !== this.list.testImages) return null;
    const chosen = new Set(Array.isArray(content.chosen) ? content.chosen : []); // in the explorer, where labels are seen
    const added = this.#add(Object.fromEntries(
      Object.entries(content.verdicts ?? {}).filter(([image]) => !chosen.has(Number(image)))));
    this.#store();
    return added;
  }

  /**
   * Add valid entries of an object, and return their number.
   * @param {any} verdicts - by number of the image
   * @returns {number}
   */
  #add(verdicts) {
    const { classes } = this.list;
    const valid = Object.entries(verdicts ?? {}).filter(([image, verdict]) =>
      this.images.has(Number(image))
      && (verdict === "unclear" || (Number.isInteger(verdict) && verdict >= 0 && verdict < classes.length)));
    for (const [image, verdict] of valid) this.byImage.set(Number(image), verdict);
    return valid.length;
  }

  #store() {
    const text = JSON.stringify(Object.fromEntries(this.byImage));
    storePreference(this.name, text);
    this.isKept = storedPreference(this.name) === text;
  }
}

/** Return the value of a JSON text from outside; null if it is none. @param {string | null} text */
function parsed(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
