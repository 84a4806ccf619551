"""Time of the explorer in a browser: first view, and JavaScript for each frame, with as many images as SVHN has.

Maps are moved and zoomed in two dimensions, then rotated in three.

    python -m benchmarks.measurements.explorer --results results

The test images of a stored study are repeated, with some noise in their features, until there are enough of them. The
page is opened from disk in Chromium. Without a graphics card, Chromium draws with the processor, so the time between
two frames is longer than with one; the time in JavaScript is not.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from svhnlab.site.checks import FLAGS, find_chromium
from svhnlab.site.prerender.explorer import write_explorer
from svhnlab.store.schema import RunResult, Study
from svhnlab.store.study import open_study
from svhnlab.web.resources import write_page_files

SVHN = 26_032
"""Test images of SVHN."""
FRAMES = 120
_NOISE = 0.3  # added to the features of repeated images, in standard deviations
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Explorer</title>
<link rel="stylesheet" href="assets/evidence.css"><link rel="stylesheet" href="assets/fonts.css">
<link rel="stylesheet" href="assets/svhnlab.css"><script defer src="assets/report.js"></script></head>
<body class="quarto-light"><main><h1>Explorer</h1><div class="test-explorer"></div></main></body></html>"""
# Records when the explorer is complete and drawn, and the time in JavaScript of every frame.
_WATCH = """
window.frames = new Map();
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => request((now) => {
  const start = performance.now();
  draw(now);
  window.frames.set(now, (window.frames.get(now) ?? 0) + performance.now() - start);
});
new MutationObserver((_, observer) => {
  if (!document.querySelector("[data-selected]")) return;
  observer.disconnect();
  request(() => request(() => { window.ready = performance.now(); }));
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
# Drags or zooms the map in every frame; returns the times between frames.
_DRIVE = """([count, wheel]) => new Promise((done) => {
  window.frames.clear();
  const plot = document.querySelector(".explorer-plot");
  plot.setPointerCapture = () => {}; // there is no real pointer
  const box = plot.getBoundingClientRect();
  const place = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true, cancelable: true };
  const pointer = { ...place, pointerId: 7, pointerType: "touch", button: 0 };
  if (!wheel) plot.dispatchEvent(new PointerEvent("pointerdown", pointer));
  const times = [];
  let step = 0;
  const next = (now) => {
    times.push(now);
    if (++step > count) {
      if (!wheel) plot.dispatchEvent(new PointerEvent("pointercancel", pointer));
      done({ between: times.slice(1).map((time, i) => time - times[i]), script: [...window.frames.values()] });
      return;
    }
    const away = 40 * Math.sin(step / 10);
    const moved = { ...pointer, clientX: place.clientX + away, clientY: place.clientY + away };
    const turned = { ...place, ctrlKey: true, deltaY: step < count / 2 ? -4 : 4 };
    plot.dispatchEvent(wheel ? new WheelEvent("wheel", turned) : new PointerEvent("pointermove", moved));
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})"""
# Returns the milliseconds of one change of the selection, with all views.
_SELECT = """() => new Promise((done) => {
  const field = document.querySelector('[aria-label="Confidence, from"]');
  const times = [];
  const next = () => {
    if (times.length === 9) return done(times.sort((a, b) => a - b)[4]);
    field.value = String(0.2 + 0.05 * times.length);
    const start = performance.now();
    field.dispatchEvent(new Event("change"));
    times.push(performance.now() - start);
    setTimeout(next, 100);
  };
  next();
})"""


def enlarged(study: Study, total: int) -> Study:
    """Return a study with `total` test images, which repeat those of a study."""
    n = len(study.data.test_labels)
    source = np.arange(total) % n
    rng = np.random.default_rng(0)

    def longer(value: NDArray[Any]) -> NDArray[Any]:
        axis = next((axis for axis, size in enumerate(value.shape) if size == n), None)
        return value if axis is None else np.take(value, source, axis=axis)

    def of_images(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return longer(value)
        if isinstance(value, dict):
            return {key: of_images(one) for key, one in value.items()}
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: of_images(getattr(value, field.name)) for field in fields(value)})
        return value

    def run_of(run: RunResult) -> RunResult:
        test = of_images(run.test)
        noise = rng.normal(size=test.features.shape) * (source != np.arange(total))[:, None]
        features = test.features + (_NOISE * test.features.std() * noise).astype(np.float32)
        return replace(run, test=replace(test, features=features))

    data = study.data
    numbers = {**data.indices, "test": np.arange(total)}
    true_labels = None if data.true_labels is None else longer(data.true_labels)
    changed = replace(
        data,
        test_images=longer(data.test_images),
        test_labels=longer(data.test_labels),
        true_labels=true_labels,
        indices=numbers,
    )
    statistics = study.statistics and replace(study.statistics, properties=of_images(study.statistics.properties))
    runs = {name: run_of(run) for name, run in study.runs.items()}
    return replace(study, data=changed, runs=runs, statistics=statistics, causes=of_images(study.causes))


def measure(browser: Browser, folder: Path) -> dict[str, Any]:
    """Return the times in milliseconds and the bytes of the page in a folder."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(_WATCH)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto((folder / "explore.html").as_uri())
    page.wait_for_function("window.ready")
    page.wait_for_timeout(1_500)
    first = {"first view": page.evaluate("window.ready"), "bytes before zooming": _size(folder, loaded)}
    in_plane = {**_frames(page, "moving", "zooming"), **_single(page)}
    start = page.evaluate("performance.now()")
    page.get_by_role("radio", name="3-D").check()
    page.wait_for_function("document.querySelector('.explorer-plot canvas').ariaLabel.startsWith('3-D')")
    switch = page.evaluate("performance.now()") - start
    in_space = {**_frames(page, "rotating", "zooming"), **_single(page)}
    page.get_by_label("Second model").select_option("1")
    page.wait_for_timeout(1_000)
    two = _frames(page, "rotating", "zooming")
    return {
        **first,
        "2-D": in_plane,
        "bytes for 3-D": (folder / "evidence" / "space.js").stat().st_size,
        "switch to 3-D": switch,
        "3-D": in_space,
        "two models in 3-D": two,
    }


