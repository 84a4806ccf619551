// The pictures of the selected images: the list beside the map that keys walk.

import { element, first, hasModifier, moveTabStop } from "../dom.js";
import { count, decimals, percent } from "../evidence/format.js";

/** @import { Explorer } from "./explorer.js" */

const BATCH = 60; // tiles added at a time

/** @type {[string, string][]} */
const ORDERS = [
  ["errors", "Errors first, then by label"],
  ["loss-high", "Loss, highest first"],
  ["confidence-high", "Confidence, highest first"],
  ["confidence-low", "Confidence, lowest first"],
  ["margin-low", "Margin, lowest first"],
];

export class SelectionGallery {
  shown = 0;
  /** @type {number[]} Selected images in their order. */
  images = [];
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
    this.list = element("ul", { className: "evidence-list" });
    this.more = element("button", { type: "button", onclick: () => this.addTiles(true) });
    this.frame = element("div", { className: "explorer-tiles" }, this.list, this.more);
    this.box = element("div", { className: "explorer-gallery" },
      element("label", { className: "explorer-field" }, element("span", {}, "Order of the images"), order), this.frame);
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("pointerover", (event) => explorer.light(this.imageOf(event.target)));
    this.list.addEventListener("focusin", (event) => explorer.light(this.imageOf(event.target)));
    this.list.addEventListener("pointerleave", () => explorer.light(null));
  }

  /** Show the selected images. */
  update() {
    const { data, state } = this.explorer;
    const selected = Array.from(this.explorer.selector.images);
    const [name, end] = this.order.split("-");
    const values = data.quantities.find((quantity) => quantity.name === name)?.of(state.filter.run);
    if (values) {
      const sign = end === "high" ? -1 : 1;
      const key = (/** @type {number} */ image) => (Number.isNaN(values[image]) ? Infinity : sign * values[image]);
      this.images = selected.sort((a, b) => key(a) - key(b) || a - b);
    } else {
      // In the data, errors of any model are before the other images.
      const isWrong = (/** @type {number} */ image) => data.isWrong(state.filter.run, image);
      this.images = [...selected.filter(isWrong), ...selected.filter((image) => !isWrong(image))];
    }
    this.list.replaceChildren();
    this.shown = 0;
    this.frame.scrollTop = 0;
    this.addTiles(false);
  }

  /** @param {boolean} isAsked - whether the reader asked for more */
  addTiles(isAsked) {
    const batch = this.images.slice(this.shown, this.shown + BATCH);
    const tiles = batch.map((image) => this.tile(image));
    this.list.append(...tiles);
    const isFirst = this.shown === 0;
    this.shown += batch.length;
    const left = this.images.length - this.shown;
    this.more.hidden = left === 0;
    this.more.textContent = `Show ${count(Math.min(BATCH, left))} more of ${count(left)}`;
    const link = tiles[0] ? first("a", HTMLAnchorElement, tiles[0]) : null;
    if (isFirst && link) link.tabIndex = 0;
    if (isAsked && link) this.focus(link);
  }

  /** @param {number} image */
  tile(image) {
    const { data, state } = this.explorer;
    const { predicted, values } = data.runs[state.filter.run];
    const note = data.labelNote(image);
    const tag = this.explorer.tags.of(image);
    const number = data.numbers[image];
    const value = this.order.startsWith("loss") ? `${decimals(values.loss[image], 2)} nats`
      : this.order.startsWith("margin") ? `${decimals(values.margin[image], 2)} radii` : percent(values.confidence[image]);
    const link = element("a", { href: `#image-${number}`, title: note, tabIndex: -1 },
      data.paint(element("span", { ariaHidden: "true" }), image),
      element("strong", {}, data.classes[data.labels[image]],
        element("span", { className: "evidence-arrow", ariaHidden: "true" }, " → "),
        element("span", { className: "evidence-hidden" }, " predicted as "),
        data.classes[predicted[image]]),
      element("small", {}, value),
      tag ? element("small", { className: "explorer-tag" }, tag) : null,
      element("span", { className: "evidence-hidden" }, `, image ${number}${note ? `, ${note}` : ""}`));
    link.dataset.image = String(image);
    if (data.truth[image] !== data.labels[image]) link.classList.add("evidence-known-wrong");
    else if (data.suspected[image]) link.classList.add("evidence-suspected");
    return element("li", {}, link);
  }

  /** Return the image of a tile or of a part of it, null if there is none. @param {EventTarget | null} target */
  imageOf(target) {
    const link = target instanceof Element ? target.closest("a") : null;
    return link?.dataset.image === undefined ? null : Number(link.dataset.image);
  }

  /** Return the link of an image, if its tile is shown. @param {number} image */
  link(image) {
    return first(`a[data-image="${image}"]`, HTMLAnchorElement, this.list);
  }

  /** @param {HTMLAnchorElement} link */
  focus(link) {
    const stop = first('a[tabindex="0"]', HTMLAnchorElement, this.list);
    if (stop) moveTabStop(stop, link);
  }

  /** Replace the tiles of some images, whose tags changed. @param {number[]} images */
  redraw(images) {
    for (const image of images) {
      const link = this.link(image);
      if (!link) continue;
      const tile = this.tile(image);
      const created = first("a", HTMLAnchorElement, tile);
      const hadFocus = document.activeElement === link;
      if (created) created.tabIndex = link.tabIndex;
      link.parentElement?.replaceWith(tile);
      if (hadFocus) created?.focus();
    }
  }

  /** Walk the tiles with arrow keys; "t" tags the image. @param {KeyboardEvent} event */
  key(event) {
    const image = this.imageOf(event.target);
    if (image === null || hasModifier(event)) return;
    const links = Array.from(this.list.querySelectorAll("a"));
    const at = links.findIndex((link) => link.dataset.image === String(image));
    const columns = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: links.length - 1 - at };
    if (event.key === "t") {
      this.explorer.tags.toggle([image]);
    } else if (event.key in steps) {
      const to = links[at + steps[/** @type {keyof typeof steps} */ (event.key)]];
      if (to) this.focus(to);
    } else {
      return;
    }
    event.preventDefault();
  }
}
