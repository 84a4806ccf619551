// The card of a test image: the image, its label, and every model's prediction with its evidence.

import { element } from "../dom.js";
import { count, decimals, listing, percent, signed } from "./format.js";

/** @import { Bundle } from "./bundle.js" */

const MOST_BARS = 20; // classes that each have a bar
const FEW_BARS = 10; // bars if there are more classes

/**
 * Return the style class for the true class, for a wrongly predicted class, or for neither.
 * @type {(digit: number, shown: number, predicted: number) => string}
 */
const kindOf = (digit, shown, predicted) =>
  (digit === shown ? "evidence-true" : digit === predicted ? "evidence-wrong" : "");

/** The parts of a card. */
export class Card {
  /**
   * @param {Bundle} bundle
   * @param {number} image
   * @param {EvidenceCards} cards - of the image's sheet
   * @param {number} position - of the image among these cards
   */
  constructor(bundle, image, cards, position) {
    this.bundle = bundle;
    this.image = image;
    this.cards = cards;
    this.position = position;
    this.classes = bundle.index.classes;
    this.label = bundle.index.labels[image];
    /** The class that the image shows: the true one if it is known, else the label. */
    this.shown = bundle.shownClass(image);
  }

  /** Return the label in words, and what is wrong with it. */
  labelled() {
    const note = this.bundle.labelNote(this.image);
    return `Labelled ${this.classes[this.label]}${note ? ` (${note})` : ""}`;
  }

  /** Return in words how many models misclassify the image; without a verdict if its label is in doubt. */
  verdict() {
    const runs = [...this.bundle.index.runs.keys()];
    const wrong = runs.filter((run) => this.bundle.isWrong(run, this.image)).length;
    if (this.bundle.isUndecided(this.image)) {
      return `${count(wrong)} of ${count(runs.length)} models predict another class`;
    }
    return wrong ? `misclassified by ${count(wrong)} of ${count(runs.length)} models` : "correct in every model";
  }

