// A gallery of test images, with controls that select and order them.

import { element } from "../dom.js";
import { LinkList } from "../link_list.js";
import { explorerAddress } from "./explorer_link.js";
import { labelAndPrediction } from "./format.js";
import { ORDERS, VALUE_NAMES, describeSelection, readSelection, selectImages, shownRun, valueBelow, writeSelection } from "./selection.js";

/**
 * @import { Bundle } from "./bundle.js"
 * @import { Kind, Labels, Order, Selection } from "./selection.js"
 */

/** @type {(value: string | number, text: string) => HTMLOptionElement} */
const option = (value, text) => element("option", { value: String(value) }, text);

/** @type {(label: string, options?: HTMLOptionElement[]) => [HTMLSelectElement, HTMLLabelElement]} */
const choice = (label, options = []) => {
  const field = element("select", {}, ...options);
  return [field, element("label", {}, element("span", {}, label), field)];
};

/** @type {(field: HTMLSelectElement) => number | null} */
const classIn = (field) => (field.value === "" ? null : Number(field.value));

export class Gallery {
  /** @type {LinkList<number>} The selected images. */
  tiles = new LinkList("evidence-list", (image) => this.tile(image));

  /**
   * Add the controls and the tiles to a box. The tiles scroll with an element around the box, or in a separate frame,
   * which limits the length of the page.
   * @param {Bundle} bundle
   * @param {HTMLElement} box
   * @param {Selection} selection
   * @param {boolean} framed
   */
  constructor(bundle, box, selection, framed) {
    this.bundle = bundle;
    this.selection = selection;
    const { cause: codes, causes, classes, quality, runs } = bundle.index;
    const classOptions = () => [option("", "any"), ...classes.map((name, value) => option(value, name))];
    const orders = Object.entries(ORDERS).filter(([order]) => order !== "label" || quality);
    const [run, runBox] = choice("Model", runs.map(({ title }, number) => option(number, title)));
    const [kind, kindBox] = choice("Images");
    const [label, labelBox] = choice("Labelled as", classOptions());
    const [predicted, predictedBox] = choice("Predicted as", classOptions());
    const [order, orderBox] = choice("Order", orders.map(([value, text]) => option(value, text)));
    const [cause, causeBox] = choice("Cause", [option("", "any"), ...causes.map(({ title }, code) => option(code, title))]);
    const words = bundle.doubtfulWords();
    const [labels, labelsBox] = choice("Labels", [
      option("sound", `without ${words}`), option("all", "all"), option("doubtful", `only ${words}`)]);
    const reset = element("button", { type: "button" }, "Reset");
    const form = element("form", { className: "evidence-controls", ariaLabel: "Select images" },
      runBox, kindBox, labelBox, predictedBox, codes ? causeBox : null, orderBox, bundle.hasDoubtful ? labelsBox : null, reset);
    this.fields = { run, kind, label, predicted, cause, order, labels };
    // Takes the focus when a link opens the gallery.
    this.status = element("p", { className: "evidence-status", role: "status", tabIndex: -1 });
    this.note = element("p", { className: "evidence-note" });
    this.explorer = element("a", {}, "Show these images in the explorer");
    this.explorerLine = element("p", { className: "evidence-note" }, this.explorer);
    box.append(form, this.status, this.note, this.explorerLine,
      element("div", { className: framed ? "evidence-scroll" : "" }, this.tiles.list, this.tiles.button));

    form.addEventListener("change", () => this.change(this.chosen()));
    form.addEventListener("submit", (event) => event.preventDefault());
    reset.addEventListener("click", () => this.change(readSelection(bundle, "")));
    this.draw();
  }

  /** Show a selection; return false if it is shown already. @param {Selection} selection */
  show(selection) {
    if (writeSelection(this.bundle, selection) === writeSelection(this.bundle, this.selection)) return false;
    this.selection = selection;
    this.draw();
    return true;
  }

  /** Return the rows of the selected images in their order. */
  rows() {
    return this.tiles.items.map((image) => this.bundle.index.rows[image]);
  }

