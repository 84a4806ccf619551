// Dialogs whose state is in the fragment of the page: #image-12 is a card, #errors?model=cnn&true=3 a gallery. Links
// open them, and the browser's Back closes them.

import { createDialog } from "../dom.js";

/** Whether a fragment names a card or a gallery. @param {string} fragment */
export function isEvidence(fragment) {
  return /^#(image-\d+$|errors(\?|$))/.test(fragment);
}

/** @type {(linked: boolean) => void} */
let update = () => {};

/**
 * Set the function that shows the card or gallery in the address.
 * @param {(linked: boolean) => void} listener - called with whether a link leads there, and not the browser's history
 */
export function onAddress(listener) {
  update = listener;
  window.addEventListener("popstate", () => listener(false));
}

/** Go to a card or a gallery. @param {string} fragment */
export function visit(fragment) {
  // The state marks that the previous history entry is this page without the card or gallery.
  if (fragment !== location.hash) history.pushState({ evidence: true }, "", fragment);
  update(true);
}

/** Show another card or gallery in place of the open one, in the same entry of the history. @param {string} fragment */
export function replaceAddress(fragment) {
  history.replaceState(history.state, "", fragment);
  update(true);
}

/** Close the card or gallery in the address. */
export function leave() {
  if (history.state?.evidence) {
    history.back();
  } else {
    history.replaceState(null, "", location.pathname + location.search);
    update(false);
  }
}

export class AddressDialog {
  /** Whether the address contains it. */
  isOpen = false;

  /**
   * @param {string} className
   * @param {string} heading - id of its heading
   * @param {() => void} [onClose]
   */
  constructor(className, heading, onClose = () => {}) {
    this.element = createDialog(className, leave);
    this.element.setAttribute("aria-labelledby", heading);
    this.element.addEventListener("cancel", (event) => {
      // Chromium lets a page cancel only one Escape after a click; the next one closes the dialog, see below.
      if (!event.cancelable) return;
      event.preventDefault();
      leave();
    });
    this.element.addEventListener("close", () => {
      // Chromium sends the event with the next frame; by then the dialog may be open again.
      if (this.element.open) return;
      onClose();
      if (!this.isOpen) return;
      this.isOpen = false; // closed by the browser
      leave();
    });
  }

  open() {
    this.isOpen = true;
    if (!this.element.open) this.element.showModal();
  }

  close() {
    this.isOpen = false;
    this.element.close();
  }
}
