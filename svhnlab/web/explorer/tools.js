// The tools above the maps: what a drag does, zoom, and lines to the nearest neighbours.

import { element } from "../dom.js";
import { HOME } from "./address.js";
import { button } from "./fields.js";

/** @import { Explorer } from "./explorer.js" */

/** @typedef {"move" | "box" | "lasso"} Tool - what a drag on a map does */

export class Tools {
  /** @type {Tool} */
  drag = "move";

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    /** @type {[Tool, string][]} */
    const tools = [["move", "Move"], ["box", "Box"], ["lasso", "Lasso"]];
    const radios = tools.map(([value, text]) => {
      const input = element("input", { type: "radio", name: "explorer-tool", value, checked: value === this.drag });
      input.addEventListener("change", () => this.#choose(value));
      return element("label", {}, input, element("span", {}, text));
    });
    this.lines = element("input", { type: "checkbox" });
    this.lines.addEventListener("change", () => {
      for (const map of explorer.maps) map.redraw();
    });
    const zoom = (/** @type {number} */ factor) => () => explorer.maps[0].zoom(factor);
    this.box = element("div", { className: "explorer-tools" },
      element("fieldset", {}, element("legend", {}, "Drag on the map"), ...radios),
      element("div", { className: "explorer-buttons" },
        button("+", zoom(1.5), "Zoom in"), button("−", zoom(1 / 1.5), "Zoom out"), button("Show all", () => explorer.setView(HOME)),
        button("Select what is in view", () => this.#selectView())),
      element("label", { className: "explorer-check" }, this.lines, "Lines to the nearest neighbours"));
  }

  /** @param {Tool} tool */
  #choose(tool) {
    this.drag = tool;
    this.update();
  }

  update() {
    // A finger scrolls the page unless it draws.
    for (const { plot } of this.explorer.maps) plot.classList.toggle("explorer-draws", this.drag !== "move");
  }

  #selectView() {
    const { explorer } = this;
    const [map] = explorer.maps;
    const [left, top] = map.toMap(0, 0);
    const [right, bottom] = map.toMap(map.plot.clientWidth, map.plot.clientHeight);
    explorer.changeFilter({ region: { run: explorer.state.filter.run, points: [left, bottom, right, top].map(Math.round) } });
  }
}
