// The label review: a person names the class of one image after the other without seeing its label.

import { element, first, hasModifier } from "../dom.js";
import { count, countImages } from "../evidence/format.js";
import { drawTile, FOLDER, placeOfTile, sheetAddress } from "../evidence/sheets.js";
import { loadScript } from "../load.js";
import { Verdicts } from "./verdicts.js";

/** @import { Verdict } from "./verdicts.js" */

const MOST_KEYS = 10; // classes that have a key

/** @type {(text: string, onclick: () => void, key?: string) => HTMLButtonElement} */
const button = (text, onclick, key) => {
  const created = element("button", { type: "button", onclick }, text);
  if (!key) return created;
  created.setAttribute("aria-keyshortcuts", key);
  if (key !== text) created.append(" ", element("kbd", { ariaHidden: "true" }, key));
  return created;
};

class Review {
  /** Position of the image in the list; null before the start and after the last verdict. @type {number | null} */
  position = null;
  /** @type {Map<string, () => void>} */
  keys = new Map();

  /**
   * @param {HTMLElement} box
   * @param {ReviewList} list
   */
  constructor(box, list) {
    this.list = list;
    this.verdicts = new Verdicts(list);
    this.status = element("p", { className: "review-status", role: "status" });
    this.progress = element("progress", { max: list.images.length, ariaLabel: "Reviewed images" });
    this.warning = element("p", { className: "review-warning", role: "alert" });
    this.start = button("Start the review", () => this.show(this.next(-1)));
    this.start.classList.add("review-start");
    this.picture = element("canvas", { role: "img" });
    this.question = element("p", {}, "Which class does the centre of the image show?");
    this.hasClassKeys = list.classes.length <= MOST_KEYS;
    this.classes = list.classes.map((name, digit) =>
      this.#keyed(name, this.hasClassKeys ? String(digit) : "", () => this.judge(digit)));
    this.unclear = this.#keyed("Unclear", "u", () => this.judge("unclear"));
    this.back = this.#keyed("Back", "b", () => this.goBack());
    const isLong = list.classes.some((name) => name.length > 3);
    const classBox = { className: `review-classes${isLong ? " review-words" : ""}`, role: "group", ariaLabel: "Class" };
    const stepButtons = [this.unclear, this.#keyed("Skip", "s", () => this.skip()), this.back];
    this.stage = element("div", { className: "review-stage" }, this.picture, element("div", {}, this.question,
      element("div", classBox, ...this.classes),
      element("div", { className: "review-steps" }, ...stepButtons)));
    this.end = element("div", { className: "review-end", tabIndex: -1 });
    this.export = button("Export the verdicts", () => this.save());
    this.reset = button("Reset", () => this.clear());
    const file = element("input", { type: "file", accept: ".json,application/json" });
    file.addEventListener("change", () => this.read(file));
    this.form = element("div", { className: "review-form", role: "group", ariaLabel: "Label review", tabIndex: -1 },
      this.status, this.progress, this.warning, this.start, this.stage, this.end);
    // Single keys work only while the form has the focus (WCAG 2.1.4).
    this.form.addEventListener("keydown", (event) => this.press(event));
    const files = element("div", { className: "review-files" }, this.export, this.reset,
      element("label", {}, element("span", {}, "Continue from an exported file"), file));
    box.replaceChildren(this.form, files, element("p", { className: "review-help" }, this.help()));
    this.draw();
  }

  /**
   * Create a button that has a key, if the key is not empty.
   * @param {string} text
   * @param {string} key
   * @param {() => void} action
   */
  #keyed(text, key, action) {
    if (key) this.keys.set(key, action);
    return button(text, action, key);
  }

  help() {
    const classes = this.hasClassKeys ? `0 to ${this.list.classes.length - 1} for the classes, ` : "";
    return `Keys: ${classes}u for unclear, s to skip, b to go back. They work while the form has the focus; ` +
      "a click on the image gives it the focus.";
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const action = this.keys.get(event.key.toLowerCase());
    if (!action || this.position === null || hasModifier(event)) return;
    event.preventDefault();
    if (!event.repeat) action(); // a key that is held down gives one verdict
  }

  /** Number of images. */
  get total() {
    return this.list.images.length;
  }

  /**
   * Return the position of the next image without a verdict, from the start of the list again after the last image;
   * null if there is none.
   * @param {number} from
   */
  next(from) {
    const positions = [...this.list.images.keys()];
    return [...positions.slice(from + 1), ...positions.slice(0, from + 1)]
      .find((position) => !this.verdicts.byImage.has(this.list.images[position])) ?? null;
  }

  /** @param {Verdict} verdict */
  judge(verdict) {
    if (this.position === null) return;
    this.verdicts.set(this.list.images[this.position], verdict);
    this.show(this.next(this.position), `Last verdict: ${this.nameOf(verdict)}.`);
  }

  skip() {
    if (this.position === null) return;
    const position = this.next(this.position);
    this.show(position, position === this.position ? "All other images are reviewed." : "");
  }

  goBack() {
    this.show(Math.max(0, (this.position ?? this.total) - 1));
  }

  /**
   * Show an image, or the end of the review.
   * @param {number | null} position
   * @param {string} [note]
   */
  show(position, note = "") {
    const wasOpen = this.position !== null;
    this.position = position;
    this.draw(note);
    if (wasOpen && position === null) this.end.focus();
    else if (!wasOpen && position !== null) this.form.focus();
  }

  /** @param {Verdict} verdict */
  nameOf(verdict) {
    return verdict === "unclear" ? verdict : this.list.classes[verdict];
  }

  /** @param {string} [note] */
  draw(note = "") {
    const { position, total } = this;
    const reviewed = this.verdicts.byImage.size;
    const isComplete = reviewed === total;
    const place = position === null ? `${count(reviewed)} of ${countImages(total)} reviewed.`
      : `Image ${count(position + 1)} of ${count(total)}, ${count(reviewed)} reviewed.`;
    this.status.textContent = note ? `${place} ${note}` : place;
    this.progress.value = reviewed;
    this.warning.textContent = this.verdicts.isKept ? ""
      : "This browser does not keep the verdicts: export them before you leave the page.";
    this.start.hidden = position !== null || isComplete;
    this.start.textContent = reviewed ? "Continue the review" : "Start the review";
    this.stage.hidden = position === null;
    this.export.disabled = this.reset.disabled = !reviewed;
    if (position !== null) this.drawImage(position);
    if (position === null && isComplete) this.drawEnd();
    else this.end.replaceChildren();
  }

  /** @param {number} position */
  drawImage(position) {
    this.picture.ariaLabel = `Test image to review, ${count(position + 1)} of ${count(this.total)}`;
    this.paint(this.picture, position);
    const verdict = this.verdicts.get(this.list.images[position]);
    this.classes.forEach((one, digit) => { one.ariaPressed = String(verdict === digit); });
    this.unclear.ariaPressed = String(verdict === "unclear");
    this.back.disabled = position === 0;
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} position
   */
  paint(canvas, position) {
    const { sheet, column, line } = placeOfTile(position, this.list);
    drawTile(canvas, sheetAddress("review", sheet), this.list.side, column, line);
    return canvas;
  }

  drawEnd() {
    const back = button("Back", () => this.goBack());
    const compare = button("Compare with the labels", () => {
      this.end.replaceChildren(heading, next, ...this.comparison()); // no way back: the labels are known now
      this.end.focus();
    });
    const heading = element("h3", {}, "All images are reviewed");
    const next = element("p", {}, "Export the verdicts, then run ", element("code", {}, "svhnlab verdicts FILE"), ".");
    this.end.replaceChildren(heading, next, element("div", { className: "review-steps" }, compare, back));
  }

  /** Return a table of the images whose verdict differs from the label. */
  comparison() {
    const { classes, images, labels, suggested } = this.list;
    const differing = [...images.entries()].flatMap(([position, image]) => {
      const verdict = this.verdicts.get(image);
      return typeof verdict === "number" && verdict !== labels[position] ? [{ position, image, verdict }] : [];
    });
    const sentence = element("p", {},
      `The verdict differs from the label for ${count(differing.length)} of ${countImages(this.total)}.`);
    if (!differing.length) return [sentence];
    const head = ["Image", "Label", "Verdict", "Models"].map((name) => element("th", { scope: "col" }, name));
    const rows = differing.map(({ position, image, verdict }) => {
      const picture = this.paint(element("canvas", { ariaHidden: "true" }), position);
      const names = [labels[position], verdict, suggested[position]].map((digit) => element("td", {}, classes[digit]));
      return element("tr", {}, element("td", {}, picture, count(image)), ...names);
    });
    const table = element("table", {},
      element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
    const region = { tabIndex: 0, role: "region", ariaLabel: "Verdicts that differ from the label" };
    return [sentence, element("div", { className: "review-table", ...region }, table)];
  }

  /** Download the verdicts. */
  save() {
    const content = this.verdicts.exported();
    const file = new Blob([JSON.stringify(content, null, 1)], { type: "application/json" });
    const day = content.exported.slice(0, 10);
    const link = element("a", { href: URL.createObjectURL(file), download: `verdicts-${day}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  /** Add the verdicts of the chosen file. @param {HTMLInputElement} field */
  async read(field) {
    const added = this.verdicts.add(await field.files?.[0]?.text() ?? "");
    field.value = "";
    const note = added === null ? "The file has no verdicts on these test images." : `${count(added)} ${added === 1 ? "verdict" : "verdicts"} added.`;
    this.position = null;
    this.draw(note);
  }

  clear() {
    const reviewed = this.verdicts.byImage.size;
    if (!confirm(`Delete ${count(reviewed)} ${reviewed === 1 ? "verdict" : "verdicts"} from this browser?`)) return;
    this.verdicts.clear();
    this.position = null;
    this.draw();
    this.start.focus();
  }
}

export async function startReview() {
  const box = first(".label-review", HTMLElement);
  if (!box) return;
  await loadScript(new URL("review.js", FOLDER)).catch(() => null); // without it the static text stays
  if (window.svhnlabReview) new Review(box, window.svhnlabReview);
}
