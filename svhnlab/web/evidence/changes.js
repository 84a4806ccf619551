// Changed versions of a test image: its pictures at each severity and the predictions of every model on them.

import { element } from "../dom.js";
import { loadScript } from "../load.js";
import { FOLDER, numbered, PIXELATED, sheetAddress } from "./sheets.js";

/** @import { Bundle } from "./bundle.js" */

const QUIET_MS = 700; // a screen reader hears the predictions once the slider has not moved for this long

/** Write a class with its article, e.g. "an 8". @param {string} name */
const withArticle = (name) => `${/^(8|[aeio])/i.test(name) ? "an" : "a"} ${name}`;

/** Create the line that explains the predictions. */
const note = () => element("p", { className: "change-note" },
  "Prediction from one view and its probability; the bar is the probability of the label.");

/**
 * Load the changed versions of an image; null if the bundle has none.
 * @param {Bundle} bundle
 * @param {number} image
 * @returns {Promise<Changes | null>}
 */
export async function loadChanges(bundle, image) {
  const shared = bundle.index.changes;
  const place = shared?.images.indexOf(image) ?? -1;
  if (!shared || place < 0) return null;
  const file = Math.floor(place / shared.perFile);
  const name = `changes-${numbered(file)}`;
  await loadScript(new URL(`${name}.js`, FOLDER));
  const data = window.svhnlabChanges?.[name];
  return data ? new Changes(bundle, image, shared, data[place % shared.perFile], file, place) : null;
}

/** The changed versions of one image. */
class Changes {
  /**
   * @param {Bundle} bundle
   * @param {number} image
   * @param {ChangesIndex} shared
   * @param {ImageChanges} data
   * @param {number} file
   * @param {number} place - of the image among those with changed versions
   */
  constructor(bundle, image, shared, data, file, place) {
    this.bundle = bundle;
    this.shared = shared;
    this.data = data;
    this.file = file;
    this.line = place % shared.perFile;
    this.lines = Math.min(shared.perFile, shared.images.length - file * shared.perFile);
    this.classes = bundle.index.classes;
    this.shown = bundle.shownClass(image);
    /** The models with predictions on the versions; an imported one has none. */
    this.models = bundle.index.runs.flatMap(({ title }, run) => {
      const [predicted, confidence, labelShare] = [data.predicted[run], data.confidence[run], data.labelShare[run]];
      return predicted && confidence && labelShare ? [{ title, predicted, confidence, labelShare }] : [];
    });
  }

  /** Write what a step does to this image. @param {ChangeStep} step */
  phrase(step) {
    return step.phrases[this.data.turned ? 1 : 0];
  }

  /**
   * Return for each model the least change with another prediction, in words.
   * @returns {string[]}
   */
  leastChanges() {
    return this.models.map(({ title, predicted }) => {
      const steps = this.shared.corruptions.flatMap(({ steps }) => steps)
        .filter(({ condition }) => predicted[condition] !== predicted[0])
        .sort((one, other) => one.severity - other.severity);
      return steps.length
        ? `${title}: ${this.phrase(steps[0])}, it becomes ${withArticle(this.classes[predicted[steps[0].condition]])}.`
        : `${title}: no change alters the prediction.`;
    });
  }

  /**
   * Show a version as the background of an element, and return the element.
   * @template {HTMLElement} T
   * @param {T} box
   * @param {number} condition
   */
  paint(box, condition) {
    const { conditions } = this.shared;
    box.classList.add("evidence-tile");
    box.classList.toggle("evidence-smooth", this.bundle.index.side > PIXELATED);
    box.style.backgroundImage = `url("${sheetAddress("changes", this.file)}")`;
    box.style.backgroundSize = `${100 * conditions}% ${100 * this.lines}%`;
    const y = this.lines > 1 ? (100 * this.line) / (this.lines - 1) : 0;
    box.style.backgroundPosition = `${(100 * condition) / (conditions - 1)}% ${y}%`;
    return box;
  }

