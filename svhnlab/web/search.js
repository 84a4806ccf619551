// The search over all pages of the site.

import {
  all, closeButton, createDialog, element, first, hasModifier, icon, storedPreference, storePreference,
} from "./dom.js";
import { ASSETS, loadScript, SITE } from "./load.js";

/**
 * @typedef {{ anchor: string, heading: string, text: string, foldedHeading: string, foldedText: string }} Entry
 * @typedef {{ entry: Entry, weight: number }} Match
 * @typedef {{ page: string, title: string, matches: Match[] }} PageMatches - the best match first
 */

const PER_PAGE = 6; // matches shown of one page
const CONTEXT = 90; // characters shown before and after the first match
const KEY_PREFERENCE = "svhnlab-search-key"; // "off" if the reader turned off the key /
const LENS = "M8.5 3a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M12.7 12.7L17 17";

// Index -------------------------------------------------------------------------------------------------------

/** Return a text of the same length without case and accents. @param {string} text */
function fold(text) {
  const letters = [...text].map((letter) =>
    (letter.length > 1 ? letter : letter.normalize("NFD").charAt(0).toLowerCase().charAt(0)));
  return letters.join("");
}

/** @param {SearchIndex} index */
function foldIndex(index) {
  return index.map(([page, title, entries]) => ({
    page,
    title,
    entries: entries.map(([anchor, heading, text]) =>
      ({ anchor, heading, text, foldedHeading: fold(heading), foldedText: fold(text) })),
  }));
}

/**
 * Return the weight of an entry: zero unless it has every word; larger for headings and for beginnings of words.
 * @param {Entry} entry
 * @param {string[]} words
 */
function weigh(entry, words) {
  let total = 0;
  for (const word of words) {
    const start = new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u");
    /** @type {(text: string, atStart: number, inside: number) => number} */
    const weight = (text, atStart, inside) => (start.test(text) ? atStart : text.includes(word) ? inside : 0);
    const sum = weight(entry.foldedHeading, 12, 6) + weight(entry.foldedText, 3, 1);
    if (!sum) return 0;
    total += sum;
  }
  if (words.length > 1 && `${entry.foldedHeading} ${entry.foldedText}`.includes(words.join(" "))) total += 10;
  return total;
}

/**
 * Return the pages with matches, the best page first.
 * @param {ReturnType<typeof foldIndex>} index
 * @param {string[]} words
 * @returns {PageMatches[]}
 */
function findMatches(index, words) {
  return index
    .map(({ page, title, entries }) => ({
      page,
      title,
      matches: entries
        .map((entry) => ({ entry, weight: weigh(entry, words) }))
        .filter(({ weight }) => weight > 0)
        .sort((a, b) => b.weight - a.weight),
    }))
    .filter(({ matches }) => matches.length)
    .sort((a, b) => b.matches[0].weight - a.matches[0].weight);
}

// Results -----------------------------------------------------------------------------------------------------

/**
 * Return a text with the words in it marked.
 * @param {string} text
 * @param {string} foldedText
 * @param {string[]} words
 */
function markWords(text, foldedText, words) {
  const parts = [];
  let position = 0;
  while (position < text.length) {
    const next = words
      .map((word) => ({ start: foldedText.indexOf(word, position), word }))
      .filter(({ start }) => start >= 0)
      .sort((a, b) => a.start - b.start)[0];
    if (!next) break;
    const end = next.start + next.word.length;
    parts.push(text.slice(position, next.start), element("mark", {}, text.slice(next.start, end)));
    position = end;
  }
  return [...parts, text.slice(position)];
}

/**
 * Return the part of an entry's text around the first match, with the words marked.
 * @param {Entry} entry
 * @param {string[]} words
 */
function excerpt({ text, foldedText }, words) {
  const starts = words.map((word) => foldedText.indexOf(word)).filter((start) => start >= 0);
  const match = starts.length ? Math.min(...starts) : 0;
  const start = match > CONTEXT ? text.lastIndexOf(" ", match - CONTEXT / 2) + 1 : 0;
  const end = Math.min(text.length, start + 2 * CONTEXT);
  const marked = markWords(text.slice(start, end), foldedText.slice(start, end), words);
  return [start ? "… " : "", ...marked, end < text.length ? " …" : ""];
}

/** @type {(value: number, noun: string) => string} */
const quantity = (value, noun) => `${value} ${noun}${value === 1 ? "" : "s"}`;

