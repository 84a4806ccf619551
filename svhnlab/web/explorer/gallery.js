// The pictures of the selected images: the list beside the map that keys walk.

import { element, hasModifier } from "../dom.js";
import { decimals, labelAndPrediction, percent } from "../evidence/format.js";
import { LinkList } from "../link_list.js";

/** @import { Explorer } from "./explorer.js" */

/** @type {[string, string][]} */
const ORDERS = [
  ["errors", "Errors first, then by label"],
  ["loss-high", "Loss, highest first"],
  ["confidence-high", "Confidence, highest first"],
  ["confidence-low", "Confidence, lowest first"],
  ["margin-low", "Margin, lowest first"],
];

export class SelectionGallery {
  /** @type {LinkList<number>} The selected images. */
  tiles = new LinkList("evidence-list", (image) => this.tile(image));
  order = "errors";

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    const known = new Set(explorer.data.quantities.map(({ name }) => name));
    const options = ORDERS.filter(([value]) => value === "errors" || known.has(value.split("-")[0]))
      .map(([value, text]) => element("option", { value }, text));
    const order = element("select", {}, ...options);
    order.addEventListener("change", () => {
      this.order = order.value;
      this.update();
    });
    const { list, button } = this.tiles;
    this.frame = element("div", { className: "explorer-tiles" }, list, button);
    this.box = element("div", { className: "explorer-gallery" },
      element("label", { className: "explorer-field" }, element("span", {}, "Order of the images"), order), this.frame);
    list.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("pointerover", (event) => explorer.light(this.imageOf(event.target)));
    list.addEventListener("focusin", (event) => explorer.light(this.imageOf(event.target)));
    list.addEventListener("pointerleave", () => explorer.light(null));
  }

  /** Selected images in their order. */
  get images() {
    return this.tiles.items;
  }

  /** Show the selected images. */
  update() {
    const { data, state } = this.explorer;
    const selected = Array.from(this.explorer.selector.images);
    const [name, end] = this.order.split("-");
    const values = data.quantities.find((quantity) => quantity.name === name)?.of(state.filter.run);
    this.frame.scrollTop = 0;
    if (values) {
      const sign = end === "high" ? -1 : 1;
      const key = (/** @type {number} */ image) => (Number.isNaN(values[image]) ? Infinity : sign * values[image]);
      this.tiles.show(selected.sort((a, b) => key(a) - key(b) || a - b));
    } else {
      // In the data, errors of any model are before the other images.
      const isWrong = (/** @type {number} */ image) => data.isWrong(state.filter.run, image);
      this.tiles.show([...selected.filter(isWrong), ...selected.filter((image) => !isWrong(image))]);
    }
  }

  /** @param {number} image */
  tile(image) {
    const { data, state } = this.explorer;
    const { predicted, values } = data.runs[state.filter.run];
    const note = data.labelNote(image);
    const tag = this.explorer.tags.of(image);
    const number = data.numbers[image];
    const classes = [data.labels[image], predicted[image]].map((k) => data.classes[k]);
    const [name, value] = this.order.startsWith("loss") ? ["loss", `${decimals(values.loss[image], 2)} nats`]
      : this.order.startsWith("margin") ? ["margin", `${decimals(values.margin[image], 2)} radii`]
        : ["confidence", percent(values.confidence[image])];
    const link = element("a",
      {
        href: `#image-${number}`,
        title: note,
        ariaLabel: [classes.join(" predicted as "), `${name} ${value}`, `image ${number}`, note, tag && `tag ${tag}`]
          .filter(Boolean).join(", "),
      },
      data.paint(element("span"), image),
      labelAndPrediction(classes[0], classes[1]),
      element("small", {}, value),
      tag ? element("small", { className: "explorer-tag" }, tag) : null);
    link.dataset.image = String(image);
    if (data.truth[image] !== data.labels[image]) link.classList.add("evidence-known-wrong");
    else if (data.suspected[image]) link.classList.add("evidence-suspected");
    return link;
  }

  /** Return the image of a tile or of a part of it, null if there is none. @param {EventTarget | null} target */
  imageOf(target) {
    const link = target instanceof Element ? target.closest("a") : null;
    return link?.dataset.image === undefined ? null : Number(link.dataset.image);
  }

  // What the cards need of a list of images, see evidence.js ----------------------------------------------------

  /** Return the numbers of the selected images in their order. */
  rows() {
    return this.images.map((image) => this.explorer.data.numbers[image]);
  }

  /** Focus the picture of the image with a number. @param {number} number */
  focus(number) {
    const image = this.explorer.data.images.get(number);
    if (image !== undefined) this.tiles.focus(this.images.indexOf(image));
  }

  // Tags --------------------------------------------------------------------------------------------------------

  /** Replace the pictures whose tags changed. @param {number[]} images */
  redraw(images) {
    const changed = new Set(images);
    for (const link of this.tiles.links()) {
      const image = Number(link.dataset.image);
      if (!changed.has(image)) continue;
      const hadFocus = document.activeElement === link;
      const created = this.tile(image);
      created.tabIndex = link.tabIndex;
      link.replaceWith(created);
      if (hadFocus) created.focus();
    }
  }

  /** Tag the image with the focus. @param {KeyboardEvent} event */
  key(event) {
    const image = this.imageOf(event.target);
    if (image === null || event.key !== "t" || hasModifier(event)) return;
    event.preventDefault();
    this.explorer.tags.toggle([image]);
  }
}
