// Evidence on single test images: a card for each, a gallery to find them, links on confusion matrices. The address
// contains the open card or gallery, see dialog.js.

import { returnToAnchor } from "../anchor.js";
import { all, closeButton, element, first, hasModifier } from "../dom.js";
import { loadExplorer } from "../explorer/data.js";
import { plainCard } from "../explorer/plain_card.js";
import { loadBundle, loadedBundle } from "./bundle.js";
import { Card } from "./card.js";
import { loadChanges } from "./changes.js";
import { AddressDialog, isEvidence, leave, onAddress, replaceAddress, visit } from "./dialog.js";
import { count } from "./format.js";
import { Gallery } from "./gallery.js";
import { addMatrixLinks } from "./matrix.js";
import { readSelection } from "./selection.js";

/**
 * @import { Bundle } from "./bundle.js"
 * @import { Selection } from "./selection.js"
 */

// Galleries ---------------------------------------------------------------------------------------------------

/** The gallery in a page, which replaces the static pictures in a box when the box is scrolled near. */
class PageGallery {
  /** @type {Gallery | null} */
  gallery = null;
  /** @type {HTMLElement | null} The link that led here. */
  opener = null;

  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    const observer = new IntersectionObserver(async (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      const bundle = await loadBundle().catch(() => null); // without a bundle the static pictures stay
      if (!bundle || this.gallery) return;
      this.build(bundle, readSelection(bundle, location.hash));
      returnToAnchor();
    }, { rootMargin: "600px" });
    observer.observe(box);
  }

  /**
   * @param {Bundle} bundle
   * @param {Selection} selection
   */
  build(bundle, selection) {
    const still = element("div", { hidden: true }, ...this.box.childNodes);
    const live = element("div");
    this.box.replaceChildren(live, still);
    return (this.gallery = new Gallery(bundle, live, selection, true));
  }

  /**
   * Show a selection, and go to it if it is new or a link leads there.
   * @param {Bundle} bundle
   * @param {Selection} selection
   * @param {boolean} linked
   */
  show(bundle, selection, linked) {
    const isNew = this.gallery?.show(selection) ?? true;
    const gallery = this.gallery ?? this.build(bundle, selection);
    if (!isNew && !linked) return;
    if (linked && document.activeElement instanceof HTMLAnchorElement) this.opener = document.activeElement;
    this.box.scrollIntoView();
    gallery.status.focus({ preventScroll: true });
  }

  /** Give the focus back to the link that led here. */
  close() {
    // The browser restores the position of the page.
    if (this.box.contains(document.activeElement)) this.opener?.focus({ preventScroll: true });
    this.opener = null;
  }
}

/** The gallery in a dialog, for pages that have none. */
class GalleryDialog {
  /** @type {AddressDialog | null} */
  dialog = null;
  /** @type {Gallery | null} */
  gallery = null;

  /**
   * @param {Bundle} bundle
   * @param {Selection} selection
   */
  show(bundle, selection) {
    this.dialog ??= new AddressDialog("evidence-browser", "evidence-browser-title");
    if (this.gallery) {
      this.gallery.show(selection);
    } else {
      const heading = element("h2", { id: "evidence-browser-title" }, "Images");
      const body = element("div");
      this.dialog.element.append(
        element("div", { className: "evidence-head" }, heading, closeButton(leave)), body);
      this.gallery = new Gallery(bundle, body, selection, false);
    }
    if (this.dialog.isOpen) return;
    this.dialog.open();
    this.gallery.status.focus();
  }

  close() {
    this.dialog?.close();
  }
}

const galleryDialog = new GalleryDialog();
/** @type {PageGallery | null} */
let pageGallery = null;

/**
 * @typedef {{ rows(): number[], focus(row: number): void }} ImageList
 * @type {ImageList | null} Images of the page that are in no gallery.
 */
let imageList = null;

