// The tools above the maps: their dimensions, what a drag does, zoom, and lines to the nearest neighbours.

import { element } from "../dom.js";
import { HOME } from "./address.js";
import { button } from "./fields.js";
import { FIRST_ROTATION } from "./space.js";

/** @import { Explorer } from "./explorer.js" */

/** @typedef {"rotate" | "move" | "box" | "lasso"} Tool - what a drag on a map does */

/**
 * Return a group of radio buttons, and the buttons by value.
 * @template {string} Value
 * @param {string} title
 * @param {string} name
 * @param {[Value, string][]} choices
 * @param {(value: Value) => void} choose
 * @returns {[HTMLFieldSetElement, Map<Value, HTMLInputElement>]}
 */
function radios(title, name, choices, choose) {
  const inputs = new Map(choices.map(([value]) => [value, element("input", { type: "radio", name, value, onchange: () => choose(value) })]));
  const labels = choices.map(([value, text]) => element("label", {}, inputs.get(value) ?? null, element("span", {}, text)));
  return [element("fieldset", {}, element("legend", {}, title), ...labels), inputs];
}

export class Tools {
  /** @type {Tool} */
  drag = "move";
  /** With which the maps were last seen in three dimensions. */
  rotation = FIRST_ROTATION;

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    const [dimensions, dimensionInputs] = radios("Maps", "explorer-dimensions",
      /** @type {["2" | "3", string][]} */ ([["2", "2-D"], ["3", "3-D"]]), (value) => this.#chooseDimensions(value));
    const [drags, dragInputs] = radios("Drag on the map", "explorer-tool",
      /** @type {[Tool, string][]} */ ([["rotate", "Rotate"], ["move", "Move"], ["box", "Box"], ["lasso", "Lasso"]]), (value) => {
        this.drag = value;
        this.update();
      });
    this.dimensions = dimensionInputs;
    this.drags = dragInputs;
    this.rotateChoice = /** @type {HTMLElement} */ (dragInputs.get("rotate")?.parentElement);
    this.rotateChoice.hidden = true;
    this.lines = element("input", { type: "checkbox" });
    this.lines.addEventListener("change", () => {
      for (const map of explorer.maps) map.redraw();
    });
    const zoom = (/** @type {number} */ factor) => () => explorer.maps[0].zoom(factor);
    this.box = element("div", { className: "explorer-tools" },
      dimensions, drags,
      element("div", { className: "explorer-buttons" },
        button("+", zoom(1.5), "Zoom in"), button("−", zoom(1 / 1.5), "Zoom out"), button("Show all", () => explorer.setView(HOME)),
        button("Select what is in view", () => this.#selectView())),
      element("label", { className: "explorer-check" }, this.lines, "Lines to the nearest neighbours"));
  }

  /** @param {"2" | "3"} value */
  async #chooseDimensions(value) {
    const { explorer } = this;
    const isLoaded = value === "2" || await explorer.data.loadSpace();
    if (!this.dimensions.get(value)?.checked) return; // the reader chose again
    if (!isLoaded) explorer.summary.note.textContent = "The maps in three dimensions could not be loaded.";
    this.rotation = explorer.state.rotation ?? this.rotation;
    explorer.change({ rotation: value === "3" && isLoaded ? this.rotation : null, view: HOME });
  }

  /** Show the state. */
  update() {
    const isSpatial = this.explorer.state.rotation !== null;
    // A mouse rotates maps in three dimensions at once; a finger scrolls the page until the reader chooses to rotate.
    const isNew = isSpatial && this.rotateChoice.hidden;
    if (isNew && this.drag === "move" && !matchMedia("(pointer: coarse)").matches) this.drag = "rotate";
    if (!isSpatial && this.drag === "rotate") this.drag = "move";
    this.rotateChoice.hidden = !isSpatial;
    for (const input of [this.dimensions.get(isSpatial ? "3" : "2"), this.drags.get(this.drag)]) if (input) input.checked = true;
    for (const map of this.explorer.maps) {
      map.plot.classList.toggle("explorer-draws", this.drag === "box" || this.drag === "lasso");
      map.plot.classList.toggle("explorer-rotates", this.drag === "rotate");
    }
  }

  #selectView() {
    const [map] = this.explorer.maps;
    map.select(map.frame().map(Math.round));
  }
}