def _frames(page: Page, drag: str, zoom: str) -> dict[str, dict[str, float]]:
    """Return the milliseconds of JavaScript for each frame, and between frames, while the reader drags and zooms.

    The processor time of the scripts, which includes that of this measurement, depends less on other programs.
    """
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    result = {}
    for name, wheel in ((drag, False), (zoom, True)):
        start = _script_seconds(session)
        times = page.evaluate(_DRIVE, [FRAMES, wheel])
        result[f"{name}, processor"] = {"mean": 1_000 * (_script_seconds(session) - start) / FRAMES}
        for kind in ("script", "between"):
            shown = {"median": float(np.median(times[kind])), "95%": float(np.quantile(times[kind], 0.95))}
            result[f"{name}, {kind}"] = shown
    return result


def _script_seconds(session: CDPSession) -> float:
    """Return the processor time of all scripts of a page."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "ScriptDuration"))


def _single(page: Page) -> dict[str, float]:
    """Return the milliseconds of JavaScript for a movement of the pointer and for a new selection."""
    return {"pointer on the map, script": _hover(page), "new selection, script": page.evaluate(_SELECT)}


def _hover(page: Page) -> float:
    """Return the mean milliseconds of JavaScript for a movement of the pointer over the map."""
    return float(
        page.evaluate(
            """() => {
              const plot = document.querySelector(".explorer-plot");
              const box = plot.getBoundingClientRect();
              const start = performance.now();
              const middle = { clientY: box.y + box.height / 2, pointerType: "mouse", bubbles: true };
              for (let i = 0; i < 100; i++) {
                const clientX = box.x + (i / 100) * box.width;
                plot.dispatchEvent(new PointerEvent("pointermove", { ...middle, clientX }));
              }
              return (performance.now() - start) / 100;
            }"""
        )
    )


def _size(folder: Path, addresses: list[str]) -> int:
    files = {folder / address.removeprefix(folder.as_uri() + "/").split("#")[0] for address in addresses}
    return sum(file.stat().st_size for file in files if file.is_file())


@click.command()
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--images", default=SVHN, show_default=True)
def main(results: Path, images: int) -> None:
    """Measure the explorer with the images of a stored study, repeated."""
    study = enlarged(open_study(results), images)
    with TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        write_page_files(folder / "assets")
        (folder / "evidence").mkdir()
        write_explorer(study, folder / "evidence")
        (folder / "explore.html").write_text(_PAGE, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        files = sum(file.stat().st_size for file in (folder / "evidence").iterdir())
        click.echo(json.dumps({"images": images, "bytes in all": files, **measure(browser, folder)}, indent=1))
        browser.close()


if __name__ == "__main__":
    main()
