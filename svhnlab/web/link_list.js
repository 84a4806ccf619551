// A list of links with one tab stop: arrows, Home and End move between the links, and a button shows more of them.

import { all, element, hasModifier } from "./dom.js";

const BATCH = 60; // links added at a time

/** @template Item */
export class LinkList {
  /** @type {Item[]} All items; the first ones have a link. */
  items = [];
  list = element("ul");
  button = element("button", { type: "button", className: "show-more", onclick: () => this.focus(this.links().length) });

  /**
   * @param {string} className - of the list
   * @param {(item: Item) => HTMLAnchorElement} draw - create the link of an item
   */
  constructor(className, draw) {
    this.draw = draw;
    this.list.className = className;
    this.list.addEventListener("keydown", (event) => this.handleKey(event));
    this.list.addEventListener("focusin", ({ target }) => {
      for (const link of this.links()) link.tabIndex = link === target ? 0 : -1;
    });
  }

  /** Show other items. @param {Item[]} items */
  show(items) {
    this.items = items;
    this.list.replaceChildren();
    this.add();
    const [start] = this.links();
    if (start) start.tabIndex = 0;
  }

  /** Return the links that are drawn. */
  links() {
    return all("a", HTMLAnchorElement, this.list);
  }

  /** Focus the link of an item, and draw the links up to it. @param {number} position */
  focus(position) {
    if (!(position >= 0 && position < this.items.length)) return;
    while (this.list.children.length <= position) this.add();
    this.links()[position].focus();
  }

  add() {
    const drawn = this.list.children.length;
    this.list.append(...this.items.slice(drawn, drawn + BATCH).map((item) => {
      const link = this.draw(item);
      link.tabIndex = -1;
      return element("li", {}, link);
    }));
    const shown = this.list.children.length;
    this.button.hidden = shown === this.items.length;
    this.button.textContent =
      `Show more (${shown.toLocaleString("en-US")} of ${this.items.length.toLocaleString("en-US")} shown)`;
  }

  /** @param {KeyboardEvent} event */
  handleKey(event) {
    if (hasModifier(event) || event.shiftKey) return;
    const links = this.links();
    const from = links.findIndex((link) => link === event.target);
    const columns = links.filter((link) => link.offsetTop === links[0].offsetTop).length;
    const to = new Map([
      ["ArrowLeft", from - 1], ["ArrowRight", from + 1], ["ArrowUp", from - columns], ["ArrowDown", from + columns],
      ["Home", 0], ["End", links.length - 1],
    ]).get(event.key);
    if (to === undefined || from < 0) return;
    event.preventDefault();
    this.focus(to);
  }
}
