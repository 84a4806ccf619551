// Tables: intervals below their values, and rows as blocks where a table is wider than its place, as on phones.

import { all } from "./dom.js";

/** Let an interval stand below its value where the page is narrow: "84.6% (79.5–88.6)". @param {HTMLTableElement} table */
function wrapIntervals(table) {
  for (const cell of all("td", HTMLTableCellElement, table)) {
    const [value, interval, ...rest] = (cell.textContent ?? "").split("\u00a0(");
    if (interval === undefined || rest.length || cell.children.length) continue;
    cell.textContent = `${value} (${interval}`;
    cell.classList.add("has-interval");
  }
}

/**
 * Give each cell the heading of its column, which is shown above it in a block, and each part of the table its role,
 * which it would lose by its form in some browsers.
 * @param {HTMLTableElement} table
 */
function labelCells(table) {
  const headings = all("thead th", HTMLTableCellElement, table);
  table.setAttribute("role", "table");
  for (const group of all("thead, tbody", HTMLElement, table)) group.setAttribute("role", "rowgroup");
  for (const heading of headings) heading.setAttribute("role", "columnheader");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    [...row.cells].forEach((cell, column) => {
      if (cell.tagName === "TH") return;
      // A name that stands once for several rows is empty in the others, and a heading must not be.
      cell.setAttribute("role", column || !cell.textContent ? "cell" : "rowheader");
      cell.dataset.label = headings[column]?.textContent ?? "";
    });
  }
}

/** Show the rows of a table as blocks if it is wider than its place. @param {HTMLTableElement} table */
function arrange(table) {
  table.classList.remove("stacked");
  table.classList.toggle("stacked", table.offsetWidth > (table.parentElement?.clientWidth ?? Infinity));
}

export function startTables() {
  const tables = all("main table", HTMLTableElement).filter((table) => table.tHead && !table.closest(".foot-table"));
  /** @type {WeakMap<Element, number>} */
  const widths = new WeakMap();
  // In the next frame, since the form changes the height of what is observed.
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (contentRect.width === widths.get(target)) continue;
      widths.set(target, contentRect.width);
      requestAnimationFrame(() => tables.filter((table) => table.parentElement === target).forEach(arrange));
    }
  });
  for (const table of tables) {
    wrapIntervals(table);
    labelCells(table);
    if (table.parentElement) observer.observe(table.parentElement);
  }
  document.fonts.ready.then(() => tables.forEach(arrange));
}
