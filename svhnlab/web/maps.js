// Maps of feature space: one figure for all models, for mouse, keyboard and touch. The static picture stays where
// Plotly or WebGL are missing.
window.svhnlabMaps ||= (name) => {
  const box = document.getElementById(name);
  const still = document.getElementById(`${name}-static`);
  const data = JSON.parse(document.getElementById(`${name}-data`).textContent);
  const find = (selector) => box.querySelector(selector);
  const [plot, tip, scores, errors] = [".map-plot", ".map-tip", ".map-scores", ".map-errors input"].map(find);
  const flat = data.dimensions === 2;
  const chosen = (kind) => Number(find(`.map-${kind} input:checked`).value);

  // The axes are the same for all models: what is seen stays in place while the model changes.
  const around = (span) => [(-1.04 * span) / data.reach, (1.04 * span) / data.reach];
  const hidden = { visible: false, showspikes: false };
  // The narrower its place, the farther off the map, so that all of it is seen.
  const away = () => Math.max(1, (1.45 * plot.clientHeight) / plot.clientWidth);
  const home = () => {
    if (flat) return { x: around(data.spans[0]), y: around(data.spans[1]) };
    const [x, y, z] = [0.8, 0.6, 0.32].map((side) => side * away());
    return { up: { x: 0, y: 0, z: 1 }, center: { x: 0, y: 0, z: 0 }, eye: { x, y, z } };
  };
  const axis3d = { ...hidden, range: around(data.reach) };
  const layout = () => ({
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    hovermode: "closest",
    dragmode: flat ? "pan" : "turntable",
    ...(flat
      ? { xaxis: { ...hidden, range: home().x }, yaxis: { ...hidden, range: home().y, scaleanchor: "x" } }
      : { scene: { camera: home(), aspectmode: "cube", xaxis: axis3d, yaxis: axis3d, zaxis: axis3d } }),
  });

  // Plotly reads texts as a kind of HTML.
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  let shown = []; // for each trace the numbers of its images
  const traces = () => {
    const run = data.runs[chosen("models")];
    const only = chosen("classes");
    const style = getComputedStyle(plot);
    const page = style.getPropertyValue("--page");
    const mine = (k) => only < 0 || k === only;
    const wrong = (i) => run.predicted[i] !== data.labels[i];
    const images = (wanted) => data.labels.flatMap((k, i) => (wanted(k, i) ? [i] : []));
    const centred = data.names.flatMap((_, k) => (run.centres[k] && mine(k) ? [k] : []));
    const right = errors.checked ? [] : images((k, i) => mine(k) && !wrong(i));
    const mistakes = images((k, i) => mine(k) && wrong(i));
    // The other classes stay as a pale background for the one that is picked.
    const others = errors.checked ? [] : images((k) => !mine(k));
    shown = [others, right, mistakes];
    const coloured = (members) => members.map((i) => data.colours[data.labels[i]]);
    // Ten classes share one mark, which is drawn faster than a list of marks.
    const symbol = (members) =>
      new Set(data.symbols).size > 1 ? members.map((i) => data.symbols[data.labels[i]]) : data.symbols[0];
    const trace = (points, settings) => ({
      type: flat ? "scatter" : "scatter3d", mode: "markers",
      ...Object.fromEntries(["x", "y", "z"].slice(0, data.dimensions).map((axis, d) =>
        [axis, points.map((point) => point[d] / data.reach)])),
      ...settings,
    });
    const at = (members) => members.map((i) => run.points.map((axis) => axis[i]));
    const none = { width: 0 };
    return [
      trace(at(others), {
        hoverinfo: "skip", marker: { size: flat ? 4 : 2, color: style.color, opacity: 0.14, line: none },
      }),
      trace(at(right), {
        hoverinfo: "none", marker: {
          size: flat ? 5.5 : 3, color: coloured(right), symbol: symbol(right), opacity: 0.85, line: none,
        },
      }),
      trace(at(mistakes), {
        hoverinfo: "none",
        ...(flat
          ? { marker: { symbol: "x", size: 8, color: coloured(mistakes), opacity: 1, line: { width: 1, color: page } } }
          // A letter that every font has: WebGL markers are letters too, and some fonts lack Plotly's crosses.
          : { mode: "text", text: "×", textfont: { size: 20, weight: 900, color: coloured(mistakes) } }),
      }),
      trace(centred.map((k) => run.centres[k]), {
        mode: "text", hoverinfo: "skip", text: centred.map((k) => plain(data.onMap[k])),
        textfont: {
          size: data.nameSize, weight: 700, color: style.color,
          ...(flat && { shadow: `0 0 3px ${page}, 0 0 4px ${page}` }),
        },
      }),
    ];
  };

  const draw = () => {
    leave();
    const run = data.runs[chosen("models")];
    const only = chosen("classes");
    const lines = [...run.scores, only < 0 ? run.silhouette : run.silhouettes[only]];
    scores.replaceChildren(...lines.map(([term, value]) => {
      const line = document.createElement("div");
      line.append(
        Object.assign(document.createElement("dt"), { textContent: term }),
        Object.assign(document.createElement("dd"), { textContent: value }),
      );
      return line;
    }));
    // Plotly keeps what the reader turned and moved in the layout that it was given.
    return Plotly.react(plot, traces(), plot.layout || layout(), {
      responsive: true, displayModeBar: false, scrollZoom: false, doubleClick: false,
      showSendToCloud: false, // never offer to upload the figure
    });
  };

  // Moving -------------------------------------------------------------------------------------------------------

  // How far a key goes: to the right, up, and by which factor farther away.
  const steps = {
    ArrowLeft: [-1, 0, 1], ArrowRight: [1, 0, 1], ArrowUp: [0, 1, 1], ArrowDown: [0, -1, 1],
    "+": [0, 0, 0.85], "=": [0, 0, 0.85], "-": [0, 0, 1 / 0.85],
  };
  const move = ([right, up, farther]) => {
    if (flat) {
      const moved = (axis, by) => {
        const [low, high] = plot.layout[axis].range;
        const middle = (low + high) / 2 + by * 0.1 * (high - low);
        const half = ((high - low) / 2) * farther;
        return [middle - half, middle + half];
      };
      return Plotly.relayout(plot, { "xaxis.range": moved("xaxis", right), "yaxis.range": moved("yaxis", up) });
    }
    const { eye, center } = plot.layout.scene.camera;
    const radius = Math.hypot(eye.x, eye.y, eye.z);
    const turned = Math.atan2(eye.y, eye.x) + 0.12 * right;
    const height = Math.max(-1.5, Math.min(1.5, Math.asin(eye.z / radius) + 0.12 * up));
    const distance = Math.max(0.3, Math.min(5, radius * farther));
    return Plotly.relayout(plot, {
      "scene.camera": {
        up: { x: 0, y: 0, z: 1 },
        center,
        eye: {
          x: distance * Math.cos(height) * Math.cos(turned),
          y: distance * Math.cos(height) * Math.sin(turned),
          z: distance * Math.sin(height),
        },
      },
    });
  };
  const reset = () => Plotly.relayout(plot, flat
    ? { "xaxis.range": home().x, "yaxis.range": home().y }
    : { "scene.camera": home() });
  const key = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in steps)) return;
    event.preventDefault();
    move(steps[event.key]);
  };

  // Single images ------------------------------------------------------------------------------------------------

  let hovered = null;
  const hover = ({ points: [point] }) => {
    hovered = shown[point.curveNumber][point.pointNumber];
    const run = data.runs[chosen("models")];
    const [picture, words] = tip.children;
    const [label, guess] = [data.labels[hovered], run.predicted[hovered]].map((k) => data.names[k]);
    const sure = run.confidence[hovered] / 10;
    // Looked up each time: the images may arrive after the map. False is the answer where one is not there.
    picture.hidden = !window.svhnlabEvidence || window.svhnlabEvidence.thumbnail(picture, data.rows[hovered]) === false;
    words.textContent =
      `True ${label}, predicted ${guess}\nConfidence ${sure > 99.9 ? "> 99.9" : sure.toFixed(1)}%`;
    tip.hidden = false;
  };
  const leave = () => { tip.hidden = true; hovered = null; };
  const follow = (event) => {
    const frame = plot.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    const aside = x > frame.width / 2;
    tip.style.left = aside ? "auto" : `${x + 14}px`;
    tip.style.right = aside ? `${frame.width - x + 14}px` : "auto";
    tip.style.top = `${Math.max(0, Math.min(y - 30, frame.height - 90))}px`;
  };
  // A turn of the map is not a click, and Plotly keeps some clicks to itself.
  let pressed = null;
  const press = (event) => { pressed = { image: hovered, x: event.clientX, y: event.clientY }; };
  const release = (event) => {
    const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 4;
    if (still && pressed.image !== null) window.svhnlabEvidence?.open(data.rows[pressed.image]);
    pressed = null;
  };

  // Plotly is large: it is loaded when the first map comes near, from beside the site's other scripts.
  const loadPlotly = () => (window.svhnlabPlotly ||= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve();
    const script = document.createElement("script");
    script.src = new URL("plotly.min.js", document.querySelector('script[src$="assets/evidence.js"]').src);
    Object.assign(script, { onload: resolve, onerror: reject });
    document.head.append(script);
  }));

  const show = () => {
    loadPlotly().then(() => {
      box.hidden = false;
      return draw();
    }).then(() => {
      still.hidden = true;
      still.style.display = "none";
      plot.on("plotly_hover", hover);
      plot.on("plotly_unhover", leave);
      plot.addEventListener("keydown", key);
      plot.addEventListener("pointermove", follow);
      plot.addEventListener("pointerleave", leave);
      plot.addEventListener("pointerdown", press, true);
      window.addEventListener("pointerup", release, true);
      box.addEventListener("change", draw);
      find(".map-closer").addEventListener("click", () => move(steps["+"]));
      find(".map-farther").addEventListener("click", () => move(steps["-"]));
      find(".map-reset").addEventListener("click", reset);
      let distance = away();
      const wide = find(".map-enlarge");
      wide.hidden = !document.fullscreenEnabled;
      wide.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : box.requestFullscreen()));
      box.addEventListener("fullscreenchange", () => {
        wide.textContent = document.fullscreenElement === box ? "Close" : "Enlarge";
        Plotly.Plots.resize(plot);
        if (flat) return;
        // As much of the map is seen as before.
        move([0, 0, away() / distance]);
        distance = away();
      });
      window.svhnlabEvidence?.ready?.(() => {});
      // Words take the colour of the page's text.
      const watcher = new MutationObserver(draw);
      watcher.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    }).catch((problem) => { box.hidden = true; console.error(problem); });
  };

  const hasWebGL = () => {
    const context = document.createElement("canvas").getContext("webgl");
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return Boolean(context);
  };
  const start = () => {
    if (!(flat || hasWebGL())) return;
    // Browsers hold few WebGL figures at once: make this one when it comes near.
    new IntersectionObserver((entries, observer) => {
      if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); show(); }
    }, { rootMargin: "300px" }).observe(still);
  };
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
};
