// What every page of a report can do, whichever engine made it: search, larger figures, and words explained where
// they stand. Works from a disk: what is searched are scripts, loaded when they are needed. A page can be read
// without any of it. Nothing from outside becomes markup: all text is set as text.
(() => {
  "use strict";
  const assets = new URL(".", document.currentScript.src);
  const site = new URL("../", assets);

  const make = (tag, settings = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(settings)) {
      if (name in element) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };
  const scripts = new Map();
  const load = (name) => {
    if (!scripts.has(name)) {
      scripts.set(name, new Promise((resolve, reject) => {
        const script = make("script", { src: new URL(name, assets).href, onload: resolve });
        script.onerror = () => reject(new Error(`${script.src} is not there`));
        document.head.append(script);
      }));
    }
    return scripts.get(name);
  };
  const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* not remembered */ } };
  const icon = (path) => {
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    for (const [name, value] of Object.entries({ viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" })) {
      picture.setAttribute(name, value);
    }
    const line = document.createElementNS(space, "path");
    for (const [name, value] of Object.entries({
      d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round",
    })) line.setAttribute(name, value);
    picture.append(line);
    return picture;
  };
  const CROSS = "M5 5l10 10M15 5L5 15";
  const LENS = "M8.5 3a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M12.7 12.7L17 17";

  // A dialog that Escape, its button and a click beside it close; the browser gives the focus back.
  const makeDialog = (className, label) => {
    const dialog = make("dialog", { className, ariaLabel: label });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    return dialog;
  };
  const closeButton = (dialog) =>
    make("button", { type: "button", className: "report-button report-close", ariaLabel: "Close", onclick: () => dialog.close() }, icon(CROSS));

  // Search ------------------------------------------------------------------------------------------------------

  const PER_PAGE = 6;
  const AROUND = 90; // letters shown before and after what was found
  // The same letters whatever their case and accents, and as many of them.
  const fold = (text) => [...text].map((letter) => (letter.length > 1 ? letter : letter.normalize("NFD")[0].toLowerCase()[0])).join("");
  let folded = null;
  const foldedIndex = () =>
    (folded ||= window.svhnlabSearch.map(([page, title, entries]) => ({
      page, title,
      entries: entries.map(([anchor, heading, text]) =>
        ({ anchor, heading, text, foldedHeading: fold(heading), foldedText: fold(text) })),
    })));

  // Every word has to be there; words at the beginning of a word and in a heading weigh more.
  const weigh = (entry, words) => {
    let total = 0;
    for (const word of words) {
      const start = new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u");
      const weight = (text, begins, inside) => (start.test(text) ? begins : text.includes(word) ? inside : 0);
      const found = weight(entry.foldedHeading, 12, 6) + weight(entry.foldedText, 3, 1);
      if (!found) return 0;
      total += found;
    }
    if (words.length > 1 && `${entry.foldedHeading} ${entry.foldedText}`.includes(words.join(" "))) total += 10;
    return total;
  };
  const find = (words) =>
    foldedIndex()
      .map(({ page, title, entries }) => ({
        page, title,
        found: entries.map((entry) => ({ entry, weight: weigh(entry, words) }))
          .filter(({ weight }) => weight > 0)
          .sort((a, b) => b.weight - a.weight),
      }))
      .filter(({ found }) => found.length)
      .sort((a, b) => b.found[0].weight - a.found[0].weight);

  // Text with what was found marked in it.
  const marked = (text, foldedText, words) => {
    const parts = [];
    let at = 0;
    while (at < text.length) {
      const [next, word] = words.map((one) => [foldedText.indexOf(one, at), one])
        .filter(([place]) => place >= 0).sort((a, b) => a[0] - b[0])[0] ?? [text.length, ""];
      parts.push(text.slice(at, next));
      if (word) parts.push(make("mark", {}, text.slice(next, next + word.length)));
      at = next + Math.max(1, word.length);
    }
    return parts;
  };
  const excerpt = ({ text, foldedText }, words) => {
    const places = words.map((word) => foldedText.indexOf(word)).filter((place) => place >= 0);
    const first = places.length ? Math.min(...places) : 0;
    const begin = first > AROUND ? text.lastIndexOf(" ", first - AROUND / 2) + 1 : 0;
    const end = Math.min(text.length, begin + 2 * AROUND);
    return [
      begin ? "… " : "", ...marked(text.slice(begin, end), foldedText.slice(begin, end), words), end < text.length ? " …" : "",
    ];
  };

  const search = (() => {
    let dialog, field, status, results;
    const links = () => [...results.querySelectorAll("a")];
    const show = () => {
      const words = fold(field.value).split(/\s+/).filter(Boolean);
      if (!window.svhnlabSearch) return; // shown when the index is there
      if (!words.length) {
        results.replaceChildren();
        status.textContent = "";
        return;
      }
      const groups = find(words);
      const places = groups.reduce((sum, { found }) => sum + found.length, 0);
      const count = (value, noun) => `${value} ${noun}${value === 1 ? "" : "s"}`;
      status.textContent = places ? `${count(places, "place")} on ${count(groups.length, "page")}` : "Nothing found.";
      results.replaceChildren(...groups.map(({ page, title, found }) => make("li", {},
        make("h3", {}, title),
        make("ul", {}, ...found.slice(0, PER_PAGE).map(({ entry }) => make("li", {}, make("a", {
          href: new URL(page, site).href + (entry.anchor && `#${entry.anchor}`), onclick: () => dialog.close(),
        }, make("span", { className: "search-place" }, ...marked(entry.heading, entry.foldedHeading, words)),
        make("span", { className: "search-text" }, ...excerpt(entry, words)))))))));
      results.parentElement.scrollTop = 0;
    };
    const move = (event) => {
      if (event.key === "Escape") { // a search field would take it to clear itself
        event.preventDefault();
        dialog.close();
        return;
      }
      const all = links();
      const at = all.indexOf(document.activeElement);
      const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (next === undefined || (at < 0 && event.key !== "ArrowDown") || !all.length) return;
      event.preventDefault();
      (next < 0 ? field : all[Math.min(next, all.length - 1)]).focus();
    };
    const build = () => {
      dialog = makeDialog("report-dialog search-dialog", "Search");
      field = make("input", { type: "search", id: "search-field", autocomplete: "off", spellcheck: false, oninput: show });
      status = make("p", { className: "search-status", role: "status" });
      results = make("ul", { className: "search-results" });
      const key = make("input", { type: "checkbox", checked: remembered("svhnlab-search-key") !== "off" });
      key.addEventListener("change", () => remember("svhnlab-search-key", key.checked ? "on" : "off"));
      const form = make("form", { role: "search" },
        make("label", { htmlFor: "search-field" }, "Search the report"), field, closeButton(dialog));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        links()[0]?.click();
      });
      dialog.append(form, status, make("div", { className: "search-scroll" }, results),
        make("label", { className: "search-key" }, key, " The key / opens the search"));
      dialog.addEventListener("keydown", move);
    };
    const open = () => {
      if (!dialog) build();
      if (!dialog.open) dialog.showModal();
      field.select();
      load("search-index.js").then(show, () => { status.textContent = "The index of this site is not there."; });
    };
    return { open };
  })();

  document.addEventListener("keydown", (event) => {
    const key = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && remembered("svhnlab-search-key") !== "off";
    const chord = event.key === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    // A dialog that was just closed may have the focus for a moment.
    if (!(key || chord) || (writing && !writing.closest("dialog")) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    search.open();
  });
  const searchButton = () =>
    make("button", { type: "button", className: "report-button search-open", ariaLabel: "Search", title: "Search (/)" }, icon(LENS));
  // The page of the built-in engine has its button; Quarto's pages get one beside the other tools, on a phone too.
  if (!document.querySelector(".search-open")) {
    document.querySelector(".sidebar-tools-main")?.prepend(searchButton());
    document.querySelector(".quarto-secondary-nav .container-fluid")?.append(searchButton());
  }
  document.querySelectorAll(".search-open").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", search.open);
  });

  // Figures -----------------------------------------------------------------------------------------------------

  let lightbox = null;
  const enlarge = (figure) => {
    lightbox ||= makeDialog("report-dialog lightbox", "Figure");
    const caption = figure.querySelector("figcaption");
    const [number] = caption.textContent.trim().split(":");
    lightbox.ariaLabel = number;
    // Both themes' pictures, of which the style sheet shows one; enlarged, the wide one serves phones too.
    const pictures = pictureOf(figure).filter((image) => !image.matches(".narrow-content")).map((image) => make("img", { src: image.src, alt: image.alt, className: image.className }));
    lightbox.replaceChildren(
      make("div", { className: "lightbox-head" }, make("p", {}, caption.textContent.trim()), closeButton(lightbox)),
      make("div", { className: "lightbox-scroll", tabIndex: 0, role: "region", ariaLabel: "Picture" }, ...pictures));
    lightbox.showModal();
  };
  const pictureOf = (figure) => [...figure.querySelectorAll("img.light-content, img.dark-content")];
  document.querySelectorAll("main figure:has(figcaption)").forEach((figure) => {
    const foot = figure.querySelector(".figure-foot");
    // Below the caption, where it is not in the way.
    if (foot) figure.append(foot);
    const pictures = pictureOf(figure);
    // Where a gallery or a map stands in its place there is no picture to enlarge.
    if (!pictures.length || figure.querySelector(".evidence-gallery, .feature-maps")) return;
    const button = make("button", { type: "button", className: "foot-enlarge", onclick: () => enlarge(figure) }, "Enlarge");
    if (foot) foot.append(button);
    pictures.forEach((image) => {
      image.classList.add("enlarges");
      image.addEventListener("click", () => enlarge(figure));
    });
  });

  // What is too wide scrolls by itself; then the keyboard has to reach it.
  const scrolls = [...document.querySelectorAll(
    "main .figure-body, main figure > div[aria-describedby], main .table-scroll, main .cell-output-display, main div.sourceCode, main pre")];
  const reach = (element) => {
    const wide = element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX !== "visible";
    const given = element.hasAttribute("data-scrolls");
    if (wide && !element.hasAttribute("tabindex")) {
      element.tabIndex = 0;
      element.setAttribute("data-scrolls", "");
      if (!element.matches("pre")) Object.assign(element, { role: "group", ariaLabel: "Scrolls sideways" });
    } else if (!wide && given) {
      ["tabindex", "data-scrolls", "role", "aria-label"].forEach((name) => element.removeAttribute(name));
    }
  };
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));
  scrolls.forEach((element) => sizes.observe(element));

  // Words explained where they stand: terms, footnotes, references ----------------------------------------------

  // Shown on hover and focus; stays while the pointer is on the word or on the note; Escape closes it.
  const hints = (() => {
    const box = make("div", { className: "report-hint", id: "report-hint", role: "tooltip", hidden: true });
    document.body.append(box);
    let owner = null, waiting = 0;
    const hide = () => {
      clearTimeout(waiting);
      if (!owner) return;
      owner.removeAttribute("aria-describedby");
      owner = null;
      box.hidden = true;
    };
    const later = (action, time) => {
      clearTimeout(waiting);
      waiting = setTimeout(action, time);
    };
    const show = async (link, content) => {
      const made = await content(link);
      if (!made || !(link.matches(":hover") || link === document.activeElement)) return;
      if (owner !== link) hide();
      owner = link;
      link.setAttribute("aria-describedby", box.id);
      box.replaceChildren(...made);
      box.hidden = false;
      const word = [...link.getClientRects()].at(-1);
      const { width, height } = box.getBoundingClientRect();
      const left = Math.max(8, Math.min(word.left, document.documentElement.clientWidth - width - 8));
      const below = word.bottom + height + 8 < window.innerHeight || word.top < height + 8;
      box.style.left = `${left + window.scrollX}px`;
      box.style.top = `${(below ? word.bottom + 4 : word.top - height - 4) + window.scrollY}px`;
    };
    box.addEventListener("pointerenter", () => clearTimeout(waiting));
    box.addEventListener("pointerleave", () => later(hide, 250));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !owner) return;
      event.stopPropagation();
      hide();
    }, true);
    return (link, content) => {
      link.addEventListener("pointerenter", (event) => {
        if (event.pointerType === "mouse") later(() => show(link, content), owner ? 60 : 180);
      });
      link.addEventListener("pointerleave", () => later(hide, 250));
      link.addEventListener("focus", () => link.matches(":focus-visible") && show(link, content));
      link.addEventListener("blur", () => link === owner && !box.matches(":hover") && hide());
      link.addEventListener("click", hide);
    };
  })();
  const term = async (link) => {
    await load("glossary.js");
    const found = window.svhnlabGlossary[decodeURIComponent(link.hash.slice(1))];
    return found && [make("strong", {}, found[0]), make("p", {}, found[1])];
  };
  // A note of this page, without the way back that ends it.
  const note = (link) => {
    const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!place) return null;
    const copy = place.cloneNode(true);
    copy.querySelectorAll(".footnote-back").forEach((back) => back.remove());
    copy.querySelectorAll("[id]").forEach((element) => element.removeAttribute("id"));
    return [...copy.childNodes];
  };
  document.querySelectorAll('main a[href*=".html#term-"]').forEach((link) => {
    link.classList.add("term");
    hints(link, term);
  });
  document.querySelectorAll('main a.footnote-ref, main a[role="doc-biblioref"], main .citation a[href^="#ref-"]')
    .forEach((link) => hints(link, note));

  // Quarto forgets the theme on pages that are opened from a disk -------------------------------------------------

  if (window.quartoToggleColorScheme) {
    const dark = () => document.body.classList.contains("quarto-dark");
    const chosen = remembered("svhnlab-theme");
    if (chosen && (chosen === "dark") !== dark()) window.quartoToggleColorScheme();
    document.querySelectorAll(".quarto-color-scheme-toggle").forEach((toggle) =>
      toggle.addEventListener("click", () => remember("svhnlab-theme", dark() ? "dark" : "light")));
  }
})();
