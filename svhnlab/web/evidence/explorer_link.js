// The address of a gallery's selection in the explorer, see svhnlab/web/explorer/address.js.

import { first } from "../dom.js";

/**
 * @import { Bundle } from "./bundle.js"
 * @import { Selection } from "./selection.js"
 */

/**
 * Return the address; null if the site has no explorer, or the explorer has no such filter.
 * @param {Bundle} bundle
 * @param {Selection} selection
 */
export function explorerAddress({ hasDoubtful, index }, { run, kind, label, predicted, cause, labels }) {
  const page = first('a[href$="explore.html"]', HTMLAnchorElement)?.href; // in the list of chapters
  /** @type {Partial<Record<Selection["kind"], [string, string]>>} */
  const kinds = { errors: ["show", "errors"], all: ["slice", `models:${index.runs.length}`] };
  const kindFilter = kinds[kind];
  if (!page || !kindFilter) return null;
  const parameters = new URLSearchParams([["model", index.runs[run].name], kindFilter]);
  if (predicted !== null) {
    const from = label === null ? [...index.classes.keys()] : [label];
    parameters.set("cells", from.map((one) => `${one}-${predicted}`).join());
  } else if (label !== null) {
    parameters.append("slice", `class:${label}`);
  }
  if (cause !== null) parameters.append("slice", `cause:${index.causes[cause].name}`);
  else if (labels !== "all" && hasDoubtful) parameters.append("slice", `labels:${labels}`);
  return `${page}#explore?${parameters}`;
}
