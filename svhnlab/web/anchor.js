// The element in the address, which moves while the page above it is completed: a gallery is not as high as its picture.

import { target } from "./dom.js";

let hasScrolled = false; // by the reader, since the address changed

/** Scroll to the element in the address again, unless the reader has scrolled since. */
export function returnToAnchor() {
  if (!hasScrolled && location.hash) target(location.hash)?.scrollIntoView();
}

export function watchScrolling() {
  for (const type of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    window.addEventListener(type, () => { hasScrolled = true; }, { capture: true, passive: true });
  }
  // A click on a link comes before the change of the address.
  window.addEventListener("hashchange", () => { hasScrolled = false; });
}