  /** Focus the link to the card of an image, if it is selected. @param {number} row */
  focus(row) {
    this.tiles.focus(this.rows().indexOf(row));
  }

  /** Show the reader's selection, and store it in the address. @param {Selection} selection */
  change(selection) {
    this.show(selection);
    history.replaceState(history.state, "", writeSelection(this.bundle, selection));
  }

  /** Return the selection in the controls. @returns {Selection} */
  chosen() {
    const { run, kind, label, predicted, cause, order, labels } = this.fields;
    const [name, number] = kind.value.split(":");
    const other = number === undefined ? null : Number(number);
    const sameRun = other === Number(run.value);
    return {
      run: Number(run.value),
      kind: sameRun ? "errors" : /** @type {Kind} */ (name),
      other: sameRun ? null : other,
      label: classIn(label),
      predicted: classIn(predicted),
      cause: classIn(cause),
      labels: /** @type {Labels} */ (labels.value),
      order: /** @type {Order} */ (order.value),
    };
  }

  draw() {
    const { bundle, selection, fields } = this;
    const images = selectImages(bundle, selection);
    this.drawKinds();
    fields.run.value = String(selection.run);
    fields.kind.value = selection.other === null ? selection.kind : `${selection.kind}:${selection.other}`;
    fields.label.value = String(selection.label ?? "");
    fields.predicted.value = String(selection.predicted ?? "");
    fields.cause.value = String(selection.cause ?? "");
    fields.order.value = selection.order;
    fields.labels.value = selection.labels;
    this.status.textContent = describeSelection(bundle, selection, images.length);
    const suspected = images.some((image) => bundle.isSuspected(image) && !bundle.isKnownWrong(image));
    const knownWrong = images.some((image) => bundle.isKnownWrong(image));
    this.note.textContent = `Below each image: label → prediction, and ${VALUE_NAMES[selection.order]}.` +
      (suspected ? " Dashed frame: the label is suspected to be wrong." : "") +
      (knownWrong ? " Solid frame: the label is known to be wrong." : "");
    const address = explorerAddress(bundle, selection);
    this.explorerLine.hidden = address === null || !images.length;
    this.explorer.href = address ?? "";
    this.tiles.show(images);
  }

  /** List the kinds of images that exist for the selected run. */
  drawKinds() {
    const others = [...this.bundle.index.runs.entries()].filter(([number]) => number !== this.selection.run);
    this.fields.kind.replaceChildren(
      option("errors", "Errors of this model"),
      ...(others.length
        ? [option("all", "Misclassified by every model"), option("only", "Misclassified by this model only")]
        : []),
      ...others.map(([number, { title }]) => option(`fixed:${number}`, `Fixed by ${title}`)),
      ...others.map(([number, { title }]) => option(`broken:${number}`, `Broken by ${title}`)),
      option("right", "Correct (images with a card)"));
  }

  /** @param {number} image */
  tile(image) {
    const { bundle, selection } = this;
    const { classes, labels, predicted, rows } = bundle.index;
    const row = rows[image];
    const note = bundle.labelNote(image);
    const classesOf = [classes[labels[image]], classes[predicted[shownRun(selection)][image]]];
    const value = valueBelow(bundle, selection, image);
    const name = VALUE_NAMES[selection.order].replace(/ in .*/, "");
    const link = element("a",
      {
        href: `#image-${row}`,
        title: note,
        ariaLabel: [classesOf.join(" predicted as "), `${name} ${value}`, note].filter(Boolean).join(", "),
      },
      bundle.paint(element("span"), "images", image),
      labelAndPrediction(classesOf[0], classesOf[1]),
      element("small", {}, value),
      bundle.isKnownWrong(image)
        ? element("small", { className: "evidence-wrong" }, `shows ${classes[bundle.shownClass(image)]}`)
        : null);
    link.dataset.row = String(row);
    if (bundle.isKnownWrong(image)) link.classList.add("evidence-known-wrong");
    else if (bundle.isSuspected(image)) link.classList.add("evidence-suspected");
    return link;
  }
}
