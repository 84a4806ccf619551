// Tags on images, kept in the browser, and files of the selection. A tag that is the name of a class, or "unclear", is a
// verdict on the label: the JSON file is one that `svhnlab verdicts` stores, see svhnlab/store/verdict_file.py.

import { element, storedPreference, storePreference } from "../dom.js";
import { count, countImages } from "../evidence/format.js";

/** @import { Explorer } from "./explorer.js" */

const FORMAT = "svhnlab-verdicts-1";
const UNCLEAR = "unclear";

export class Tags {
  /** @type {Map<number, string>} By number of the image. */
  byNumber = new Map();

  /** @param {Explorer} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    const { data } = explorer;
    this.name = `svhnlab-tags-${data.file.study}`;
    for (const [number, tag] of Object.entries(parsed(storedPreference(this.name)) ?? {})) {
      if (data.images.has(Number(number)) && typeof tag === "string") this.byNumber.set(Number(number), tag);
    }
    const options = [...data.classes, UNCLEAR].map((value) => element("option", { value }));
    const list = element("datalist", { id: "explorer-tags" }, ...options);
    this.field = element("input", { type: "text", maxLength: 40, autocomplete: "off" });
    this.field.setAttribute("list", list.id);
    /** @type {(text: string, action: () => void) => HTMLButtonElement} */
    const button = (text, action) => element("button", { type: "button", onclick: action }, text);
    this.tagAll = button("", () => this.toggle(Array.from(explorer.selector.images)));
    this.remove = button("Remove all tags", () => {
      if (confirm(`Remove ${count(this.byNumber.size)} tags from this browser?`)) this.#change(() => this.byNumber.clear());
    });
    this.csv = button("Export as CSV", () => this.#save("csv", "text/csv", this.#csv()));
    this.json = button("Export as JSON", () => this.#save("json", "application/json", this.#json()));
    this.status = element("p", { role: "status" });
    this.box = element("div", { className: "explorer-tags" },
      element("label", { className: "explorer-field" }, element("span", {}, "Tag"), this.field), list,
      element("div", { className: "explorer-buttons" }, this.tagAll, this.remove, this.csv, this.json), this.status);
  }

  /** Return the tag of an image, "" if it has none. @param {number} image */
  of(image) {
    return this.byNumber.get(this.explorer.data.numbers[image]) ?? "";
  }

  /** Give images the tag in the field, or remove it if all have it. @param {number[]} images */
  toggle(images) {
    const { numbers } = this.explorer.data;
    const tag = this.field.value.trim();
    if (!tag) {
      this.status.textContent = "Enter a tag first: the class that the image shows, “unclear”, or a word of your own.";
      this.field.focus();
      return;
    }
    const isRemoved = images.every((image) => this.of(image) === tag);
    this.#change(() => {
      for (const image of images) {
        if (isRemoved) this.byNumber.delete(numbers[image]);
        else this.byNumber.set(numbers[image], tag);
      }
    });
    const done = isRemoved ? "removed from" : "given to";
    this.status.textContent = `Tag “${tag}” ${done} ${countImages(images.length)}. ${this.#tagged()}`;
    this.explorer.gallery.redraw(images);
  }

  #tagged() {
    return `${countImages(this.byNumber.size)} tagged.`;
  }

  /** @param {() => void} change */
  #change(change) {
    change();
    const text = JSON.stringify(Object.fromEntries(this.byNumber));
    storePreference(this.name, text);
    this.update();
    this.status.textContent = storedPreference(this.name) === text
      ? this.#tagged() : `${this.#tagged()} This browser does not keep the tags: export them before you leave the page.`;
    if (!this.byNumber.size) this.explorer.gallery.update();
  }

  update() {
    const selected = this.explorer.selector.images.length;
    this.tagAll.textContent = `Tag the ${countImages(selected)} selected`;
    this.tagAll.disabled = this.csv.disabled = !selected;
    this.remove.disabled = !this.byNumber.size;
    this.json.disabled = !Object.keys(this.verdicts()).length && !selected;
  }

  /** Return the tags that are verdicts: by number, a class or "unclear". */
  verdicts() {
    const { classes } = this.explorer.data;
    /** @type {Record<number, number | "unclear">} */
    const verdicts = {};
    for (const [number, tag] of this.byNumber) {
      const shown = classes.indexOf(tag);
      if (tag === UNCLEAR) verdicts[number] = UNCLEAR;
      else if (shown >= 0) verdicts[number] = shown;
    }
    return verdicts;
  }

  #json() {
    const { data, selector, state } = this.explorer;
    const { study, data: name, testImages } = data.file;
    const { predicted, title } = data.runs[state.filter.run];
    const selection = Array.from(selector.images, (image) => ({
      image: data.numbers[image], label: data.classes[data.labels[image]], predicted: data.classes[predicted[image]],
      ...(this.of(image) && { tag: this.of(image) }),
    }));
    const verdicts = this.verdicts();
    this.status.textContent = Object.keys(verdicts).length
      ? `The file has ${count(Object.keys(verdicts).length)} verdicts on labels for svhnlab verdicts FILE.`
      : "No tag is the name of a class or “unclear”, so the file has no verdicts on labels.";
    return JSON.stringify({
      format: FORMAT, study, data: name, test_images: testImages, exported: new Date().toISOString(), verdicts,
      chosen: Object.keys(verdicts).map(Number),
      model: title, address: location.hash, selection,
    });
  }

  #csv() {
    const { data, selector } = this.explorer;
    const known = data.file.isTruthKnown;
    const properties = data.quantities.filter(({ name }) => !data.runs[0].values[name]);
    const head = ["image", "label", ...(known ? ["shows"] : []), "suspected", "tag",
      ...data.runs.flatMap(({ name, values }) => ["predicted", ...Object.keys(values)].map((part) => `${part} ${name}`)),
      ...properties.map(({ name }) => name)];
    const rows = Array.from(selector.images, (image) => [
      data.numbers[image], data.classes[data.labels[image]], ...(known ? [data.classes[data.truth[image]]] : []),
      data.suspected[image] ? "yes" : "no", this.of(image),
      ...data.runs.flatMap(({ predicted, values }) => [data.classes[predicted[image]], ...Object.values(values).map((column) => column[image])]),
      ...properties.map((quantity) => quantity.of(0)[image].toPrecision(5)),
    ]);
    this.status.textContent = `The file has ${countImages(rows.length)}.`;
    return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  }

  /**
   * @param {string} suffix
   * @param {string} type
   * @param {string} content
   */
  #save(suffix, type, content) {
    const day = new Date().toISOString().slice(0, 10);
    const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: `explorer-${day}.${suffix}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}

/** Return a cell of a CSV file (RFC 4180); a text that a spreadsheet would compute is quoted as text. @param {string | number} value */
function cell(value) {
  if (typeof value === "number") return Number.isNaN(value) ? "" : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Return the object in a JSON text from outside; null if it is none. @param {string | null} text */
function parsed(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