  /**
   * Create the table of one corruption: a picture for each step, and below it the prediction of each model.
   * @param {number} corruption
   */
  table(corruption) {
    const { title, steps } = this.shared.corruptions[corruption];
    const versions = [{ condition: 0, text: "unchanged", label: "Unchanged" },
      ...steps.map((step) => ({ condition: step.condition, text: step.strength || title, label: this.phrase(step) }))];
    const pictures = versions.map(({ condition, text, label }) => element("th", { scope: "col" },
      this.paint(element("span", { role: "img", ariaLabel: label }), condition), text));
    const rows = this.models.map((model) => element("tr", {},
      element("th", { scope: "row" }, model.title),
      ...versions.map(({ condition }) => this.prediction(model, condition))));
    return element("table", { className: "change-table" },
      element("thead", {}, element("tr", {}, element("td"), ...pictures)), element("tbody", {}, ...rows));
  }

  /**
   * @param {{ predicted: number[], confidence: number[], labelShare: number[] }} model
   * @param {number} condition
   */
  prediction({ predicted, confidence, labelShare }, condition) {
    const digit = predicted[condition];
    const bar = element("span", { className: "change-bar", ariaHidden: "true" });
    bar.style.setProperty("--share", String(labelShare[condition] / 100));
    return element("td", { className: digit === this.shown ? "evidence-true" : "evidence-wrong" },
      bar, element("strong", {}, this.classes[digit]), element("small", {}, `${confidence[condition]}%`));
  }

  /** Create the choice of a corruption. @param {(corruption: number) => void} choose */
  choice(choose) {
    const options = this.shared.corruptions.map(({ title }, number) =>
      element("option", { value: String(number) }, title));
    const select = element("select", {}, ...options);
    select.addEventListener("change", () => choose(Number(select.value)));
    return element("label", { className: "change-choice" }, "Change ", select);
  }

  /** Create the section of a card. */
  section() {
    const body = element("div", { className: "change-scroll", tabIndex: 0, role: "group", ariaLabel: "Predictions by severity" });
    /** @param {number} corruption */
    const show = (corruption) => body.replaceChildren(this.table(corruption));
    const first = this.#firstChanged();
    const choice = this.choice(show);
    choice.getElementsByTagName("select")[0].value = String(first);
    choice.addEventListener("keydown", (event) => event.stopPropagation()); // arrows do not step to another card
    show(first);
    return element("section", { className: "evidence-changes" }, element("h3", {}, "When the image is changed"),
      element("ul", {}, ...this.leastChanges().map((text) => element("li", {}, text))), choice, body, note());
  }

  /** Return the corruption that alters a prediction at the lowest severity; the first one if none does. */
  #firstChanged() {
    const severities = this.shared.corruptions.map(({ steps }) => Math.min(...steps
      .filter(({ condition }) => this.models.some(({ predicted }) => predicted[condition] !== predicted[0]))
      .map(({ severity }) => severity)));
    return Math.max(0, severities.indexOf(Math.min(...severities)));
  }

  /** Create the slider over the steps of a corruption with a large picture and the predictions. */
  slider() {
    let corruption = this.#firstChanged();
    const range = element("input", { type: "range", min: "0", step: "1", ariaLabel: "Strength of the change" });
    const picture = element("div", { className: "change-picture", role: "img" });
    const text = element("p", { className: "change-phrase" });
    const list = element("table", { className: "change-answers" });
    const status = element("p", { className: "evidence-hidden", role: "status" });
    let timer = 0;
    const show = () => {
      const steps = this.shared.corruptions[corruption].steps;
      const step = steps[Number(range.value) - 1];
      const phrase = step ? this.phrase(step) : "unchanged";
      range.setAttribute("aria-valuetext", phrase);
      this.paint(picture, step?.condition ?? 0).ariaLabel = `The image, ${phrase}`;
      text.textContent = phrase.charAt(0).toUpperCase() + phrase.slice(1);
      list.replaceChildren(element("tbody", {}, ...this.models.map((model) => element("tr", {},
        element("th", { scope: "row" }, model.title), this.prediction(model, step?.condition ?? 0)))));
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        const answers = this.models.map(({ title, predicted }) =>
          `${title} ${this.classes[predicted[step?.condition ?? 0]]}`);
        status.textContent = `${phrase}: ${answers.join(", ")}`;
      }, QUIET_MS);
    };
    /** @param {number} chosen */
    const choose = (chosen) => {
      corruption = chosen;
      range.max = String(this.shared.corruptions[chosen].steps.length);
      show();
    };
    const choice = this.choice(choose);
    choice.getElementsByTagName("select")[0].value = String(corruption);
    range.value = "0";
    range.addEventListener("input", show);
    choose(corruption);
    return element("div", { className: "change-view" }, picture,
      element("div", {}, choice, range, text, list, note()), status);
  }
}