/** Let cards step through images of the page that are in no gallery. @param {ImageList} list */
export function stepThrough(list) {
  imageList = list;
}

/** Return the images that the reader came from, if any. */
function currentGallery() {
  return galleryDialog.dialog?.isOpen ? galleryDialog.gallery : pageGallery?.gallery ?? imageList;
}

// Cards -------------------------------------------------------------------------------------------------------

/** The dialog with the card of one image; it steps through the images of the gallery that the reader came from. */
class CardDialog {
  /** @type {AddressDialog | null} */
  dialog = null;
  /** @type {number | null} Row of the image in the address. */
  wanted = null;
  row = -1;
  /** @type {number[]} Rows of the gallery. */
  rows = [];

  /**
   * Show the card of an image, or why there is none.
   * @param {Bundle | null} bundle
   * @param {number} row
   */
  async show(bundle, row) {
    if (this.wanted === row) return;
    this.wanted = row;
    if (!bundle?.has(row)) {
      await this.showPlain(bundle, row);
      return;
    }
    const image = bundle.imageOf(row);
    const [{ cards, position }, changes] = await Promise.all([
      bundle.loadCards(image), loadChanges(bundle, image).catch(() => null),
    ]).catch((error) => {
      if (this.wanted === row) this.wanted = null;
      throw error;
    });
    if (this.wanted !== row) return; // closed, or another card opened
    const card = new Card(bundle, image, cards, position);
    this.fill(row, element("p", {}, `${card.labelled()}; ${card.verdict()}.`), card.facts(),
      element("div", { className: "evidence-models" }, ...bundle.index.runs.map((_, run) => card.model(run))),
      ...(changes ? [changes.section()] : []));
  }

  /**
   * Show what is stored on all test images about an image without evidence, or why there is nothing.
   * @param {Bundle | null} bundle
   * @param {number} row
   */
  async showPlain(bundle, row) {
    const data = await loadExplorer();
    if (this.wanted !== row) return; // closed, or another card opened
    const image = data?.images.get(row);
    if (!data || image === undefined) {
      const why = data ? "There is no test image with this number." : whyMissing(bundle, row);
      this.fill(row, element("p", { className: "evidence-missing" }, why));
      return;
    }
    const { summary, content } = plainCard(data, image);
    this.fill(row, summary, ...content);
  }

  /**
   * Show a summary of an image in the head of the dialog, and the content below.
   * @param {number} row
   * @param {HTMLElement} summary
   * @param {HTMLElement[]} content
   */
  fill(row, summary, ...content) {
    this.row = row;
    this.rows = currentGallery()?.rows() ?? [];
    this.dialog ??= this.createDialog();
    const box = this.dialog.element;
    const pressed = box.contains(document.activeElement) ? document.activeElement?.ariaLabel : null;
    box.replaceChildren(this.head(summary), ...content);
    this.dialog.open();
    box.scrollTop = 0;
    // The pressed button was replaced by a new one.
    const button = all("button:enabled", HTMLButtonElement, box).find(({ ariaLabel }) => pressed && ariaLabel === pressed);
    (button ?? first("h2", HTMLElement, box))?.focus();
  }

  close() {
    this.wanted = null;
    this.dialog?.close();
  }

  createDialog() {
    // The focus returns to the tile of the image that was shown last.
    const dialog = new AddressDialog("evidence-card", "evidence-card-title",
      () => currentGallery()?.focus(this.row));
    dialog.element.addEventListener("keydown", (event) => {
      if (hasModifier(event)) return;
      if (event.key === "ArrowLeft") this.step(-1);
      if (event.key === "ArrowRight") this.step(1);
    });
    return dialog;
  }

  /** Show the previous (-1) or the next (1) image of the gallery, if there is one. @param {-1 | 1} by */
  step(by) {
    const next = this.rows[this.rows.indexOf(this.row) + by];
    if (next !== undefined) replaceAddress(`#image-${next}`);
  }

