"""Maps of feature space in a real browser, opened from disk: rotation by keys, switches, hover, clicks and touch."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from matplotlib.colors import to_rgb
from playwright.sync_api import Browser, Locator, Page, expect

from svhnlab.report.core.style import THEMES
from svhnlab.report.core.text import number
from svhnlab.report.features.maps import EmbeddingMaps2D, EmbeddingMaps3D
from svhnlab.store.schema import RunResult, Study
from svhnlab.web import resources
from svhnlab.web.content_policy import add_policies
from svhnlab.web.resources import plain_script, resource_text, write_resource
from tests.fixtures.browser import wait_until
from tests.fixtures.fakes import fake_study

#: Replaces the evidence on single images, and records the calls of the maps.
EVIDENCE = """
window.opened = [];
window.painted = [];
export const loadImages = () => {};
export const hasImage = () => {has_images};
export const paintImage = (box, row) => { window.painted.push(row); box.style.background = "teal"; };
export const labelNote = () => window.note ?? "";
export const openImage = (row) => window.opened.push(row);
"""
CAMERA = "document.querySelector('.map-plot').layout.scene.camera.eye"
FIRST = "document.querySelector('.map-plot').data[1].x[0]"


@pytest.fixture(scope="module")
def runs(study: Study) -> list[RunResult]:
    return list(study.runs.values())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, study: Study) -> Path:
    """A page for each of both displays, with and without single images."""
    folder = tmp_path_factory.mktemp("maps")
    with pytest.MonkeyPatch.context() as patch, as_file(files("plotly") / "package_data/plotly.min.js") as plotly:
        patch.chdir(folder)
        assets = folder / "assets"
        assets.mkdir()
        shutil.copy(plotly, assets)
        write_resource("svhnlab.css", folder)
        scripts = folder / "scripts"
        shutil.copytree(Path(resources.__file__).parent, scripts)
        (scripts / "start.js").write_text('import { startMaps } from "./maps/maps.js";\nstartMaps();\n')
        for suffix, has_images in (("", "true"), ("-alone", "false")):
            (scripts / "evidence" / "evidence.js").write_text(EVIDENCE.replace("{has_images}", has_images))
            (assets / f"maps{suffix}.js").write_text(plain_script(scripts / "start.js"))
        many = fake_study(runs=("cnn",), class_names=[f"kind {k}" for k in range(45)])
        for name, display, shown in (
            ("flat", EmbeddingMaps2D, study),
            ("spatial", EmbeddingMaps3D, study),
            ("many", EmbeddingMaps2D, many),
        ):
            text = display.from_study(shown).markdown()
            raw = re.search(r"```\{=html\}\n(.*?)\n```", text, re.DOTALL)[1]
            still = re.search(r"#(\S+-static)", text)[1]
            for suffix in ("", "-alone"):
                (folder / f"{name}{suffix}.html").write_text(
                    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
                    '<meta name="viewport" content="width=device-width"><title>Maps</title>'
                    '<link rel="stylesheet" href="svhnlab.css">'
                    f'<script defer src="assets/maps{suffix}.js"></script></head><body class="quarto-light"><main>'
                    f'<div id="{still}"><p>still</p></div>{raw}</main>',
                    encoding="utf-8",
                )
    add_policies(folder)
    return folder


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A page on a telephone with a touch screen."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


def open_map(page: Page, file: Path) -> Locator:
    """Open a page and wait for its map."""
    page.goto(file.as_uri())
    plot = page.locator(".map-plot")
    expect(page.locator("[id$='-static']")).to_be_hidden()
    expect(plot.locator(".main-svg").first).to_be_visible(timeout=30_000)  # WebGL without a GPU is slow
    return plot


CORRECT, WRONG = 1, 2  # positions of a map's traces


#: A number of each map's view that a move sideways changes, and that zooming in makes smaller.
VIEWS = {"flat": "document.querySelector('.map-plot')._fullLayout.xaxis.range[1]", "spatial": f"{CAMERA}.x"}


def errors_on_map(runs: list[RunResult]) -> list[int]:
    """Return the images of the crosses on the first map, in their order."""
    rows = runs[0].embedding.rows
    return rows[runs[0].test.wrong[rows]].tolist()


def place_of(page: Page, plot: Locator, trace: int, number: int = 0) -> tuple[float, float]:
    """Return where an image of a trace of the flat map is in the window."""
    place = page.evaluate(
        """([trace, number]) => {
          const plot = document.querySelector(".map-plot"), { xaxis, yaxis } = plot._fullLayout;
          const { x, y } = plot.data[trace];
          return [xaxis._offset + xaxis.l2p(x[number]), yaxis._offset + yaxis.l2p(y[number])];
        }""",
        [trace, number],
    )
    frame = plot.bounding_box()
    assert frame is not None
    return frame["x"] + place[0], frame["y"] + place[1]


def point_at(page: Page, plot: Locator, trace: int = CORRECT) -> None:
    """Move the pointer over the first image of a trace of the flat map."""
    x, y = place_of(page, plot, trace)
    page.mouse.move(x - 2, y)
    page.mouse.move(x, y, steps=2)


def look_at(page: Page, plot: Locator, number: int) -> tuple[float, float]:
    """Centre the view of the spatial map on an error, and return where it is in the window."""
    page.evaluate(
        """async (number) => {
          const plot = document.querySelector(".map-plot"), { x, y, z } = plot.data[2];
          const range = 2 * 1.04;
          const center = { x: x[number] / range, y: y[number] / range, z: z[number] / range };
          const eye = { x: center.x + 0.2, y: center.y + 0.2, z: center.z + 0.1 };
          await Plotly.relayout(plot, { "scene.camera": { up: { x: 0, y: 0, z: 1 }, center, eye } });
        }""",
        number,
    )
    frame = plot.bounding_box()
    assert frame is not None
    return frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2


class TestSpatial:
    def test_keys_turn(self, page, folder):
        """With the focus on the map, arrow keys rotate it and + zooms in."""
        plot = open_map(page, folder / "spatial.html")
        before = page.evaluate(CAMERA)
        plot.focus()
        page.keyboard.press("ArrowLeft")
        wait_until(page, f"{CAMERA}.x !== {before['x']}")
        turned = page.evaluate(CAMERA)
        assert turned["z"] == pytest.approx(before["z"])
        page.keyboard.press("+")
        wait_until(page, f"Math.abs({CAMERA}.z) < {0.9 * before['z']}")

    def test_models_share_the_camera(self, page, folder, runs):
        """Another model has other points and scores in the same view."""
        plot = open_map(page, folder / "spatial.html")
        plot.focus()
        page.keyboard.press("ArrowUp")
        camera, point = page.evaluate(CAMERA), page.evaluate(FIRST)
        expect(page.locator(".map-scores")).to_contain_text(f"{runs[0].test.wrong[runs[0].embedding.rows].sum()} of")
        # Shift+Tab goes back from the map to the switches; arrow keys choose in a group of radio buttons.
        page.locator(".map-models input").first.focus()
        page.keyboard.press("ArrowRight")
        wait_until(page, f"{FIRST} !== {point}")
        assert page.evaluate(CAMERA) == pytest.approx(camera)
        expect(page.locator(".map-scores")).to_contain_text(f"{runs[1].test.wrong[runs[1].embedding.rows].sum()} of")

    def test_many_classes(self, page, folder):
        """Many classes are in a list instead of buttons."""
        open_map(page, folder / "many.html")
        page.get_by_role("combobox", name="True class").select_option("kind 3")
        wait_until(page, "document.querySelector('.map-plot').data[0].x.length > 0")
        expect(page.locator(".map-points summary")).to_contain_text("of class kind 3")

    def test_class_and_errors(self, page, folder, runs):
        """The map can show one class, and only errors."""
        open_map(page, folder / "spatial.html")
        test, rows = runs[0].test, runs[0].embedding.rows
        page.locator(".map-classes input").nth(4).check()
        sizes = "document.querySelector('.map-plot').data.map((trace) => trace.x.length)"
        own, wrong = test.labels[rows] == 3, test.wrong[rows]
        wait_until(page, f"{sizes}[0] > 0")
        assert page.evaluate(sizes) == [(~own).sum(), (own & ~wrong).sum(), (own & wrong).sum(), 1]
        expect(page.locator(".map-scores")).to_contain_text("Silhouette of class 3")
        expect(page.locator(".map-scores")).to_contain_text(
            number(runs[0].embedding.scores["spatial"].silhouette[3], 2)
        )
        page.locator(".map-errors input").check()
        wait_until(page, f"{sizes}[0] === 0")
        assert page.evaluate(sizes)[1:3] == [0, (own & wrong).sum()]

    def test_without_webgl(self, page, folder, runs):
        """Without WebGL only the static picture is shown, with the reason and the name of its model."""
        page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
        page.goto((folder / "spatial.html").as_uri())
        page.wait_for_load_state("load")
        expect(page.locator("[id$='-static']")).to_contain_text(
            f"needs WebGL, which this browser does not offer. The picture shows the map of {runs[-1].title} from two"
        )
        expect(page.locator(".feature-maps")).to_be_hidden()

    def test_point_opens_image(self, page, folder, runs):
        """A point on the spatial map shows its thumbnail, and a click without rotation opens it."""
        plot = open_map(page, folder / "spatial.html")
        centre = look_at(page, plot, 0)
        page.mouse.move(centre[0] - 3, centre[1])
        page.mouse.move(*centre, steps=3)
        expect(page.locator(".map-tip")).to_be_visible()
        page.mouse.click(*centre)
        wait_until(page, "window.opened.length === 1")
        opened = page.evaluate("window.opened[0]")
        assert opened == page.evaluate("window.painted.at(-1)") == errors_on_map(runs)[0]

    def test_points_are_where_plotly_draws_them(self, page, folder):
        """The positions of the points in pixels, by which they are chosen, agree with the matrices of Plotly."""
        plot = open_map(page, folder / "spatial.html")
        plot.press("ArrowLeft")
        plot.press("ArrowUp")
        plot.press("n")
        expect(page.locator(".map-ring")).to_be_visible()
        wait_until(  # Plotly draws in the next frame
            page,
            """(() => {
              const plot = document.querySelector(".map-plot"), { x, y, z } = plot.data[2];
              const { glplot, dataScale } = plot._fullLayout.scene._scene;
              const { model, view, projection } = glplot.cameraParams;
              const place = [projection, view, model].reduceRight((point, matrix) =>
                [0, 1, 2, 3].map((i) => [0, 1, 2, 3].reduce((sum, k) => sum + matrix[4 * k + i] * point[k], 0)),
                [x[0] * dataScale[0], y[0] * dataScale[1], z[0] * dataScale[2], 1]);
              const { left, top } = document.querySelector(".map-ring").style;
              return Math.hypot((1 + place[0] / place[3]) / 2 * plot.clientWidth - parseFloat(left),
                (1 - place[1] / place[3]) / 2 * plot.clientHeight - parseFloat(top)) < 1;
            })()""",
        )


class TestTouch:
    @pytest.mark.parametrize("name", ["flat", "spatial"])
    def test_first_tap_shows_second_opens(self, phone, folder, runs, name):
        """A tap shows the image of its point, not of an earlier one; a second tap there opens the card."""
        plot = open_map(phone, folder / f"{name}.html")
        for k, row in enumerate(errors_on_map(runs)[:2]):
            place = look_at(phone, plot, k) if name == "spatial" else place_of(phone, plot, WRONG, k)
            phone.touchscreen.tap(*place)
            expect(phone.locator(".map-tip")).to_be_visible()
            assert phone.evaluate("window.painted.at(-1)") == row
            assert phone.evaluate("window.opened.length") == k
            phone.touchscreen.tap(*place)
            assert phone.evaluate("window.opened.at(-1)") == row
            assert phone.evaluate("window.opened.length") == k + 1

    @pytest.mark.parametrize("name", ["flat", "spatial"])
    def test_page_scrolls(self, phone, folder, name):
        """A finger that moves up over a map scrolls the page; one that moves sideways moves the map."""
        plot = open_map(phone, folder / f"{name}.html")
        phone.add_style_tag(content="main { padding-bottom: 200vh; }")
        plot.evaluate("plot => plot.scrollIntoView({ block: 'center', behavior: 'instant' })")
        frame = plot.bounding_box()
        swipe = phone.context.new_cdp_session(phone)

        def drag(right: int, down: int) -> None:
            x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
            for step in range(11):
                place = {"x": x + right * step / 10, "y": y + down * step / 10}
                kind = "touchMove" if step else "touchStart"
                swipe.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
            swipe.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        before, view = phone.evaluate("scrollY"), VIEWS[name]
        whole = phone.evaluate(view)
        drag(120, 0)
        wait_until(phone, f"{view} !== {whole}")
        assert phone.evaluate("scrollY") == before
        moved = phone.evaluate(view)
        drag(0, -200)
        wait_until(phone, f"scrollY > {before + 100}")
        assert phone.evaluate(view) == pytest.approx(moved)


class TestWheel:
    @pytest.mark.parametrize("name", ["flat", "spatial"])
    def test_scrolls_the_page(self, page, folder, name):
        """The wheel scrolls the page over a map, and zooms with Ctrl."""
        plot = open_map(page, folder / f"{name}.html")
        page.add_style_tag(content="main { padding-bottom: 200vh; }")
        whole = page.evaluate(VIEWS[name])
        plot.hover()
        page.mouse.wheel(0, 120)
        wait_until(page, "scrollY === 120")
        assert page.evaluate(VIEWS[name]) == whole
        page.keyboard.down("Control")
        page.mouse.wheel(0, -120)
        wait_until(page, f"{VIEWS[name]} < {whole}")
        assert page.evaluate("scrollY") == 120


class TestKeys:
    def test_walk_the_points(self, page, folder, runs):
        """N and P go through the points, errors first, each with its image and in words; Enter opens the card."""
        plot = open_map(page, folder / "flat.html")
        test, rows, errors = runs[0].test, runs[0].embedding.rows, errors_on_map(runs)
        for key, place in (("n", 0), ("n", 1), ("p", 0), ("p", len(rows) - 1), ("n", 0)):
            plot.press(key)
            expect(page.locator(".map-status")).to_contain_text(f"{place + 1} of {len(rows)}: True ")
        row = errors[0]
        assert page.evaluate("window.painted.at(-1)") == row
        expect(page.locator(".map-tip")).to_contain_text(f"True {test.labels[row]}, predicted {test.predicted[row]}")
        page.keyboard.press("Enter")
        assert page.evaluate("window.opened") == [row]

    def test_list_of_the_points(self, page, folder, runs):
        """A list names the shown points and marks the focused one; map and list say what is shown."""
        plot = open_map(page, folder / "flat.html")
        test, rows = runs[0].test, runs[0].embedding.rows
        page.locator(".map-errors input").check()
        page.locator(".map-classes input").nth(4).check()
        wrong = rows[test.wrong[rows] & (test.labels[rows] == 3)]
        shown = f"{len(wrong)} images of class 3, {len(wrong)} misclassified"
        expect(plot).to_have_accessible_name(f"Map of {runs[0].title}: {shown}")
        expect(plot.get_by_role("img")).to_have_count(0)  # no nameless picture inside
        page.get_by_text(f"List of the points: {shown}").click()
        links = page.locator(".map-list a")
        expect(links).to_have_count(len(wrong))
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        row = wrong[1]
        expect(links.nth(1)).to_be_focused()
        expect(links.nth(1)).to_contain_text(f"Image {row}: True 3, predicted {test.predicted[row]}, confidence")
        assert page.evaluate("window.painted.at(-1)") == row
        expect(page.locator(".map-ring")).to_be_visible()


class TestFlat:
    def test_hover_and_click(self, page, folder, runs):
        """Hovering over a point shows its image, label and prediction; a click opens the card."""
        plot = open_map(page, folder / "flat.html")
        point_at(page, plot)
        tip = page.locator(".map-tip")
        expect(tip).to_be_visible()
        page.mouse.down()
        page.mouse.up()
        # read after the click: on a busy machine the tip of a point on the way is still visible before
        row = page.evaluate("window.painted.at(-1)")
        test = runs[0].test
        expect(tip).to_contain_text(f"True {test.labels[row]}, predicted {test.predicted[row]}")
        assert page.evaluate("window.opened") == [row]

    def test_wrong_label_is_named(self, page, folder, runs):
        """Hovering over an image whose label is known to be wrong states what it shows."""
        plot = open_map(page, folder / "flat.html")
        page.evaluate("window.note = 'label known to be wrong: shows a 1'")
        point_at(page, plot)
        tip = page.locator(".map-tip")
        expect(tip).to_be_visible()
        row = page.evaluate("window.painted.at(-1)")
        expect(tip).to_contain_text(f"Labelled {runs[0].test.labels[row]}, predicted")
        expect(tip).to_contain_text("label known to be wrong: shows a 1")

    def test_drag_is_no_click(self, page, folder):
        """Dragging the map opens no card."""
        plot = open_map(page, folder / "flat.html")
        point_at(page, plot)
        page.mouse.down()
        page.mouse.move(500, 600, steps=4)
        page.mouse.up()
        assert page.evaluate("window.opened") == []

    def test_view_is_kept(self, page, folder):
        """The zoom is kept when the model changes, until the view is reset."""
        plot = open_map(page, folder / "flat.html")
        ranges = "document.querySelector('.map-plot')._fullLayout.xaxis.range"
        whole = page.evaluate(ranges)
        plot.focus()
        page.keyboard.press("+")
        wait_until(page, f"{ranges}[1] < {0.9 * whole[1]}")
        near = page.evaluate(ranges)
        point = page.evaluate(FIRST)
        page.locator(".map-models input").nth(2).check()
        wait_until(page, f"{FIRST} !== {point}")
        assert page.evaluate(ranges) == pytest.approx(near)
        page.locator(".map-reset").click()
        wait_until(page, f"Math.abs({ranges}[1] - {whole[1]}) < 1e-6")

    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 800)])
    def test_enlarged(self, page, folder, width, height, theme):
        """The enlarged map is larger in each direction and has the page's background; closing it keeps the focus."""
        page.set_viewport_size({"width": width, "height": height})
        plot = open_map(page, folder / "flat.html")
        page.evaluate(f"document.body.className = 'quarto-{theme}'")
        page.add_style_tag(content="main { max-width: 40rem; padding: 0 1.5rem; }")  # as narrow as a report's page
        button = page.locator(".map-enlarge")
        drawn = page.locator(".map-plot .main-svg").first
        before = plot.bounding_box()
        button.focus()
        page.keyboard.press("Enter")
        expect(button).to_have_text("Close")
        wait_until(page, f"document.querySelector('.map-plot .main-svg').clientHeight > {before['height']}")
        after = plot.bounding_box()
        assert after["width"] > before["width"]
        assert drawn.bounding_box()["height"] == pytest.approx(after["height"], abs=1)
        colour = ", ".join(str(round(255 * part)) for part in to_rgb(THEMES[theme].page))
        expect(page.locator(".feature-maps")).to_have_css("background-color", f"rgb({colour})")
        page.keyboard.press("Enter")
        expect(button).to_have_text("Enlarge")
        expect(button).to_be_focused()
        wait_until(page, f"document.querySelector('.map-plot .main-svg').clientHeight == {before['height']}")

    def test_the_narrower_its_place_the_farther_the_map(self, page, folder):
        """On a phone, and enlarged to another shape, as much of a spatial map is visible, with the same rotation."""
        radius = f"Math.hypot({CAMERA}.x, {CAMERA}.y, {CAMERA}.z)"
        turned = f"Math.atan2({CAMERA}.y, {CAMERA}.x)"
        wide = "document.querySelector('.map-plot').clientWidth / document.querySelector('.map-plot').clientHeight"
        page.set_viewport_size({"width": 1280, "height": 800})
        open_map(page, folder / "spatial.html")
        near, far = page.evaluate(radius), page.evaluate(wide)
        page.locator(".map-plot").press("ArrowRight")
        wait_until(page, f"{turned} > 0.7")
        page.set_viewport_size({"width": 1000, "height": 1000})
        page.locator(".map-enlarge").press("Enter")
        wait_until(page, f"{radius} > {near * 1.05}")
        assert page.evaluate(turned) == pytest.approx(0.7635, abs=1e-3)
        assert page.evaluate(wide) < far
        page.locator(".map-enlarge").press("Enter")
        wait_until(page, f"{radius} < {near * 1.05}")
        page.set_viewport_size({"width": 390, "height": 800})
        open_map(page, folder / "spatial.html")
        assert page.evaluate(radius) > near * 1.05

    def test_without_evidence(self, page, folder):
        """Without images, hovering shows only text, and a click does nothing."""
        plot = open_map(page, folder / "flat-alone.html")
        point_at(page, plot)
        expect(page.locator(".map-tip p")).to_contain_text("True ")
        expect(page.locator(".map-tip div")).to_be_hidden()
        page.mouse.down()
        page.mouse.up()

    def test_never_offers_an_upload(self):
        """Plotly has no button that uploads the figure."""
        assert "showSendToCloud: false" in resource_text("report.js")

    def test_anchor_below_a_map(self, page, reading_site):
        """The address of a figure leads there, although the gallery and the map above it replace their pictures."""
        page.set_viewport_size({"width": 1280, "height": 300})  # the figure is the last one of its page
        page.goto(f"{(reading_site / 'chapters' / 'two.html').as_uri()}#fig-accuracy")
        expect(page.locator(".map-plot .main-svg").first).to_be_visible(timeout=30_000)
        top = "Math.round(document.querySelector('#fig-accuracy').getBoundingClientRect().top)"
        wait_until(page, f"{top} === 24")  # the page scrolls smoothly

    def test_card_of_an_error(self, page, reading_site):
        """On a page of the report, hovering over an error shows its picture, and a click opens its card."""
        page.goto((reading_site / "chapters" / "two.html").as_uri())
        page.locator("#fig-map").scroll_into_view_if_needed()
        plot = page.locator(".map-plot")
        expect(plot.locator(".main-svg").first).to_be_visible(timeout=30_000)
        wait_until(page, "Object.keys(window.svhnlabBundle ?? {}).includes('index')")
        plot.scroll_into_view_if_needed()
        point_at(page, plot, WRONG)
        expect(page.locator(".map-tip div")).to_be_visible()
        assert "evidence/images-" in page.locator(".map-tip div").evaluate("box => box.style.backgroundImage")
        page.mouse.down()
        page.mouse.up()
        expect(page.get_by_role("dialog", name="Test image")).to_be_visible()
