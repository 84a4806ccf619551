// A live figure of a chapter: choose an image and a change, and move a slider over its steps. The static figure stays.

import { all, element } from "../dom.js";
import { loadBundle } from "./bundle.js";
import { loadChanges } from "./changes.js";

/** @import { Bundle } from "./bundle.js" */

let explorers = 0;

/**
 * Fill a box with the images that it names and the slider of the chosen one.
 * @param {HTMLElement} box
 * @param {Bundle} bundle
 */
async function build(box, bundle) {
  const rows = (box.dataset.images ?? "").split(" ").map(Number);
  const images = rows.filter((row) => bundle.has(row)).map((row) => bundle.imageOf(row))
    .filter((image) => bundle.index.changes?.images.includes(image));
  if (!images.length) return;
  const name = `change-explorer-${explorers++}`;
  const view = element("div");
  /** @param {number} image */
  const show = async (image) => {
    const changes = await loadChanges(bundle, image);
    if (changes && Number(chosen()?.value ?? image) === image) view.replaceChildren(changes.slider());
  };
  const radios = images.map((image, i) => {
    const label = `Test image ${bundle.index.rows[image]}, labelled ${bundle.index.classes[bundle.index.labels[image]]}`;
    const input = element("input", { type: "radio", name, value: String(image), checked: !i, ariaLabel: label });
    return element("label", {}, input, bundle.paint(element("span", { ariaHidden: "true" }), "images", image));
  });
  const fieldset = element("fieldset", {}, element("legend", {}, "Image"), ...radios);
  /** Return the chosen radio button. */
  const chosen = () => all("input", HTMLInputElement, fieldset).find((input) => input.checked);
  fieldset.addEventListener("change", () => show(Number(chosen()?.value)));
  box.replaceChildren(fieldset, view);
  await show(images[0]);
  box.hidden = false;
}

export function startExplorers() {
  for (const box of all(".change-explorer", HTMLElement)) {
    const observer = new IntersectionObserver(async (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      const bundle = await loadBundle().catch(() => null); // without a bundle the static figure stays
      if (bundle) await build(box, bundle);
    }, { rootMargin: "600px" });
    observer.observe(/** @type {HTMLElement} */ (box.parentElement));
  }
}
