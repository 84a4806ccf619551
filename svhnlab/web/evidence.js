// The evidence of single test images: a card for each, a gallery to find them, and links on confusion matrices.
//
// Works from a disk: data are scripts that fill window.svhnlabBundle, pictures are tiles of sheets, both loaded when
// they are needed. What is open is in the address: #image-12 is a card, #errors?model=cnn&true=3 a gallery. Nothing
// from outside becomes markup: all text is set as text.
(() => {
  "use strict";
  const folder = new URL("../evidence/", document.currentScript.src);

  // Bundle --------------------------------------------------------------------------------------------------

  const scripts = new Map();
  const load = (name) => {
    if (!scripts.has(name)) {
      scripts.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL(`${name}.js`, folder);
        script.onload = () => resolve(window.svhnlabBundle[name]);
        script.onerror = () => {
          scripts.delete(name); // to be tried again when it is asked for again
          reject(new Error(`${script.src} is not there`));
        };
        document.head.append(script);
      }));
    }
    return scripts.get(name);
  };

  let index = null; // the numbers of all images, once they are loaded
  let place = new Map(); // row of the test split -> number of the image in the bundle
  const loadIndex = async () => {
    const data = await load("index");
    if (!index && data.rows.length) {
      place = new Map(data.rows.map((row, number) => [row, number]));
      doubtful = new Set(data.suspected);
      index = data;
    }
    return index;
  };
  const runNumber = (name) => index.runs.findIndex((run) => run.name === name);
  const wrong = (run, number) => index.predicted[run][number] !== index.labels[number];
  let doubtful = new Set(); // rows of suspected labels
  const suspected = (number) => doubtful.has(index.rows[number]);

  // Where a tile lies: its sheet, and column and line there of how many lines.
  const locate = (number, count) => {
    const { columns, perSheet } = index;
    const sheet = Math.floor(number / perSheet);
    const at = number % perSheet;
    const lines = Math.ceil(Math.min(perSheet, count - sheet * perSheet) / columns);
    return { sheet, column: at % columns, line: Math.floor(at / columns), lines };
  };
  const sheetAddress = (kind, sheet) => new URL(`${kind}-${String(sheet).padStart(3, "0")}.webp`, folder).href;

  // Shows a tile as the background of an element of any size.
  const paint = (element, kind, number) => {
    const { sheet, column, line, lines } = locate(number, kind === "images" ? index.rows.length : index.training);
    element.classList.add("evidence-tile");
    element.style.backgroundImage = `url("${sheetAddress(kind, sheet)}")`;
    element.style.backgroundSize = `${100 * index.columns}% ${100 * lines}%`;
    element.style.backgroundPosition = `${(100 * column) / (index.columns - 1)}% ${lines > 1 ? (100 * line) / (lines - 1) : 0}%`;
    return element;
  };

  // Draws a run's attribution on a canvas of its own size, which the style sheet enlarges smoothly.
  const paintAttribution = (canvas, run, number) => {
    const { sheet, column, line, lines } = locate(number, index.rows.length);
    const side = index.attribution;
    canvas.width = canvas.height = side;
    const image = new Image();
    image.onload = () => canvas.getContext("2d").drawImage(
      image, column * side, (run * lines + line) * side, side, side, 0, 0, side, side);
    image.src = sheetAddress("attribution", sheet);
    return canvas;
  };

  // Words ---------------------------------------------------------------------------------------------------

  const make = (tag, settings = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(settings)) {
      if (name in element) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const decimals = (value, digits) =>
    value === null || value === undefined
      ? "–"
      : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");
  const count = (value) => value.toLocaleString("en-US");
  const images = (value) => `${count(value)} ${value === 1 ? "image" : "images"}`;
  const percent = (share) => (share > 0.9995 ? "> 99.9%" : `${decimals(100 * share, 1)}%`);
  const signed = (value) => (value > 0 ? "+" : "") + decimals(value, 2);
  const inUnits = (value, unit) => (value === null ? null : value / index.units[unit]);

  // Address -------------------------------------------------------------------------------------------------

  const ours = (hash) => /^#(image-\d+$|errors(\?|$))/.test(hash);
  // The mark in the history tells that the step before is this page without what is open, so that closing goes back.
  const visit = (hash) => {
    if (hash !== location.hash) history.pushState({ evidence: true }, "", hash);
    return route();
  };
  const leave = () => {
    if (history.state?.evidence) history.back();
    else {
      history.replaceState(null, "", location.pathname + location.search);
      route();
    }
  };
  const route = async () => {
    const { hash } = location;
    const image = hash.match(/^#image-(\d+)$/);
    const known = ours(hash) && (await loadIndex().catch(() => null)) && (!image || place.has(Number(image[1])));
    if (hash !== location.hash) return; // gone elsewhere meanwhile
    if (!known) {
      card.close();
      browser.close();
    } else if (image) {
      await card.show(Number(image[1]));
    } else {
      card.close();
      const state = readState(hash);
      (inline ?? browser).show(state);
    }
  };

  // Dialogs -------------------------------------------------------------------------------------------------

  const closeButton = () =>
    make("button", { type: "button", className: "evidence-close", ariaLabel: "Close", onclick: () => leave() }, "×");
  // A dialog that is open as long as the address says so; `closed` is called when it is closed.
  const makeDialog = (className, title, closed = () => {}) => {
    const dialog = make("dialog", { className });
    dialog.setAttribute("aria-labelledby", title);
    let wanted = false;
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      leave();
    });
    // A click beside the content.
    dialog.addEventListener("click", (event) => event.target === dialog && leave());
    dialog.addEventListener("close", () => {
      closed();
      if (wanted) { // by the browser itself
        wanted = false;
        leave();
      }
    });
    document.body.append(dialog);
    return {
      element: dialog,
      isOpen: () => wanted,
      open: () => {
        wanted = true;
        if (!dialog.open) dialog.showModal();
      },
      close: () => {
        wanted = false;
        dialog.close();
      },
    };
  };

  // Selection -----------------------------------------------------------------------------------------------

  const SORTS = {
    loss: "Loss, highest first",
    confidence: "Confidence, highest first",
    margin: "Margin, largest first",
    label: "Label quality, lowest first",
  };
  const KINDS = ["errors", "all", "only", "fixed", "broken", "right"];

  // What a gallery shows: run (number), kind, other run (number or null), true and predicted class (number or null),
  // suspected labels alone, order.
  const readState = (hash) => {
    const given = new URLSearchParams(hash.split("?")[1] ?? "");
    const digit = (name) => {
      const value = Number.parseInt(given.get(name), 10);
      return value >= 0 && value < index.classes.length ? value : null;
    };
    const [kind, name] = (given.get("show") ?? "").split(":");
    const run = Math.max(0, runNumber(given.get("model")));
    const other = runNumber(name);
    const valid = KINDS.includes(kind) && (["fixed", "broken"].includes(kind) ? other >= 0 && other !== run : true);
    return {
      run,
      kind: valid ? kind : "errors",
      other: valid && other >= 0 ? other : null,
      label: digit("true"),
      predicted: digit("predicted"),
      suspected: given.get("suspected") === "yes",
      sort: Object.hasOwn(SORTS, given.get("sort")) && (given.get("sort") !== "label" || index.quality) ? given.get("sort") : "loss",
    };
  };
  const writeState = (state) => {
    const words = new URLSearchParams({ model: index.runs[state.run].name });
    if (state.kind !== "errors") {
      words.set("show", state.other === null ? state.kind : `${state.kind}:${index.runs[state.other].name}`);
    }
    if (state.label !== null) words.set("true", state.label);
    if (state.predicted !== null) words.set("predicted", state.predicted);
    if (state.suspected) words.set("suspected", "yes");
    if (state.sort !== "loss") words.set("sort", state.sort);
    return `#errors?${words}`;
  };

  // The run whose predictions stand below the images: the one that errs.
  const speaker = (state) => (state.kind === "broken" ? state.other : state.run);
  const select = (state) => {
    const { run, other } = state;
    const runs = index.runs.map((_, number) => number);
    const belongs = {
      errors: (number) => wrong(run, number),
      all: (number) => runs.every((one) => wrong(one, number)),
      only: (number) => runs.every((one) => wrong(one, number) === (one === run)),
      fixed: (number) => wrong(run, number) && !wrong(other, number),
      broken: (number) => !wrong(run, number) && wrong(other, number),
      right: (number) => !wrong(run, number),
    }[state.kind];
    const by = speaker(state);
    const found = [];
    index.labels.forEach((label, number) => {
      if (state.label !== null && label !== state.label) return;
      if (state.predicted !== null && index.predicted[by][number] !== state.predicted) return;
      if (state.suspected && !suspected(number)) return;
      if (belongs(number)) found.push(number);
    });
    const values = { loss: index.loss[by], confidence: index.confidence[by], margin: index.margin[by], label: index.quality }[state.sort];
    const sign = state.sort === "label" ? 1 : -1;
    const key = (number) => (values && values[number] !== null ? sign * values[number] : Infinity);
    return found.sort((a, b) => key(a) - key(b) || index.rows[a] - index.rows[b]);
  };
  const describe = (state, found) => {
    const title = index.runs[state.run].title;
    const other = state.other === null ? "" : index.runs[state.other].title;
    const words = {
      errors: `errors of ${title}`,
      all: `wrong in every model, here as ${title} sees them`,
      only: `wrong in ${title} alone`,
      fixed: `wrong in ${title}, right in ${other}`,
      broken: `right in ${title}, wrong in ${other}`,
      right: `right in ${title}, of those that are shown one by one`,
    }[state.kind];
    const names = index.classes;
    const filters = [
      state.label === null ? "" : `labelled ${names[state.label]}`,
      state.predicted === null ? "" : `taken for ${names[state.predicted]}`,
      state.suspected ? "label suspected" : "",
    ].filter(Boolean);
    return `${images(found)}: ${[words, ...filters].join(", ")}.`;
  };
  // What stands below an image: the number that orders the images, and how it is called.
  const VALUES = { loss: "loss in nats", confidence: "confidence", margin: "margin in class radii", label: "label quality" };
  const value = (state, number) => {
    const by = speaker(state);
    if (state.sort === "loss") return decimals(inUnits(index.loss[by][number], "loss"), 2);
    if (state.sort === "margin") return index.margin[by] ? signed(inUnits(index.margin[by][number], "distance")) : "–";
    if (state.sort === "label") return decimals(inUnits(index.quality[number], "share"), 3);
    return percent(inUnits(index.confidence[by][number], "share"));
  };

  // Gallery -------------------------------------------------------------------------------------------------

  const BATCH = 60;
  // Builds the controls and the tiles of a gallery in `box`. The tiles scroll with `scroller`, or without one in a
  // frame of their own, so that what follows on the page stays near.
  const makeGallery = (box, scroller = null) => {
    const names = index.classes;
    const option = (value, words) => make("option", { value }, words);
    const choice = (words, ...options) => {
      const field = make("select", {}, ...options);
      return [field, make("label", {}, make("span", {}, words), field)];
    };
    const digits = (words) => choice(words, option("", "any"), ...names.map((name, value) => option(value, name)));
    const [run, runBox] = choice("Model", ...index.runs.map((one, number) => option(number, one.title)));
    const [kind, kindBox] = choice("Images");
    const [label, labelBox] = digits("True class");
    const [predicted, predictedBox] = digits("Taken for");
    const [sort, sortBox] = choice("Order", ...Object.entries(SORTS).filter(([value]) => value !== "label" || index.quality)
      .map(([value, words]) => option(value, words)));
    const onlySuspected = make("input", { type: "checkbox" });
    const suspectedBox = make("label", { className: "evidence-check" }, onlySuspected, make("span", {}, "Suspected labels alone"));
    const reset = make("button", { type: "button" }, "Reset");
    const status = make("p", { className: "evidence-status", role: "status" });
    const note = make("p", { className: "evidence-note" });
    const list = make("ul", { className: "evidence-list" });
    const end = make("div", { className: "evidence-end", ariaHidden: "true" });
    const form = make("form", { className: "evidence-controls", ariaLabel: "Choose images" },
      runBox, kindBox, labelBox, predictedBox, sortBox, index.suspected.length ? suspectedBox : null, reset);
    const frame = make("div", {}, list, end);
    if (!scroller) {
      Object.assign(frame, { className: "evidence-scroll", tabIndex: 0, role: "region", ariaLabel: "Images" });
      scroller = frame;
    }
    box.append(form, status, note, frame);

    let state, found = [], drawn = 0;
    const kinds = () => {
      const others = index.runs.map((one, number) => [one, number]).filter(([, number]) => number !== state.run);
      kind.replaceChildren(
        option("errors", "Errors of this model"),
        ...(others.length ? [option("all", "Wrong in every model"), option("only", "Wrong in this model alone")] : []),
        ...others.map(([one, number]) => option(`fixed:${number}`, `Fixed by ${one.title}`)),
        ...others.map(([one, number]) => option(`broken:${number}`, `Broken by ${one.title}`)),
        option("right", "Right, as far as shown"));
    };
    const tile = (number) => {
      const by = speaker(state);
      const row = index.rows[number];
      const link = make("a", { href: `#image-${row}` },
        paint(make("span", { ariaHidden: "true" }), "images", number),
        make("strong", {}, names[index.labels[number]], make("span", { className: "evidence-arrow", ariaHidden: "true" }, " → "),
          make("span", { className: "evidence-hidden" }, " taken for "), names[index.predicted[by][number]]),
        make("small", {}, value(state, number)));
      link.dataset.row = row;
      if (suspected(number)) link.classList.add("evidence-suspected");
      return make("li", {}, link);
    };
    const more = () => {
      const part = found.slice(drawn, drawn + BATCH);
      drawn += part.length;
      list.append(...part.map(tile));
      // Observed anew, as one batch may not fill the screen.
      watcher.unobserve(end);
      if (drawn < found.length) watcher.observe(end);
    };
    const watcher = new IntersectionObserver((entries) => {
      if (entries.at(-1).isIntersecting && drawn < found.length) more();
    }, { root: scroller, rootMargin: "800px" });

    const show = (wanted) => {
      state = wanted;
      found = select(state);
      kinds();
      run.value = state.run;
      kind.value = state.other === null ? state.kind : `${state.kind}:${state.other}`;
      label.value = state.label ?? "";
      predicted.value = state.predicted ?? "";
      sort.value = state.sort;
      onlySuspected.checked = state.suspected;
      status.textContent = describe(state, found.length);
      note.textContent = `Below each image: label → prediction, and ${VALUES[state.sort]}.` +
        (found.some(suspected) ? " Dashed frame: the label is suspected to be wrong." : "");
      list.replaceChildren();
      drawn = 0;
      more();
    };
    const chosen = () => {
      const [name, other] = kind.value.split(":");
      const clash = other !== undefined && Number(other) === Number(run.value);
      return {
        run: Number(run.value),
        kind: clash ? "errors" : name,
        other: clash || other === undefined ? null : Number(other),
        label: label.value === "" ? null : Number(label.value),
        predicted: predicted.value === "" ? null : Number(predicted.value),
        suspected: onlySuspected.checked,
        sort: sort.value,
      };
    };
    const change = (wanted) => {
      show(wanted);
      history.replaceState(history.state, "", writeState(wanted));
    };
    form.addEventListener("change", () => change(chosen()));
    form.addEventListener("submit", (event) => event.preventDefault());
    reset.addEventListener("click", () => change(readState("")));
    return {
      // Whether it shows something else now.
      show: (wanted) => {
        if (state && writeState(wanted) === writeState(state)) return false;
        show(wanted);
        return true;
      },
      rows: () => found.map((number) => index.rows[number]),
      link: (row) => list.querySelector(`a[data-row="${row}"]`),
    };
  };

  // The gallery of a page, in place of the still pictures in `box`.
  let inline = null;
  const startInline = (box) => {
    let gallery = null;
    let building = null;
    const build = () => (building ??= loadIndex().then((found) => {
      if (!found) return;
      const still = make("div", { hidden: true }, ...box.childNodes);
      const live = make("div");
      box.replaceChildren(live, still);
      gallery = makeGallery(live);
      gallery.show(readState(location.hash));
    }));
    inline = {
      show: async (state) => {
        const fresh = !gallery;
        await build();
        if (gallery.show(state) || fresh) box.scrollIntoView();
      },
      current: () => gallery,
    };
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      build().catch(() => {}); // without a bundle the still pictures stay
    }, { rootMargin: "600px" }).observe(box);
  };

  // The gallery over a page that has none of its own.
  const browser = (() => {
    let dialog = null, gallery = null;
    return {
      show: (state) => {
        if (!dialog) {
          dialog = makeDialog("evidence-browser", "evidence-browser-title");
          const body = make("div");
          dialog.element.append(
            make("div", { className: "evidence-head" }, make("h2", { id: "evidence-browser-title", tabIndex: -1 }, "Images"), closeButton()), body);
          gallery = makeGallery(body, dialog.element);
        }
        gallery.show(state);
        if (dialog.isOpen()) return;
        dialog.open();
        dialog.element.querySelector("h2").focus();
      },
      close: () => dialog?.close(),
      current: () => (dialog?.isOpen() ? gallery : null),
    };
  })();

  // Card ----------------------------------------------------------------------------------------------------

  const bars = (data, run, number, at) => {
    const label = index.labels[number], guess = index.predicted[run][number];
    return make("ol", { className: "evidence-bars", ariaLabel: "Probabilities" }, ...index.classes.map((name, digit) => {
      const share = inUnits(data.probabilities[run][at][digit], "share");
      const kind = digit === label ? "evidence-true" : digit === guess ? "evidence-wrong" : "";
      const item = make("li", { className: kind, title: `${name}: ${percent(share)}` },
        make("span", { className: "evidence-value" }, share < 0.005 ? "" : share > 0.995 ? "> 99" : decimals(100 * share, 0)),
        make("span", { className: "evidence-bar" }), make("span", { className: "evidence-name" }, name));
      item.style.setProperty("--share", share);
      return item;
    }));
  };

  const distances = (data, run, number, at) => {
    const found = data.distances[run];
    if (!found) return null;
    const label = index.labels[number], guess = index.predicted[run][number];
    const value = (name) => decimals(inUnits(found[name][at], "distance"), 2);
    const line = (kind, words, free, raw) => make("tr", { className: kind },
      make("th", { scope: "row" }, words), make("td", {}, free), make("td", {}, raw));
    const names = index.classes;
    const margin = inUnits(index.margin[run][number], "distance");
    return make("table", { className: "evidence-distances" },
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Distance to"), make("th", { scope: "col", title: "Over the root mean square distance of the class's own training images" }, "in radii"), make("th", { scope: "col" }, "raw"))),
      make("tbody", {},
        line("evidence-true", `${names[label]} (label)`, value("freeTrue"), value("rawTrue")),
        label === guess ? null : line("evidence-wrong", `${names[guess]} (predicted)`, value("freePredicted"), value("rawPredicted")),
        label === guess ? null : line("", "Margin", signed(margin), ""),
        line("", "Nearest class", found.nearest[at] < 0 ? "–" : names[found.nearest[at]], "")));
  };

  const neighbours = (data, run, number, at) => {
    const found = data.neighbours[run];
    if (!found) return null;
    const label = index.labels[number], guess = index.predicted[run][number];
    return make("figure", { className: "evidence-neighbours" },
      make("ul", {}, ...found[at].map(([image, digit, distance]) => make("li",
        { className: digit === label ? "evidence-true" : digit === guess ? "evidence-wrong" : "" },
        image === null ? null : paint(make("span", { ariaHidden: "true" }), "training", image),
        make("strong", {}, index.classes[digit]),
        make("small", {}, decimals(inUnits(distance, "distance"), 2))))),
      make("figcaption", {}, "Nearest training images: label, distance"));
  };

  // Stored for errors alone.
  const attribution = (run, number) => {
    if (!index.attribution || !index.runs[run].evidence || !wrong(run, number)) return null;
    const name = (kind, digit) => make("span", { className: kind }, index.classes[digit]);
    return make("figure", { className: "evidence-attribution" },
      make("div", {}, paint(make("span"), "images", number), paintAttribution(make("canvas"), run, number)),
      make("figcaption", {}, "Speaks for ", name("evidence-wrong", index.predicted[run][number]), " or for ",
        name("evidence-true", index.labels[number])));
  };

  const model = (data, run, number, at) => {
    const right = !wrong(run, number);
    const guess = index.classes[index.predicted[run][number]];
    return make("section", { className: "evidence-model" },
      make("h3", {}, index.runs[run].title),
      make("p", { className: right ? "evidence-verdict evidence-true" : "evidence-verdict evidence-wrong" },
        `${right ? "✓" : "✗"} ${guess}, ${percent(inUnits(index.confidence[run][number], "share"))}`,
        make("span", {}, `loss ${decimals(inUnits(index.loss[run][number], "loss"), 2)}`)),
      bars(data, run, number, at), attribution(run, number), distances(data, run, number, at), neighbours(data, run, number, at));
  };

  const facts = (data, number, at) => {
    const names = index.classes;
    const term = (words, ...value) => make("div", {}, make("dt", {}, words), make("dd", {}, ...value));
    const rank = index.suspected.indexOf(index.rows[number]);
    const suggestion = index.quality ? index.suggested[number] : null;
    const large = paint(make("div", { className: "evidence-large", role: "img", ariaLabel: `The image, labelled ${names[index.labels[number]]}` }), "images", number);
    return make("div", { className: "evidence-facts" }, large, make("dl", {},
      term("Label", names[index.labels[number]]),
      index.quality ? term("Label quality", decimals(inUnits(index.quality[number], "share"), 2),
        rank < 0 ? null : make("small", { className: "evidence-wrong" }, `suspected, ${count(rank + 1)} of ${count(index.suspected.length)}`)) : null,
      suggestion === null ? null : term("Models suggest", names[suggestion]),
      term("In its file", `image ${count(data.indices[at])}`),
      ...Object.values(data.properties).map(({ title, values, below }) => term(
        title,
        decimals(inUnits(values[at], "property"), 2),
        make("small", {}, ` percentile ${decimals(100 * inUnits(below[at], "share"), 0)}`)))));
  };

  const card = (() => {
    let dialog = null, wanted = null, row = null, rows = [];
    const gallery = () => browser.current() ?? inline?.current();
    const step = (by) => {
      const next = rows[rows.indexOf(row) + by];
      if (next === undefined) return;
      history.replaceState(history.state, "", `#image-${next}`);
      route();
    };
    const build = () => {
      // Back to the tile of the image that was looked at last.
      dialog = makeDialog("evidence-card", "evidence-card-title", () => gallery()?.link(row)?.focus());
      dialog.element.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (by && !event.altKey && !event.ctrlKey && !event.metaKey) step(by);
      });
    };
    const head = (number) => {
      const errs = index.runs.filter((_, run) => wrong(run, number)).length;
      const verdict = errs ? `wrong in ${count(errs)} of ${count(index.runs.length)} models` : "right in every model";
      const at = rows.indexOf(row);
      const move = (by, words, sign) => make("button",
        { type: "button", ariaLabel: words, disabled: rows[at + by] === undefined, onclick: () => step(by) }, sign);
      return make("div", { className: "evidence-head" },
        make("div", {},
          make("h2", { id: "evidence-card-title", tabIndex: -1 }, `Test image ${count(row)}`),
          make("p", {}, `Labelled ${index.classes[index.labels[number]]}; ${verdict}.`)),
        at < 0 ? null : make("nav", { ariaLabel: "Images of the gallery" },
          move(-1, "Previous image", "‹"), make("span", {}, `${count(at + 1)} of ${count(rows.length)}`), move(1, "Next image", "›")),
        closeButton());
    };
    return {
      show: async (asked) => {
        if (wanted === asked) return;
        wanted = asked;
        const number = place.get(asked), at = number % index.perSheet;
        const name = `cards-${String(Math.floor(number / index.perSheet)).padStart(3, "0")}`;
        const data = await load(name).catch((problem) => {
          if (wanted === asked) wanted = null;
          throw problem;
        });
        if (wanted !== asked) return; // closed, or another card opened, meanwhile
        if (!dialog) build();
        row = asked;
        rows = gallery()?.rows() ?? [];
        const box = dialog.element;
        const used = box.contains(document.activeElement) ? document.activeElement.ariaLabel : null;
        box.replaceChildren(head(number), facts(data, number, at),
          make("div", { className: "evidence-models" }, ...index.runs.map((_, run) => model(data, run, number, at))));
        dialog.open();
        box.scrollTop = 0;
        // The button that was pressed stands there anew.
        const again = [...box.querySelectorAll("button:enabled")].find((button) => used && button.ariaLabel === used);
        (again ?? box.querySelector("h2")).focus();
      },
      close: () => {
        wanted = null;
        dialog?.close();
      },
    };
  })();

  // Confusion matrices --------------------------------------------------------------------------------------

  // Lays links over the cells of a drawn matrix; one stop in the order of keys, arrows move between the cells.
  const overlay = (holder) => {
    const { run, classes, counts, shown, panels } = JSON.parse(holder.textContent);
    const figure = document.getElementById(holder.dataset.for);
    const k = classes.length;
    panels.forEach(([left, top, width, height], panel) => {
      const box = make("div", { className: "evidence-cells", role: "group", ariaLabel: "Images in each cell" });
      Object.assign(box.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%`, height: `${100 * height}%` });
      const cells = new Map();
      counts.forEach((line, i) => line.forEach((value, j) => {
        const some = i === j ? shown[i] : value;
        if (!some) return;
        const words = i === j
          ? `${classes[i]} recognised: ${images(value)}${some < value ? `, ${count(some)} of them shown one by one` : ""}`
          : `${classes[i]} taken for ${classes[j]}: ${images(value)}`;
        const query = new URLSearchParams({ model: run, ...(i === j ? { show: "right" } : {}), true: i, ...(i === j ? {} : { predicted: j }) });
        const link = make("a", { href: `#errors?${query}`, ariaLabel: words, title: words, tabIndex: -1 });
        Object.assign(link.style, { left: `${(100 * j) / k}%`, top: `${(100 * i) / k}%`, width: `${100 / k}%`, height: `${100 / k}%` });
        cells.set(`${i},${j}`, link);
        link.dataset.cell = `${i},${j}`;
        box.append(link);
      }));
      // The second panel shows the same cells again.
      if (panel) box.ariaHidden = "true";
      else if (cells.size) cells.values().next().value.tabIndex = 0;
      box.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
        if (!by) return;
        event.preventDefault();
        let [i, j] = event.target.dataset.cell.split(",").map(Number);
        do { i += by[0]; j += by[1]; } while (i >= 0 && j >= 0 && i < k && j < k && !cells.has(`${i},${j}`));
        const next = cells.get(`${i},${j}`);
        if (!next) return;
        event.target.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      });
      figure.append(box);
    });
  };

  // Start ---------------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#image-"], a[href^="#errors"]');
    if (!link || !ours(link.hash) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    visit(link.hash);
  });
  window.addEventListener("popstate", () => route());
  // Others on the page scroll to what an address names; these name nothing on it. This script is the first to listen.
  window.addEventListener("hashchange", (event) => {
    if (ours(new URL(event.newURL).hash) || ours(new URL(event.oldURL).hash)) event.stopImmediatePropagation();
  });

  window.svhnlabEvidence = {
    /** Calls back once the bundle is there; never where there is none. */
    ready: (callback) => loadIndex().then((found) => found && callback(), () => {}),
    /** Whether an image of the test split is in the bundle (after ready). */
    has: (row) => place.has(row),
    /** Opens the card of an image. */
    open: (row) => visit(`#image-${row}`),
    /** Shows an image as the background of an element; false where it can't (yet). */
    thumbnail: (element, row) => Boolean(place.has(row) && paint(element, "images", place.get(row))),
  };

  const start = () => {
    document.querySelectorAll("script.evidence-matrix").forEach(overlay);
    const box = document.querySelector(".evidence-gallery");
    if (box) startInline(box);
    route();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
