// Figures: pictures enlarged in a dialog, and content that the keyboard can scroll.

import { all, closeButton, createDialog, element, first } from "./dom.js";

/** Return the pictures of a figure for both themes. @param {HTMLElement} figure */
function picturesOf(figure) {
  return all("img.light-content, img.dark-content", HTMLImageElement, figure);
}

/**
 * Show a figure in a dialog as wide as the window.
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement} figure
 * @param {string} caption
 */
function enlarge(dialog, figure, caption) {
  dialog.ariaLabel = caption.split(":")[0];
  // The style sheet shows the picture of the current theme. The dialog has the wide picture on phones, too.
  const pictures = picturesOf(figure)
    .filter((picture) => !picture.matches(".narrow-content"))
    .map(({ src, alt, className }) => element("img", { src, alt, className }));
  dialog.replaceChildren(
    element("div", { className: "lightbox-head" }, element("p", {}, caption), closeButton(() => dialog.close())),
    element("div", { className: "lightbox-scroll", tabIndex: 0, role: "region", ariaLabel: "Picture" }, ...pictures));
  dialog.showModal();
}

/** Return whether an element scrolls in either direction. @param {HTMLElement} content */
function scrolls(content) {
  const { overflowX, overflowY } = getComputedStyle(content);
  return (content.scrollWidth > content.clientWidth && overflowX !== "visible") ||
    (content.scrollHeight > content.clientHeight + 1 && overflowY !== "visible"); // heights are rounded
}

/** Make an element focusable while it scrolls. @param {Element} content */
function updateTabStop(content) {
  if (!(content instanceof HTMLElement)) return;
  const marked = content.dataset.scrolls;
  if (scrolls(content)) {
    if (content.hasAttribute("tabindex")) return;
    content.tabIndex = 0;
    const unnamed = !content.matches("pre, [role]");
    content.dataset.scrolls = unnamed ? "unnamed" : "named";
    if (unnamed) Object.assign(content, { role: "group", ariaLabel: "Scrollable" });
  } else if (marked) {
    const names = marked === "unnamed" ? ["role", "aria-label"] : [];
    for (const name of ["tabindex", "data-scrolls", ...names]) content.removeAttribute(name);
  }
}

export function startFigures() {
  /** @type {HTMLDialogElement | null} */
  let dialog = null;
  for (const figure of all("main figure:has(figcaption)", HTMLElement)) {
    const footer = first(".figure-foot", HTMLElement, figure);
    if (footer) figure.append(footer); // below the caption
    const pictures = picturesOf(figure);
    // A gallery or a map replaces its picture.
    if (!pictures.length || first(".evidence-gallery, .feature-maps", HTMLElement, figure)) continue;
    const caption = (first("figcaption", HTMLElement, figure)?.textContent ?? "").trim();
    const open = () => enlarge((dialog ??= createDialog("report-dialog lightbox")), figure, caption);
    footer?.append(element("button", { type: "button", className: "foot-enlarge", onclick: open }, "Enlarge"));
    for (const picture of pictures) {
      picture.classList.add("enlarges");
      picture.addEventListener("click", open);
    }
  }

  const observer = new ResizeObserver((entries) => entries.forEach((entry) => updateTabStop(entry.target)));
  const scrollers = "main .figure-body, main figure > div[aria-describedby], main .table-scroll, " +
    "main .cell-output-display, main div.sourceCode, main pre";
  for (const content of all(scrollers, HTMLElement)) observer.observe(content);
}
