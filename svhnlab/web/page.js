// Theme, chapter menu, tabs and the mark in the contents. The page can be read without any of it.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Theme: the reader's choice is remembered; without one the page follows the system.
  const toggle = document.querySelector(".theme-toggle");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("svhnlab-theme"); } catch { return null; } };
  const show = (dark) => {
    document.body.classList.toggle("quarto-dark", dark);
    document.body.classList.toggle("quarto-light", !dark);
    toggle.setAttribute("aria-pressed", dark);
  };
  show(document.body.classList.contains("quarto-dark"));
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const dark = !document.body.classList.contains("quarto-dark");
    show(dark);
    try { localStorage.setItem("svhnlab-theme", dark ? "dark" : "light"); } catch { /* not remembered */ }
  });
  system.addEventListener("change", (event) => { if (!stored()) show(event.matches); });

  // Chapters on a phone.
  const menu = document.querySelector(".menu-toggle");
  const chapters = document.getElementById("chapters");
  menu.hidden = false;
  menu.addEventListener("click", () => {
    menu.setAttribute("aria-expanded", chapters.classList.toggle("open"));
  });

  // Tabs: one stop in the order of keys, arrows, Home and End move between them.
  all(".panel-tabset").forEach((set, number) => {
    const panels = all(":scope > .tab-panel", set);
    const list = Object.assign(document.createElement("div"), { className: "tabs" });
    list.setAttribute("role", "tablist");
    const tabs = panels.map((panel, index) => {
      const tab = Object.assign(document.createElement("button"), { type: "button", id: `tab-${number}-${index}` });
      tab.append(...document.importNode(panel.querySelector(".tab-title strong"), true).childNodes);
      tab.setAttribute("role", "tab");
      panel.id ||= `panel-${number}-${index}`;
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      list.append(tab);
      return tab;
    });
    const select = (chosen) => {
      tabs.forEach((tab, index) => {
        tab.setAttribute("aria-selected", index === chosen);
        tab.tabIndex = index === chosen ? 0 : -1;
        panels[index].hidden = index !== chosen;
      });
      window.dispatchEvent(new Event("resize")); // figures that were hidden learn their width
    };
    tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => select(index));
      tab.addEventListener("keydown", (event) => {
        const last = tabs.length - 1;
        const next = { ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index || last + 1, Home: 0, End: last };
        if (!(event.key in next)) return;
        const target = event.key === "ArrowLeft" ? next.ArrowLeft - 1 : next[event.key];
        event.preventDefault();
        select(target);
        tabs[target].focus();
      });
    });
    set.prepend(list);
    // A link to a figure in a hidden tab opens the tab.
    const reveal = () => {
      const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      const holder = panels.findIndex((panel) => target && panel.contains(target));
      if (holder >= 0) { select(holder); target.scrollIntoView(); }
    };
    select(0);
    reveal();
    window.addEventListener("hashchange", reveal);
  });

  // Contents: open beside the text, folded above it; the section in view is marked.
  const toc = document.querySelector(".toc details");
  if (toc) {
    const wide = matchMedia("(min-width: 75rem)");
    const fit = () => { toc.open = wide.matches; };
    fit();
    wide.addEventListener("change", fit);
    const links = new Map(all("a", toc).map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const heads = all("main h2[id], main h3[id]").filter((head) => links.has(head.id));
    let waiting = false;
    const mark = () => {
      waiting = false;
      const passed = heads.filter((head) => head.getBoundingClientRect().top < 120).at(-1);
      links.forEach((link, id) => {
        if (id === passed?.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    };
    addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(mark); } }, { passive: true });
    mark();
  }
})();