  /** @param {HTMLElement} summary */
  head(summary) {
    const place = this.rows.indexOf(this.row);
    /** @type {(by: -1 | 1, ariaLabel: string, sign: string) => HTMLElement} */
    const button = (by, ariaLabel, sign) => element("button", {
      type: "button", ariaLabel, disabled: this.rows[place + by] === undefined, onclick: () => this.step(by),
    }, sign);
    const steps = element("nav", { ariaLabel: "Images of the gallery" }, button(-1, "Previous image", "‹"),
      element("span", {}, `${place + 1} of ${this.rows.length}`), button(1, "Next image", "›"));
    return element("div", { className: "evidence-head" },
      element("div", {},
        element("h2", { id: "evidence-card-title", tabIndex: -1 }, `Test image ${this.row.toLocaleString("en-US")}`),
        summary),
      place < 0 ? null : steps, closeButton(leave));
  }
}

const cardDialog = new CardDialog();

/**
 * Say why an image has no card.
 * @param {Bundle | null} bundle
 * @param {number} row
 */
function whyMissing(bundle, row) {
  if (!bundle) return "This report has no cards of single images: its folder evidence is missing or empty.";
  const { total } = bundle.index;
  const cards = `${count(bundle.index.rows.length)} of the ${count(total)} test images have a card`;
  return row < total
    ? `This image has no card. ${cards}: all that a model misclassifies, and some of the others.`
    : `There is no card of an image with this number. ${cards}.`;
}

// Address -----------------------------------------------------------------------------------------------------

/** Show the card or gallery in the address, and close others. @param {boolean} linked - see `onAddress` */
async function update(linked) {
  const fragment = location.hash;
  const bundle = isEvidence(fragment) ? await loadBundle().catch(() => null) : null;
  if (fragment !== location.hash) return; // changed while the bundle was loading
  const row = fragment.match(/^#image-(\d+)$/)?.[1];
  if (row) {
    await cardDialog.show(bundle, Number(row));
    return;
  }
  cardDialog.close();
  if (bundle) {
    (pageGallery ?? galleryDialog).show(bundle, readSelection(bundle, fragment), linked);
  } else {
    galleryDialog.close();
    pageGallery?.close();
  }
}

export function startEvidence() {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const link = event.target.closest("a");
    if (!link || !link.getAttribute("href")?.startsWith("#") || !isEvidence(link.hash)) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // opens a new tab or window
    event.preventDefault();
    visit(link.hash);
  });
  // Other listeners scroll to the element with the id in the fragment; these fragments have none.
  window.addEventListener("hashchange", (event) => {
    if (isEvidence(new URL(event.newURL).hash) || isEvidence(new URL(event.oldURL).hash)) event.stopImmediatePropagation();
  });
  all("script.evidence-matrix", HTMLScriptElement).forEach(addMatrixLinks);
  const box = first(".evidence-gallery", HTMLElement);
  if (box) pageGallery = new PageGallery(box);
  onAddress(update);
  update(true);
}

// For the maps ------------------------------------------------------------------------------------------------

/** Load the bundle, if the site has one. */
export function loadImages() {
  loadBundle().catch(() => null);
}

/** Whether a test image has a card; false while the bundle is not loaded. @param {number} row */
export function hasImage(row) {
  return loadedBundle()?.has(row) ?? false;
}

/** Show an image that has a card as the background of an element. @type {(box: HTMLElement, row: number) => void} */
export function paintImage(box, row) {
  const bundle = loadedBundle();
  bundle?.paint(box, "images", bundle.imageOf(row));
}

/** Return in words what is wrong with the label of an image, or nothing. @param {number} row */
export function labelNote(row) {
  const bundle = loadedBundle();
  return bundle?.has(row) ? bundle.labelNote(bundle.imageOf(row)) : "";
}

/** Open the card of an image. @param {number} row */
export function openImage(row) {
  visit(`#image-${row}`);
}
