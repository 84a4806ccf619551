// The card of a test image without evidence of its own: the image, its label, its properties and all predictions.

import { element } from "../dom.js";
import { count, decimals, percent, signed } from "../evidence/format.js";

/** @import { ExplorerData } from "./data.js" */

/**
 * Return the parts of the card: a summary for its head, and the content below.
 * @param {ExplorerData} data
 * @param {number} image
 * @returns {{ summary: HTMLElement, content: HTMLElement[] }}
 */
export function plainCard(data, image) {
  const { classes, runs } = data;
  const label = data.labels[image];
  const note = data.labelNote(image);
  const labelled = `Labelled ${classes[label]}${note ? ` (${note})` : ""}`;
  const wrong = runs.filter(({ predicted }) => predicted[image] !== data.truth[image]).length;
  const verdict = wrong ? `misclassified by ${count(wrong)} of ${count(runs.length)} models` : "correct in every model";
  /** @type {(term: string, value: string) => HTMLElement} */
  const fact = (term, value) => element("div", {}, element("dt", {}, term), element("dd", {}, value));
  const properties = data.quantities.filter(({ name }) => !runs[0].values[name]);
  const picture = element("div", { className: "evidence-large", role: "img", ariaLabel: `The image. ${labelled}` });
  const facts = element("div", { className: "evidence-facts" }, data.paint(picture, image), element("dl", {},
    fact("Label", classes[label]),
    ...properties.map(({ title, digits, of }) => fact(title, decimals(of(0)[image], digits)))));
  const head = ["Model", "Predicted", "Confidence", "Loss", ...(runs[0].values.margin ? ["Margin"] : [])]
    .map((name) => element("th", { scope: "col" }, name));
  const lines = runs.map(({ title, predicted, values }) => {
    const isWrong = predicted[image] !== data.truth[image];
    const guess = element("td", {},
      element("span", { className: isWrong ? "evidence-wrong" : "evidence-true" },
        element("span", { ariaHidden: "true" }, isWrong ? "✗ " : "✓ "),
        element("span", { className: "evidence-hidden" }, isWrong ? "wrong: " : "correct: "), classes[predicted[image]]));
    const numbers = [percent(values.confidence[image]), decimals(values.loss[image], 2),
      ...(values.margin ? [signed(Number.isNaN(values.margin[image]) ? null : values.margin[image])] : [])];
    return element("tr", {}, element("th", { scope: "row" }, title), guess, ...numbers.map((text) => element("td", {}, text)));
  });
  const table = element("table", { className: "evidence-plain" },
    element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...lines));
  const why = element("p", { className: "evidence-missing" },
    "The nearest training images and other evidence are stored for all images that a model misclassifies, and for some of the others.");
  return { summary: element("p", {}, `${labelled}; ${verdict}.`), content: [facts, table, why] };
}
