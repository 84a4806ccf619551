// Fields and buttons of the explorer.

import { element } from "../dom.js";

/** @type {(value: string | number, text: string) => HTMLOptionElement} */
export const option = (value, text) => element("option", { value: String(value) }, text);

/** @type {(label: string, field: HTMLElement) => HTMLLabelElement} */
export const labelled = (label, field) => element("label", { className: "explorer-field" }, element("span", {}, label), field);

/** @type {(text: string, action: () => void, ariaLabel?: string) => HTMLButtonElement} */
export const button = (text, action, ariaLabel) =>
  element("button", { type: "button", onclick: action, ...(ariaLabel && { ariaLabel }) }, text);
