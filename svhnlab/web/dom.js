// Helpers of several scripts: elements, dialogs, keys, JSON on the page, stored preferences.
// Text from data is always set as text, never parsed as markup.

/**
 * Create an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @param {(Node | string | null)[]} children - null is left out
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const created = Object.assign(document.createElement(tag), properties);
  created.append(...children.filter((child) => child !== null));
  return created;
}

/**
 * Return all elements of a type that match a selector, in the order of the page.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [within]
 */
export function all(selector, type, within = document) {
  /** @type {T[]} */
  const matches = [];
  for (const match of within.querySelectorAll(selector)) {
    if (match instanceof type) matches.push(match);
  }
  return matches;
}

/**
 * Return the first element of a type that matches a selector, or null.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [within]
 */
export function first(selector, type, within = document) {
  return all(selector, type, within)[0] ?? null;
}

/**
 * Return the first element of a type that matches a selector; throw an error if there is none.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [within]
 */
export function required(selector, type, within = document) {
  const match = first(selector, type, within);
  if (!match) throw new Error(`There is no ${selector} on this page`);
  return match;
}

/** Return the element with the id in a fragment ("#sec-a"), or null. @param {string} fragment */
export function target(fragment) {
  return document.getElementById(decodeURIComponent(fragment.slice(1)));
}

/** Parse the JSON in a script element. @param {Element} script */
export function readJson(script) {
  return JSON.parse(script.textContent ?? "");
}

/**
 * Create an element of an SVG picture.
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
export function drawn(tag, attributes, ...children) {
  const created = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, String(value));
  created.append(...children);
  return created;
}

/**
 * Create an icon of 20 by 20 pixels from the path of one line.
 * @param {string} path
 */
export function icon(path) {
  const stroke = { d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round" };
  return drawn("svg", { viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" }, drawn("path", stroke));
}

// Dialogs -----------------------------------------------------------------------------------------------------

/**
 * Add a closed dialog to the page. The browser closes it on Escape and restores the focus.
 * @param {string} className
 * @param {(dialog: HTMLDialogElement) => void} [close] - what a click beside the dialog does
 */
export function createDialog(className, close = (dialog) => dialog.close()) {
  const dialog = element("dialog", { className });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) close(dialog);
  });
  document.body.append(dialog);
  return dialog;
}

/** Create the button that closes a dialog. @param {() => void} close */
export function closeButton(close) {
  const cross = icon("M5 5l10 10M15 5L5 15");
  return element("button", { type: "button", className: "report-button report-close", ariaLabel: "Close", onclick: close }, cross);
}

// Keys --------------------------------------------------------------------------------------------------------

/** Whether a modifier key is pressed that makes a key a command of the browser. @param {KeyboardEvent} event */
export function hasModifier(event) {
  return event.altKey || event.ctrlKey || event.metaKey;
}

/**
 * Move the one tab stop of a group of elements to another of them, and the focus with it.
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 */
export function moveTabStop(from, to) {
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

// Preferences -------------------------------------------------------------------------------------------------

/** Return a stored preference; null if there is none, or storage is unavailable. @param {string} name */
export function storedPreference(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/**
 * Store a preference, unless storage is unavailable.
 * @param {string} name
 * @param {string} value
 */
export function storePreference(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The preference lasts as long as the page.
  }
}