class SearchDialog {
  dialog = createDialog("report-dialog search-dialog");
  field = element("input", { type: "search", id: "search-field", autocomplete: "off", spellcheck: false });
  status = element("p", { className: "search-status", role: "status" });
  results = element("ul", { className: "search-results" });
  scroller = element("div", { className: "search-scroll" }, this.results);
  /** @type {ReturnType<typeof foldIndex> | null} */
  index = null;

  constructor() {
    this.dialog.ariaLabel = "Search";
    this.field.addEventListener("input", () => this.update());
    const key = element("input", { type: "checkbox", checked: storedPreference(KEY_PREFERENCE) !== "off" });
    key.addEventListener("change", () => storePreference(KEY_PREFERENCE, key.checked ? "on" : "off"));
    const label = element("label", { htmlFor: this.field.id }, "Search the report");
    const form = element("form", { role: "search" }, label, this.field, closeButton(() => this.dialog.close()));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.links()[0]?.click();
    });
    this.dialog.append(form, this.status, this.scroller,
      element("label", { className: "search-key" }, key, " The key / opens the search"));
    this.dialog.addEventListener("keydown", (event) => this.handleKey(event));
  }

  links() {
    return all("a", HTMLAnchorElement, this.results);
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal();
    this.field.select();
    loadScript(new URL("search-index.js", ASSETS)).then(
      () => {
        this.index ??= foldIndex(window.svhnlabSearch ?? []);
        this.update();
      },
      () => { this.status.textContent = "The search index of this site is missing."; });
  }

  /** Show the matches of the typed words, if the index is loaded. */
  update() {
    if (!this.index) return;
    const words = fold(this.field.value).split(/\s+/).filter(Boolean);
    const pages = words.length ? findMatches(this.index, words) : [];
    const total = pages.reduce((sum, { matches }) => sum + matches.length, 0);
    const summary = total ? `${quantity(total, "place")} on ${quantity(pages.length, "page")}` : "Nothing found.";
    this.status.textContent = words.length ? summary : "";
    this.results.replaceChildren(...pages.map(({ page, title, matches }) => {
      const items = matches.slice(0, PER_PAGE).map(({ entry }) => element("li", {}, this.link(page, entry, words)));
      return element("li", {}, element("h3", {}, title), element("ul", {}, ...items));
    }));
    this.scroller.scrollTop = 0;
  }

  /**
   * @param {string} page
   * @param {Entry} entry
   * @param {string[]} words
   */
  link(page, entry, words) {
    const href = new URL(page, SITE).href + (entry.anchor && `#${entry.anchor}`);
    return element("a", { href, onclick: () => this.dialog.close() },
      element("span", { className: "search-place" }, ...markWords(entry.heading, entry.foldedHeading, words)),
      element("span", { className: "search-text" }, ...excerpt(entry, words)));
  }

  /** Arrows move through the matches. @param {KeyboardEvent} event */
  handleKey(event) {
    if (event.key === "Escape") { // a search field would use it to clear itself
      event.preventDefault();
      this.dialog.close();
      return;
    }
    const links = this.links();
    const current = links.findIndex((link) => link === document.activeElement);
    const next = new Map([
      ["ArrowDown", current + 1], ["ArrowUp", current - 1], ["Home", 0], ["End", links.length - 1],
    ]).get(event.key);
    if (next === undefined || (current < 0 && event.key !== "ArrowDown") || !links.length) return;
    event.preventDefault();
    (next < 0 ? this.field : links[Math.min(next, links.length - 1)]).focus();
  }
}

export function startSearch() {
  /** @type {SearchDialog | null} */
  let search = null;
  const open = () => (search ??= new SearchDialog()).open();

  document.addEventListener("keydown", (event) => {
    const slash = event.key === "/" && !hasModifier(event) && storedPreference(KEY_PREFERENCE) !== "off";
    const chord = event.key === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    const field = event.target instanceof Element &&
      event.target.closest("input, textarea, select, [contenteditable]");
    // A field of a dialog that was just closed may have the focus for a moment.
    const typing = field && !field.closest("dialog");
    if (!(slash || chord) || typing || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });

  // Pages of the built-in engine have the button; Quarto's pages get one beside the other tools, on phones too.
  if (!first(".search-open", HTMLElement)) {
    const button = () => element("button",
      { type: "button", className: "report-button search-open", ariaLabel: "Search", title: "Search (/)" }, icon(LENS));
    first(".sidebar-tools-main", HTMLElement)?.prepend(button());
    first(".quarto-secondary-nav .container-fluid", HTMLElement)?.append(button());
  }
  for (const button of all(".search-open", HTMLElement)) {
    button.hidden = false;
    button.addEventListener("click", open);
  }
}
