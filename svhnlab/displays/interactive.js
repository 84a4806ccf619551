// Shows a Plotly figure in place of its static picture, in the colours of the page, for mouse and keyboard.
window.svhnlabInteractive ||= (name) => {
  const box = document.getElementById(name);
  const still = document.getElementById(name + "-static");
  const data = JSON.parse(document.getElementById(name + "-data").textContent);
  const dark = () =>
    document.documentElement.dataset.theme === "dark" ||
    document.body.classList.contains("quarto-dark");
  const layout = () => data.layouts[dark() ? "dark" : "light"];
  const hasWebGL = () => {
    try {
      const context = document.createElement("canvas").getContext("webgl");
      context?.getExtension("WEBGL_lose_context")?.loseContext();
      return Boolean(context);
    } catch {
      return false;
    }
  };

  const turn = (event) => {
    const step = {
      ArrowLeft: [-0.12, 0, 1], ArrowRight: [0.12, 0, 1], ArrowUp: [0, 0.12, 1], ArrowDown: [0, -0.12, 1],
      "+": [0, 0, 0.9], "=": [0, 0, 0.9], "-": [0, 0, 1 / 0.9],
    }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target !== box) return;
    event.preventDefault();
    const camera = box._fullLayout.scene._scene.getCamera();
    const { x, y, z } = camera.eye;
    const radius = Math.hypot(x, y, z);
    const around = Math.atan2(y, x) + step[0];
    const height = Math.max(-1.5, Math.min(1.5, Math.asin(z / radius) + step[1]));
    const away = Math.max(0.5, Math.min(5, radius * step[2]));
    Plotly.relayout(box, {
      "scene.camera": {
        up: { x: 0, y: 0, z: 1 },
        center: camera.center,
        eye: {
          x: away * Math.cos(height) * Math.cos(around),
          y: away * Math.cos(height) * Math.sin(around),
          z: away * Math.sin(height),
        },
      },
    });
  };

  const show = () => {
    box.hidden = false;
    const figure = data.figure;
    Plotly.newPlot(box, figure.data, figure.layout, {
      responsive: true, displaylogo: false, modeBarButtonsToRemove: ["toImage", "tableRotation"],
      scrollZoom: false,
      // Plotly would offer to upload the figure to its cloud.
      showSendToCloud: false,
    }).then(() => {
      still.hidden = true;
      still.style.display = "none";
      Plotly.relayout(box, layout());
      box.addEventListener("keydown", turn);
      const watcher = new MutationObserver(() => Plotly.relayout(box, layout()));
      watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
      watcher.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    }).catch(() => { box.hidden = true; });
  };

  const start = () => {
    if (!window.Plotly || !hasWebGL()) return;
    // Browsers hold few WebGL figures at once: make this one when it comes near.
    new IntersectionObserver((entries, observer) => {
      if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); show(); }
    }, { rootMargin: "300px" }).observe(still);
  };
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
};