  /** Create the image with its label, label quality and properties. */
  facts() {
    const { bundle, image, position, classes, label } = this;
    const { quality, rows, suggested, suspected } = bundle.index;
    const { names } = this.cards;
    /** @type {(term: string, ...value: (Node | string | null)[]) => HTMLElement} */
    const fact = (term, ...value) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, ...value));
    const rank = suspected.indexOf(rows[image]);
    const suspicion = rank < 0
      ? null
      : element("small", { className: "evidence-wrong" }, `suspected, ${count(rank + 1)} of ${count(suspected.length)}`);
    const suggestion = quality ? suggested?.[image] ?? null : null;
    const picture = element("div",
      { className: "evidence-large", role: "img", ariaLabel: `The image. ${this.labelled()}` });
    const correction = bundle.isKnownWrong(image)
      ? element("small", { className: "evidence-wrong" }, bundle.labelNote(image).replace("label ", ""))
      : null;
    return element("div", { className: "evidence-facts" }, bundle.paint(picture, "images", image), element("dl", {},
      names ? fact("File", element("bdi", { className: "evidence-file" }, names[position])) : null,
      fact("Label", classes[label], correction),
      quality ? fact("Label quality", decimals(bundle.value(quality[image], "share"), 2), suspicion) : null,
      suggestion === null ? null : fact("Models suggest", classes[suggestion]),
      ...Object.values(this.cards.properties).map(({ title, values, below }) => fact(
        title,
        decimals(bundle.value(values[position], "property"), 2),
        element("small", {}, ` percentile ${decimals(100 * bundle.value(below[position], "share"), 0)}`)))));
  }

  /** Create the section of one model. @param {number} run */
  model(run) {
    const { bundle, image } = this;
    const { confidence, loss, predicted, runs } = bundle.index;
    const wrong = bundle.isWrong(run, image);
    const prediction = this.classes[predicted[run][image]];
    const [sign, className] = wrong && bundle.isUndecided(image)
      ? ["≠", ""]
      : wrong ? ["✗", "evidence-wrong"] : ["✓", "evidence-true"];
    const against = bundle.isKnownWrong(image) ? " against the label" : "";
    const spoken = { "✗": "wrong: ", "✓": "correct: ", "≠": "differs from the label: " }[sign] ?? null;
    const verdict = element("p", { className: `evidence-verdict ${className}` },
      element("span", { ariaHidden: "true" }, `${sign} `), element("span", { className: "evidence-hidden" }, spoken),
      `${prediction}, ${percent(bundle.value(confidence[run][image], "share"))} `,
      element("span", { className: "evidence-loss" }, `loss${against} ${decimals(bundle.value(loss[run][image], "loss"), 2)}`));
    return element("section", { className: "evidence-model" }, element("h3", {}, runs[run].title), verdict,
      this.probabilities(run), this.notes(run), this.attribution(run), this.distances(run), this.neighbours(run));
  }

  /** Create the lines with the cause of the error and the prediction set. @param {number} run */
  notes(run) {
    const lines = [this.cause(run), this.predictionSet(run)].filter((line) => line !== null);
    return lines.length ? element("div", { className: "evidence-notes" }, ...lines) : null;
  }

  /** Create the line with the cause of the error; null for a correct image. @param {number} run */
  cause(run) {
    const { causes, cause } = this.bundle.index;
    const code = cause?.[run][this.image] ?? -1;
    if (code < 0) return null;
    const evidence = this.cards.causes?.[run][this.position];
    return element("p", { className: "evidence-cause" }, "Cause: ", element("strong", {}, causes[code].title),
      evidence ? ` (${evidence})` : null);
  }

  /**
   * Return the classes with a bar: all, or of many the most probable ones and the label, in their order.
   * @param {number[]} shares
   */
  barClasses(shares) {
    const classes = [...this.classes.keys()];
    if (classes.length <= MOST_BARS) return classes;
    const probable = classes.sort((one, other) => shares[other] - shares[one]).slice(0, FEW_BARS);
    return [...new Set([...probable, this.label])].sort((one, other) => one - other);
  }

  /** @param {number} run */
  probabilities(run) {
    const predicted = this.bundle.index.predicted[run][this.image];
    const shares = this.cards.probabilities[run][this.position];
    const bars = this.barClasses(shares).map((digit) => {
      const name = this.classes[digit];
      const share = this.bundle.value(shares[digit], "share");
      const value = share < 0.005 ? "" : share > 0.995 ? "> 99" : decimals(100 * share, 0);
      const bar = element("li",
        { className: kindOf(digit, this.shown, predicted), title: `${name}: ${percent(share)}` },
        element("span", { className: "evidence-value" }, value),
        element("span", { className: "evidence-bar" }), element("span", { className: "evidence-name" }, name));
      bar.style.setProperty("--share", String(share));
      return bar;
    });
    const name = bars.length < this.classes.length ? "Highest probabilities" : "Probabilities";
    return element("ol", { className: "evidence-bars", ariaLabel: name }, ...bars);
  }

  /** Create the line with the prediction set. @param {number} run */
  predictionSet(run) {
    const set = this.cards.sets[run]?.[this.position];
    if (!set) return null;
    const names = set.map((digit) => this.classes[digit]);
    const last = names.pop();
    const text = names.length ? `${names.join(", ")} or ${last}` : last ?? "empty";
    return element("p", { className: "evidence-set" }, `Prediction set: ${text}`);
  }

  /**
   * Create the attribution map for the predicted against the true class, which is stored for errors only.
   * @param {number} run
   */
  attribution(run) {
    const { bundle, image, classes, label } = this;
    const { attribution, predicted, runs } = bundle.index;
    if (!attribution || !runs[run].evidence || !bundle.differs(run, image)) return null;
    /** @type {(className: string, digit: number) => HTMLElement} */
    const name = (className, digit) => element("span", { className }, classes[digit]);
    const ariaLabel = `Parts of the image that are evidence for ${classes[predicted[run][image]]} or for ${classes[label]}`;
    const canvas = bundle.paintAttribution(element("canvas", { role: "img", ariaLabel }), run, image);
    return element("figure", { className: "evidence-attribution" },
      element("div", {}, bundle.paint(element("span"), "images", image), canvas),
      element("figcaption", {}, "Evidence for ", name("evidence-wrong", predicted[run][image]), " or for ",
        name("evidence-true", label),
        runs[run].occlusion === false
          ? element("small", {}, " In this model, occlusion is not significantly better than a random order.")
          : null));
  }

  /** Create the table of distances to the class centroids. @param {number} run */
  distances(run) {
    const { bundle, image, position, classes, label, shown } = this;
    const distances = this.cards.distances[run];
    if (!distances) return null;
    const predicted = bundle.index.predicted[run][image];
    /** @param {DistanceName} name */
    const value = (name) => decimals(bundle.value(distances[name][position], "distance"), 2);
    /** @type {(className: string, term: string, inRadii: string, raw: string) => HTMLElement} */
    const line = (className, term, inRadii, raw) => element("tr", { className },
      element("th", { scope: "row" }, term), element("td", {}, inRadii), element("td", {}, raw));
    const radii = "Divided by the root mean square distance of the class's training images to their centroid";
    const head = element("tr", {}, element("th", { scope: "col" }, "Distance to"),
      element("th", { scope: "col", title: radii }, "in radii"), element("th", { scope: "col" }, "raw"));
    const lines = [line(kindOf(label, shown, -1), `${classes[label]} (label)`, value("freeTrue"), value("rawTrue"))];
    if (label !== predicted) {
      lines.push(
        line(kindOf(predicted, shown, predicted), `${classes[predicted]} (predicted)`, value("freePredicted"), value("rawPredicted")));
    }
    const margin = signed(bundle.value(bundle.index.margin[run]?.[image] ?? null, "distance"));
    lines.push(
      line("", `Margin to ${classes[distances.nearestOther[position]] ?? "–"}`, margin, ""),
      line("", "Nearest class", classes[distances.nearest[position]] ?? "–", ""));
    return element("table", { className: "evidence-distances" },
      element("thead", {}, head), element("tbody", {}, ...lines));
  }

  /** Create the list of nearest training images. @param {number} run */
  neighbours(run) {
    const { bundle, classes, shown } = this;
    const neighbours = this.cards.neighbours[run];
    if (!neighbours) return null;
    const predicted = bundle.index.predicted[run][this.image];
    const suspects = this.cards.suspectNeighbours[run]?.[this.position] ?? [];
    const items = neighbours[this.position].map(([picture, digit, distance], rank) => element("li",
      { className: kindOf(digit, shown, predicted) },
      picture === null ? null : bundle.paint(element("span", { ariaHidden: "true" }), "training", picture),
      element("strong", {}, classes[digit]),
      element("small", {}, decimals(bundle.value(distance, "distance"), 2)),
      suspects.includes(rank) ? element("small", { className: "evidence-wrong" }, "suspect") : null));
    const labels = neighbours[this.position].map(([, digit]) => classes[digit]);
    const doubt = suspects.length
      ? `. They are labelled ${listing(labels)}; ${suspects.length === 1 ? "one label is" : `${count(suspects.length)} labels are`} suspected to be wrong.`
      : null;
    return element("figure", { className: "evidence-neighbours" }, element("ul", {}, ...items),
      element("figcaption", {}, "Nearest training images: label, distance", doubt));
  }
}
