// Explanations beside the text: the definition of a term, a footnote, a reference. They open on hover and on focus,
// stay while the pointer is on the link or on the explanation, and close on Escape.

import { all, element, target } from "./dom.js";
import { ASSETS, loadScript } from "./load.js";

// Milliseconds: before an explanation opens, before the next one opens, and before it closes.
const OPEN_DELAY = 180;
const NEXT_DELAY = 60;
const CLOSE_DELAY = 250;
const MARGIN = 8; // pixels between the explanation and the edge of the window

/** @typedef {(link: HTMLAnchorElement) => Node[] | null | Promise<Node[] | null>} Content */

class Hints {
  box = element("div", { className: "report-hint", id: "report-hint", role: "tooltip", hidden: true });
  /** @type {HTMLAnchorElement | null} The link that the box explains now. */
  link = null;
  timer = 0;

  constructor() {
    document.body.append(this.box);
    this.box.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.box.addEventListener("pointerleave", () => this.schedule(() => this.hide(), CLOSE_DELAY));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.link) return;
      event.stopPropagation();
      this.hide();
    }, true);
  }

  /**
   * Explain a link.
   * @param {HTMLAnchorElement} link
   * @param {Content} content - null if there is no explanation
   */
  add(link, content) {
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "mouse") return;
      this.schedule(() => this.show(link, content), this.link ? NEXT_DELAY : OPEN_DELAY);
    });
    link.addEventListener("pointerleave", () => this.schedule(() => this.hide(), CLOSE_DELAY));
    link.addEventListener("focus", () => {
      if (link.matches(":focus-visible")) this.show(link, content);
    });
    link.addEventListener("blur", () => {
      if (link === this.link && !this.box.matches(":hover")) this.hide();
    });
    link.addEventListener("click", () => this.hide());
  }

  /**
   * @param {() => void} action
   * @param {number} delay
   */
  schedule(action, delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(action, delay);
  }

  hide() {
    clearTimeout(this.timer);
    if (!this.link) return;
    this.link.removeAttribute("aria-describedby");
    this.link = null;
    this.box.hidden = true;
  }

  /**
   * @param {HTMLAnchorElement} link
   * @param {Content} content
   */
  async show(link, content) {
    const nodes = await content(link);
    // The reader may have left the link while the definitions were loading.
    if (!nodes || !(link.matches(":hover") || link === document.activeElement)) return;
    if (this.link !== link) this.hide();
    this.link = link;
    link.setAttribute("aria-describedby", this.box.id);
    this.box.replaceChildren(...nodes);
    this.box.hidden = false;
    this.place(link);
  }

  /** Put the box below the link, or above it where there is more space. @param {HTMLAnchorElement} link */
  place(link) {
    const { left, top, bottom } = [...link.getClientRects()].at(-1) ?? link.getBoundingClientRect();
    const { width, height } = this.box.getBoundingClientRect();
    const rightmost = document.documentElement.clientWidth - width - MARGIN;
    const below = bottom + height + MARGIN < window.innerHeight || top < height + MARGIN;
    this.box.style.left = `${Math.max(MARGIN, Math.min(left, rightmost)) + window.scrollX}px`;
    this.box.style.top = `${(below ? bottom + MARGIN / 2 : top - height - MARGIN / 2) + window.scrollY}px`;
  }
}

/** The definition of a term in the glossary. @type {Content} */
async function definition(link) {
  await loadScript(new URL("glossary.js", ASSETS));
  const entry = window.svhnlabGlossary?.[decodeURIComponent(link.hash.slice(1))];
  return entry ? [element("strong", {}, entry[0]), element("p", {}, entry[1])] : null;
}

/** A footnote or reference on this page, without the link that leads back from it. @type {Content} */
function note(link) {
  const source = target(link.hash);
  if (!source) return null;
  const copy = /** @type {HTMLElement} */ (source.cloneNode(true));
  for (const back of all(".footnote-back", HTMLElement, copy)) back.remove();
  for (const named of all("[id]", Element, copy)) named.removeAttribute("id");
  return [...copy.childNodes];
}

export function startHints() {
  const hints = new Hints();
  for (const link of all('main a[href*=".html#term-"]', HTMLAnchorElement)) {
    link.classList.add("term");
    hints.add(link, definition);
  }
  const notes = 'main a.footnote-ref, main a[role="doc-biblioref"], main .citation a[href^="#ref-"]';
  for (const link of all(notes, HTMLAnchorElement)) hints.add(link, note);
}
