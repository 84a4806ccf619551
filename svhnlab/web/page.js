// The frame of the built-in engine's pages: theme, chapter menu, tabs, and the current section in the contents.
// A page can be read without it.

import { all, element, first, moveTabStop, required, storedPreference, storePreference, target } from "./dom.js";

function startTheme() {
  const toggle = required(".theme-toggle", HTMLButtonElement);
  const isDark = () => document.body.classList.contains("quarto-dark");
  /** @param {boolean} dark */
  const show = (dark) => {
    document.body.classList.toggle("quarto-dark", dark);
    document.body.classList.toggle("quarto-light", !dark);
    toggle.ariaPressed = String(dark);
  };
  show(isDark()); // as set before the page was painted
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    show(!isDark());
    storePreference("svhnlab-theme", isDark() ? "dark" : "light");
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
    if (!storedPreference("svhnlab-theme")) show(event.matches);
  });
}

/** Open and close the list of chapters on a phone. */
function startMenu() {
  const button = required(".menu-toggle", HTMLButtonElement);
  const chapters = required("#chapters", HTMLElement);
  button.hidden = false;
  button.addEventListener("click", () => {
    button.ariaExpanded = String(chapters.classList.toggle("open"));
  });
}

/**
 * Show one panel of a set at a time, with tabs: one tab stop; arrows, Home and End move between the tabs.
 * @param {HTMLElement} set
 * @param {number} number - of the set on the page
 */
function startTabs(set, number) {
  const panels = all(":scope > .tab-panel", HTMLElement, set);
  const tabs = panels.map((panel, position) => {
    const title = required(".tab-title strong", HTMLElement, panel).cloneNode(true).childNodes;
    const tab = element("button", { type: "button", id: `tab-${number}-${position}`, role: "tab" }, ...title);
    panel.id ||= `panel-${number}-${position}`;
    panel.role = "tabpanel";
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("aria-labelledby", tab.id);
    return tab;
  });
  /** @param {number} selected */
  const select = (selected) => {
    tabs.forEach((tab, position) => {
      tab.ariaSelected = String(position === selected);
      tab.tabIndex = position === selected ? 0 : -1;
      panels[position].hidden = position !== selected;
    });
    window.dispatchEvent(new Event("resize")); // for figures that were hidden and had no width
  };
  tabs.forEach((tab, position) => {
    tab.addEventListener("click", () => select(position));
    tab.addEventListener("keydown", (event) => {
      const next = new Map([
        ["ArrowRight", (position + 1) % tabs.length],
        ["ArrowLeft", (position + tabs.length - 1) % tabs.length],
        ["Home", 0],
        ["End", tabs.length - 1],
      ]).get(event.key);
      if (next === undefined) return;
      event.preventDefault();
      select(next);
      moveTabStop(tab, tabs[next]);
    });
  });
  set.prepend(element("div", { className: "tabs", role: "tablist" }, ...tabs));
  // A link to a figure in a hidden panel shows the panel.
  const reveal = () => {
    const named = target(location.hash);
    const position = panels.findIndex((panel) => named && panel.contains(named));
    if (position < 0) return;
    select(position);
    named?.scrollIntoView();
  };
  select(0);
  reveal();
  window.addEventListener("hashchange", reveal);
}

/** Open the contents beside the text, fold them above it, and mark the section in view. */
function startContents() {
  const contents = first(".toc details", HTMLDetailsElement);
  if (!contents) return;
  const wide = matchMedia("(min-width: 75rem)");
  const fold = () => { contents.open = wide.matches; };
  fold();
  wide.addEventListener("change", fold);
  const links = new Map(all("a", HTMLAnchorElement, contents).map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const headings = all("main h2[id], main h3[id]", HTMLElement).filter(({ id }) => links.has(id));
  let isScheduled = false;
  const mark = () => {
    isScheduled = false;
    const current = headings.filter((heading) => heading.getBoundingClientRect().top < 120).at(-1);
    links.forEach((link, id) => { link.ariaCurrent = id === current?.id ? "true" : null; });
  };
  window.addEventListener("scroll", () => {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(mark);
  }, { passive: true });
  mark();
}

startTheme();
startMenu();
all(".panel-tabset", HTMLElement).forEach(startTabs);
startContents();
