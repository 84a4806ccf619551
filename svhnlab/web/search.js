// The search over all pages of the site.

import {
  all, closeButton, createDialog, element, first, hasModifier, icon, storedPreference, storePreference,
} from "./dom.js";
import { loadBundle, loadedBundle } from "./evidence/bundle.js";
import { ASSETS, loadScript, SITE } from "./load.js";

/**
 * @typedef {{ anchor: string, heading: string, text: string, folded: Record<Part, string> }} Entry
 * @typedef {"heading" | "keywords" | "text"} Part
 * @typedef {{ entry: Entry, weight: number }} Match
 * @typedef {{ page: string, title: string, matches: Match[] }} PageMatches - the best match first
 */

const PER_PAGE = 6; // matches shown of one page
const CONTEXT = 90; // characters shown before and after the first match
const KEY_PREFERENCE = "svhnlab-search-key"; // "off" if the reader turned off the key /
/** Weights of a word in each part of an entry: at the start of a word there, and inside one. @type {[Part, number, number][]} */
const WEIGHTS = [["heading", 12, 6], ["keywords", 8, 0], ["text", 3, 1]];
const PHRASE_WEIGHT = 10; // of several words that stand together
// Words of a question that say nothing about its subject.
const COMMON = new Set(("a an and are as at be by can do does for from has have how i in is it its of on or the that this to " +
  "was were what when where which who why with").split(" "));
const IMAGE = /^(?:test )?(?:image|picture|#)? ?#?(\d{1,6})$/;
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
    entries: entries.map(([anchor, heading, text, keywords]) =>
      ({ anchor, heading, text, folded: { heading: fold(heading), text: fold(text), keywords: fold(keywords) } })),
  }));
}

/** Return the words of a query: without common ones, unless it has no others, and without the s of a plural. @param {string} query */
function wordsOf(query) {
  const words = query.split(/[\s,?!]+/).filter(Boolean);
  const rare = words.filter((word) => !COMMON.has(word));
  return (rare.length ? rare : words).map((word) => word.replace(/(?<=..[^s])s$/, ""));
}

/**
 * Return the weight of a word in an entry: larger for headings and for beginnings of words, zero if it is not there.
 * @param {Entry} entry
 * @param {string} word
 */
function weigh({ folded }, word) {
  const start = new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u");
  return WEIGHTS.reduce((sum, [part, atStart, inside]) =>
    sum + (start.test(folded[part]) ? atStart : folded[part].includes(word) ? inside : 0), 0);
}

/**
 * Return the pages with matches, the best page first. An entry has to have one of the words; entries that have more of
 * them come first, and words that few entries have count more.
 * @param {ReturnType<typeof foldIndex>} index
 * @param {string[]} words
 * @returns {PageMatches[]}
 */
function findMatches(index, words) {
  const entries = index.flatMap((page) => page.entries);
  const weights = words.map((word) => new Map(entries.map((entry) => [entry, weigh(entry, word)])));
  const rarity = weights.map((ofWord) =>
    Math.log(1 + entries.length / (1 + [...ofWord.values()].filter(Boolean).length)));
  /** @param {Entry} entry */
  const total = (entry) => {
    const values = weights.map((ofWord) => ofWord.get(entry) ?? 0);
    const sum = values.reduce((all, value, i) => all + rarity[i] * value, 0);
    const isPhrase = words.length > 1 && Object.values(entry.folded).some((text) => text.includes(words.join(" ")));
    return sum * (values.filter(Boolean).length / words.length) ** 2 + (isPhrase ? PHRASE_WEIGHT : 0);
  };
  return index
    .map(({ page, title, entries: ofPage }) => ({
      page,
      title,
      matches: ofPage
        .map((entry) => ({ entry, weight: total(entry) }))
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
function excerpt({ text, folded }, words) {
  const foldedText = folded.text;
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
    const query = fold(this.field.value).trim();
    const words = wordsOf(query);
    const pages = words.length ? findMatches(this.index, words) : [];
    const image = this.image(query);
    const total = pages.reduce((sum, { matches }) => sum + matches.length, 0);
    const found = [
      image ? "1 image" : "",
      total ? `${quantity(total, "place")} on ${quantity(pages.length, "page")}` : "",
    ].filter(Boolean);
    this.status.textContent = words.length ? found.join(", ") || "Nothing found." : "";
    this.results.replaceChildren(...(image ? [image] : []), ...pages.map(({ page, title, matches }) => {
      const items = matches.slice(0, PER_PAGE).map(({ entry }) => element("li", {}, this.link(page, entry, words)));
      return element("li", {}, element("h3", {}, title), element("ul", {}, ...items));
    }));
    this.scroller.scrollTop = 0;
  }

  /** Create the result for the number of a test image, or return null. @param {string} query */
  image(query) {
    const row = Number(query.match(IMAGE)?.[1] ?? NaN);
    if (Number.isNaN(row)) return null;
    const bundle = loadedBundle();
    if (!bundle) {
      loadBundle().then((found) => found && this.update(), () => {}); // a site may have no images
      return null;
    }
    if (!bundle.has(row) && row >= bundle.index.total) return null;
    const link = element("a", { href: `#image-${row}`, onclick: () => this.dialog.close() },
      element("span", { className: "search-place" }, `Test image ${row}`),
      element("span", { className: "search-text" }, bundle.has(row)
        ? `Labelled ${bundle.index.classes[bundle.index.labels[bundle.imageOf(row)]]}`
        : "Has no card"));
    return element("li", {}, element("h3", {}, "Images"), element("ul", {}, element("li", {}, link)));
  }

  /**
   * @param {string} page
   * @param {Entry} entry
   * @param {string[]} words
   */
  link(page, entry, words) {
    const href = new URL(page, SITE).href + (entry.anchor && `#${entry.anchor}`);
    return element("a", { href, onclick: () => this.dialog.close() },
      element("span", { className: "search-place" }, ...markWords(entry.heading, entry.folded.heading, words)),
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
