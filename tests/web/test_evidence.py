"""Cards and galleries in a real browser: the built-in engine's pages of a synthetic study, opened from disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from svhnlab.analysis.calibration import log_losses
from svhnlab.analysis.causes import NAMES
from svhnlab.report.core.causes import cause_codes
from svhnlab.report.core.text import percent
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study()


@pytest.fixture
def site(evidence_site: Path) -> Path:
    return evidence_site


def address(site: Path, chapter: str, state: str = "") -> str:
    return f"{(site / 'chapters' / f'{chapter}.html').as_uri()}{state}"


def state(page: Page) -> str:
    """Return the part of the address after the name of the page."""
    return "#" + page.url.partition("#")[2]


def tiles(within: Page | Locator) -> Locator:
    return within.locator(".evidence-list a")


def rows(within: Page | Locator) -> list[int]:
    """Return the rows of the images in a gallery, in its order."""
    return [int(href.removeprefix("#image-")) for href in tiles(within).evaluate_all("all => all.map(a => a.hash)")]


def choice(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name, exact=True)


def errors_of(study: Study, run: str) -> np.ndarray:
    return study.runs[run].test.wrong


def sound_errors_of(study: Study, run: str) -> np.ndarray:
    """Errors at labels that are neither suspected nor known to be wrong."""
    return errors_of(study, run) & ~doubtful_labels(study)


def article(study: Study, row: int) -> str:
    """Return the class that an image shows, with its article."""
    assert study.data.true_labels is not None
    name = study.class_names[study.data.true_labels[row]]
    return f"{'an' if name == '8' else 'a'} {name}"


class TestConfusionMatrix:
    def test_click_on_a_cell_shows_its_images(self, page: Page, site: Path, study: Study) -> None:
        """A cell links to as many images as its count, and they have this confusion."""
        test = study.runs["cnn"].test
        confusion = np.zeros((10, 10), dtype=int)
        np.add.at(confusion, (test.labels, test.predicted), 1)
        np.fill_diagonal(confusion, 0)
        i, j = np.unravel_index(confusion.argmax(), confusion.shape)
        page.goto(address(site, "one"))
        page.get_by_role("link", name=f"{i} predicted as {j}: {confusion[i, j]} images").click()
        dialog = page.get_by_role("dialog", name="Images")
        expect(dialog.get_by_role("status")).to_have_text(
            f"{confusion[i, j]} images: errors of Two-layer CNN, labelled {i}, predicted as {j}."
        )
        assert set(rows(dialog)) == set(np.flatnonzero((test.labels == i) & (test.predicted == j)))
        assert state(page) == f"#errors?model=cnn&true={i}&predicted={j}&labels=all"
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert "#" not in page.url
        page.go_forward()
        expect(dialog).to_be_visible()
        page.go_back()
        expect(dialog).to_be_hidden()

    def test_cells_are_reached_by_keys(self, page: Page, site: Path) -> None:
        """One tab stop, arrows from cell to cell, and back to the cell after closing."""
        page.goto(address(site, "one"))
        cells = page.locator(".evidence-cells").first.locator("a")
        assert cells.evaluate_all("all => all.filter(a => a.tabIndex === 0).length") == 1
        cells.first.focus()
        page.keyboard.press("ArrowRight")
        focused = page.evaluate("document.activeElement.ariaLabel")
        assert re.match(r"0 predicted as \d: ", focused)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Images")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name="Images")).to_be_hidden()
        assert page.evaluate("document.activeElement.ariaLabel") == focused

    @pytest.mark.parametrize("width", [1280, 390])
    def test_links_lie_on_the_picture(self, page: Page, site: Path, width: int) -> None:
        """The links cover the cells at any width: of two panels or, on a phone, of one that does not scroll."""
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address(site, "one"))
        picture = page.locator(".evidence-figure img.light-content:visible")
        expect(picture).to_have_js_property("complete", True)
        image, figure = picture.bounding_box(), page.locator(".evidence-figure").bounding_box()
        assert image is not None
        assert figure is not None
        assert figure == pytest.approx(image, abs=1)
        panels = page.locator(".evidence-cells:visible")
        expect(panels).to_have_count(2 if width > 640 else 1)
        for panel in (one.bounding_box() for one in panels.all()):
            assert panel is not None
            assert panel["x"] >= image["x"]
            assert panel["x"] + panel["width"] <= min(image["x"] + image["width"], width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


class TestPairBars:
    """The bars that phones show instead of a matrix of many classes."""

    @pytest.fixture
    def pairs(self, study: Study) -> list[tuple[int, int]]:
        """The true and the predicted class of two confusions."""
        test = study.runs["cnn"].test
        found = sorted({(int(i), int(j)) for i, j in zip(test.labels, test.predicted, strict=True) if i != j})
        return found[:2]

    @pytest.fixture
    def bars(self, page: Page, site: Path, pairs: list[tuple[int, int]]) -> Iterator[Locator]:
        """The links of a page whose matrix has bars for phones, in its place."""
        original = site / "chapters" / "one.html"
        text = original.read_text(encoding="utf-8")
        place = f'"bars": {{"pairs": {[list(pair) for pair in pairs]}, "place": [0.1, 0.2, 0.8, 0.6]}}'
        changed = re.sub(r'"phone": ?\[\[.*?\]\], ?"bars": ?null', f'"phone": [], {place}', text)
        assert changed != text
        copy = original.with_name("bars.html")
        copy.write_text(changed, encoding="utf-8")
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(copy.as_uri())
        yield page.locator(".evidence-cells:visible").locator("a")
        copy.unlink()

    def test_mouse_and_keys(self, page: Page, bars: Locator, study: Study, pairs: list[tuple[int, int]]) -> None:
        """A bar opens exactly its images; the bars are one tab stop, and arrows move between them."""
        expect(bars).to_have_count(2)
        test, (first, (label, predicted)) = study.runs["cnn"].test, pairs
        assert [bar.get_attribute("tabindex") for bar in bars.all()] == ["0", "-1"]
        bars.first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Images")
        expect(tiles(dialog).first).to_be_visible()
        assert set(rows(dialog)) == set(np.flatnonzero((test.labels == label) & (test.predicted == predicted)))
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert page.evaluate("document.activeElement.ariaLabel").startswith(f"{label} predicted as {predicted}: ")
        bars.first.click()
        expect(dialog.get_by_role("status")).to_contain_text(f"labelled {first[0]}, predicted as {first[1]}")

    def test_finger(self, bars: Locator) -> None:
        """A bar is at least 24 pixels high."""
        for bar in bars.all():
            box = bar.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24


class TestGallery:
    def open(self, page: Page, site: Path, query: str = "") -> None:
        page.goto(address(site, "two", query))
        expect(tiles(page).first).to_be_visible()

    def test_filter_by_cause(self, page: Page, site: Path, study: Study) -> None:
        """A cause selects its errors whatever their labels, is in the address, and is on each card."""
        codes, place = cause_codes(study)[0], NAMES.index("degraded")
        self.open(page, site, "#errors?model=cnn&cause=look-alike")
        assert set(rows(page)) == set(np.flatnonzero(codes == NAMES.index("look-alike")))
        choice(page, "Cause").select_option(label="degraded picture")
        assert set(rows(page)) == set(np.flatnonzero(codes == place))
        expect(page.get_by_role("status")).to_have_text(
            f"{(codes == place).sum()} images: errors of Two-layer CNN, cause: degraded picture."
        )
        assert state(page) == "#errors?model=cnn&cause=degraded"
        tiles(page).first.click()
        cause = page.locator(".evidence-model").first.locator(".evidence-cause")
        expect(cause).to_have_text(
            re.compile(r"^Cause: degraded picture \(relative noise \d\.\d{3} \(threshold: at least \d\.\d{3}\)\)$")
        )

    @pytest.mark.parametrize(
        ("query", "explored"),
        [
            ("", "model=cnn&show=errors&slice=labels:sound"),
            ("model=resnet18&true=0&labels=all", "model=resnet18&show=errors&slice=class:0"),
            ("true=2&predicted=0", "model=cnn&show=errors&cells=2-0&slice=labels:sound"),
            ("cause=degraded", "model=cnn&show=errors&slice=cause:degraded"),
            ("show=only", None),
        ],
    )
    def test_link_to_the_explorer(self, page: Page, site: Path, query: str, explored: str | None) -> None:
        """The selection is linked in the explorer, if the site has one that can show it."""
        page.add_init_script(
            "addEventListener('DOMContentLoaded', () => document.body.insertAdjacentHTML('afterbegin',"
            '\'<nav aria-label="More"><a href="../explore.html">Explorer</a></nav>\'))'
        )
        page.goto(address(site, "two", f"#errors?{query}"))
        expect(page.locator(".evidence-status")).to_be_visible()
        link = page.get_by_role("link", name="Show these images in the explorer")
        if explored is None:
            expect(link).to_be_hidden()
        else:
            found = unquote(link.get_attribute("href") or "")
            assert found == f"{site.as_uri()}/explore.html#explore?{explored}"

    def test_filters_and_counts(self, page: Page, site: Path, study: Study) -> None:
        """Each filter selects the correct images, states their number, and is in the address."""
        self.open(page, site)
        status = page.get_by_role("status")
        wrong = {name: sound_errors_of(study, name) for name in study.runs}
        labels = study.data.test_labels
        expect(status).to_have_text(
            f"{wrong['cnn'].sum()} images: errors of Two-layer CNN, without suspected or known wrong labels."
        )
        choice(page, "Model").select_option(label="Two-layer CNN with augmentation")
        assert set(rows(page)) == set(np.flatnonzero(wrong["cnn-aug"]))
        choice(page, "Labelled as").select_option("2")
        found = np.flatnonzero(wrong["cnn-aug"] & (labels == 2))
        assert set(rows(page)) == set(found)
        expect(status).to_contain_text(f"{len(found)} image")
        assert state(page) == "#errors?model=cnn-aug&true=2"
        page.get_by_role("button", name="Reset").click()
        assert set(rows(page)) == set(np.flatnonzero(wrong["cnn"]))
        count = np.sum(list(wrong.values()), axis=0)
        for option, expected in {
            "Misclassified by every model": count == len(wrong),
            "Misclassified by this model only": wrong["cnn"] & (count == 1),
            "Fixed by ResNet-18 (random start)": wrong["cnn"] & ~wrong["resnet18"],
            "Broken by ResNet-18 (random start)": ~wrong["cnn"] & wrong["resnet18"],
        }.items():
            choice(page, "Images").select_option(label=option)
            assert set(rows(page)) == set(np.flatnonzero(expected)), option
            expect(status).to_contain_text(re.compile(rf"^{expected.sum()} image"))

    def test_doubtful_labels(self, page: Page, site: Path, study: Study) -> None:
        """Errors at suspected or known wrong labels are apart: left out at first, then with the others, then alone."""
        self.open(page, site)
        wrong, doubtful = errors_of(study, "cnn"), doubtful_labels(study)
        assert set(rows(page)) == set(np.flatnonzero(wrong & ~doubtful))
        choice(page, "Labels").select_option(label="all")
        assert set(rows(page)) == set(np.flatnonzero(wrong))
        assert state(page) == "#errors?model=cnn&labels=all"
        choice(page, "Labels").select_option(label="only suspected or known wrong labels")
        assert set(rows(page)) == set(np.flatnonzero(wrong & doubtful))

    def test_classes_are_those_of_the_labels(self, page: Page, site: Path, study: Study) -> None:
        """The filter "Labelled as" goes by the given label, also where it is known to be wrong, as the tiles do."""
        row = next(row for row in study.data.injected if errors_of(study, "cnn-aug")[row])
        label = study.data.test_labels[row]
        self.open(page, site, "#errors?model=cnn-aug&labels=all")
        choice(page, "Labelled as").select_option(study.class_names[label])
        assert set(rows(page)) == set(np.flatnonzero(errors_of(study, "cnn-aug") & (study.data.test_labels == label)))
        assert row in rows(page)

    def test_links_of_earlier_versions(self, page: Page, site: Path, study: Study) -> None:
        """A link to suspected labels in the form of earlier versions shows the doubtful ones."""
        self.open(page, site, "#errors?model=cnn&suspected=yes")
        assert set(rows(page)) == set(np.flatnonzero(errors_of(study, "cnn") & doubtful_labels(study)))

    def test_known_wrong_label_is_named(self, page: Page, site: Path, study: Study) -> None:
        """The tile of an image whose label is known to be wrong states what the image shows."""
        assert study.data.true_labels is not None
        row = next(row for row in study.data.injected if errors_of(study, "cnn-aug")[row])
        note = f"label known to be wrong: shows {article(study, row)}"
        self.open(page, site, "#errors?model=cnn-aug&labels=doubtful")
        tile = page.locator(f'a[data-row="{row}"]')
        expect(tile).to_have_attribute("title", note)
        expect(tile).to_have_accessible_name(re.compile(note))

    def test_orders(self, page: Page, site: Path, study: Study) -> None:
        """Images are in the chosen order."""
        self.open(page, site)
        test = study.runs["cnn"].test
        losses = log_losses(test.labels, test.probabilities)
        typical = np.abs(losses - np.median(losses[sound_errors_of(study, "cnn")]))
        assert (np.diff(typical[rows(page)]) > -2e-3).all()
        choice(page, "Order").select_option("loss")
        assert (np.diff(losses[rows(page)]) < 1e-3).all()
        choice(page, "Order").select_option("confidence")
        assert (np.diff(test.confidence[rows(page)]) < 1e-4).all()
        choice(page, "Order").select_option("label")
        assert study.statistics is not None
        assert (np.diff(study.statistics.labels.quality[rows(page)]) > -1e-4).all()

    def test_address_restores_the_choice(self, page: Page, site: Path, study: Study) -> None:
        """A link to a selection of images restores it; an invalid address is ignored."""
        self.open(page, site, "#errors?model=resnet18&show=broken:cnn&sort=confidence&true=0&predicted=99")
        wrong, small = errors_of(study, "resnet18"), errors_of(study, "cnn")
        expected = np.flatnonzero(~wrong & small & (study.data.test_labels == 0) & ~doubtful_labels(study))
        assert set(rows(page)) == set(expected)
        assert choice(page, "Model").locator("option:checked").inner_text() == "ResNet-18 (random start)"
        assert choice(page, "Order").input_value() == "confidence"
        assert choice(page, "Predicted as").input_value() == ""

    def test_still_picture_gives_way(self, page: Page, site: Path) -> None:
        """The static picture is shown without scripts, and replaced by the gallery with scripts."""
        self.open(page, site)
        expect(page.locator(".evidence-gallery img.light-content")).to_be_hidden()
        assert "evidence-gallery" in (site / "chapters" / "two.html").read_text(encoding="utf-8")

    def test_telephone(self, page: Page, site: Path) -> None:
        """Nothing is wider than a narrow screen, neither the gallery nor a card."""
        page.set_viewport_size({"width": 390, "height": 844})
        self.open(page, site)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        tiles(page).first.click()
        card = page.get_by_role("dialog")
        expect(card).to_be_visible()
        assert card.evaluate("card => card.scrollWidth") <= 390

    def test_keys_walk_the_images(self, page: Page, site: Path) -> None:
        """All images are one tab stop: arrows, Home and End move between them, Tab leaves them."""
        self.open(page, site, "#errors?model=cnn&show=right")
        order = rows(page)
        stops = page.locator(".evidence-list a[tabindex='0']")
        expect(stops).to_have_count(1)
        stops.focus()
        columns = page.evaluate(
            "() => { const all = [...document.querySelectorAll('.evidence-list a')];"
            " return all.filter((a) => a.offsetTop === all[0].offsetTop).length; }"
        )
        focused = "Number(document.activeElement.dataset.row)"
        for key, place in (("ArrowRight", 1), ("ArrowDown", 1 + columns), ("ArrowLeft", columns), ("ArrowUp", 0)):
            page.keyboard.press(key)
            assert page.evaluate(focused) == order[place], key
        page.keyboard.press("End")
        assert page.evaluate(focused) == order[-1]
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Show more (60 of")).to_be_focused()
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.closest('.evidence-gallery')")

    def test_more_images_on_request(self, page: Page, site: Path, study: Study) -> None:
        """A long list shows more images by its button, or when an arrow leads past its end."""
        self.open(page, site, "#errors?model=cnn&show=right")
        shown = study.runs["cnn"].evidence
        assert shown is not None
        expected = int((~errors_of(study, "cnn") & ~doubtful_labels(study))[shown.rows].sum())
        assert 60 < expected <= 180
        more = page.get_by_role("button", name="Show more")
        expect(tiles(page)).to_have_count(60)
        more.click()
        expect(tiles(page)).to_have_count(min(expected, 120))
        expect(tiles(page).nth(60)).to_be_focused()
        page.keyboard.press("End")
        page.keyboard.press("ArrowRight")
        expect(tiles(page)).to_have_count(expected)
        expect(more).to_be_hidden()

    def test_names_of_the_images(self, page: Page, site: Path, study: Study) -> None:
        """The name of a tile states label, prediction, the value with its quantity, and a doubtful label."""
        self.open(page, site, "#errors?model=cnn&labels=doubtful")
        suspected = study.statistics.labels.suspected
        row = next(row for row in rows(page) if row in suspected and row not in study.data.injected)
        test = study.runs["cnn"].test
        loss = log_losses(test.labels, test.probabilities)[row]
        tile = page.locator(f'a[data-row="{row}"]')
        start = f"{test.labels[row]} predicted as {test.predicted[row]}"
        expect(tile).to_have_accessible_name(f"{start}, loss {loss:.2f}, label suspected to be wrong")
        choice(page, "Order").select_option("margin")
        expect(tile).to_have_accessible_name(re.compile(rf"^{start}, margin [+−]\d+\.\d\d, label suspected"))

    def test_link_on_the_same_page(self, page: Page, site: Path) -> None:
        """A link to a selection takes the focus to the gallery, each time; Back returns to the link."""
        self.open(page, site)
        page.evaluate(
            "() => { const link = document.createElement('a'); link.textContent = 'Images of a cell';"
            " link.href = '#errors?model=cnn&true=1&labels=all'; document.querySelector('main').prepend(link); }"
        )
        link, status = page.get_by_role("link", name="Images of a cell"), page.locator(".evidence-status")
        for _ in range(2):
            link.focus()
            page.keyboard.press("Enter")
            expect(status).to_be_focused()
            expect(status).to_contain_text("labelled 1")
            expect(status).to_be_in_viewport()
            page.go_back()
            expect(link).to_be_focused()


class TestCard:
    def test_opened_by_its_address(self, page: Page, site: Path, study: Study) -> None:
        """A card shows every model's prediction of its image, on any page."""
        row = int(np.flatnonzero(sound_errors_of(study, "cnn"))[0])
        page.goto(address(site, "one", f"#image-{row}"))
        card = page.get_by_role("dialog", name=f"Test image {row}")
        expect(card).to_be_visible()
        label = study.class_names[study.data.test_labels[row]]
        assert f"Labelled {label}; misclassified by " in card.inner_text()
        models = card.locator(".evidence-model")
        assert models.count() == len(study.runs)
        for position, run in enumerate(study.runs.values()):
            words = models.nth(position).inner_text()
            assert run.title in words
            guess, confidence = study.class_names[run.test.predicted[row]], run.test.confidence[row]
            assert f"{guess}, {'> 99.9%' if confidence > 0.9995 else percent(confidence)}" in words
            assert study.statistics is not None
            sets = study.statistics.runs[run.name].prediction_sets
            members = [study.class_names[k] for k in np.flatnonzero(run.test.probabilities[row] >= sets.threshold)]
            shown_set = models.nth(position).locator(".evidence-set").inner_text().removeprefix("Prediction set: ")
            assert shown_set.replace(" or ", ", ").split(", ") == (members or ["empty"])
            assert run.evidence is not None
            nearest = [study.class_names[k] for k in run.evidence.neighbour_labels[row]]
            shown = models.nth(position).locator(".evidence-neighbours strong").all_inner_texts()
            assert shown == nearest
            centroid = run.evidence.centroids.means[study.data.test_labels[row]]
            distance = np.linalg.norm(run.test.features[row] - centroid)
            assert f"{distance:.2f}" in words
        assert study.statistics is not None
        assert f"{study.statistics.labels.quality[row]:.2f}" in card.locator(".evidence-facts").inner_text()

    def test_suspect_neighbours(self, page: Page, site: Path, study: Study) -> None:
        """Where the label of a nearest training image is suspected to be wrong, the card says so."""
        run = study.runs["cnn"]
        assert study.training_labels is not None
        assert run.evidence is not None
        suspect = np.isin(run.evidence.neighbours, study.training_labels.review.suspected)
        row = next(row for row in run.evidence.rows if suspect[row].sum() == 1)
        page.goto(address(site, "one", f"#image-{row}"))
        card = page.get_by_role("dialog", name=f"Test image {row}")
        expect(card).to_be_visible()
        nearest = card.locator(".evidence-model").first.locator(".evidence-neighbours")
        assert nearest.locator("li").nth(int(suspect[row].argmax())).inner_text().endswith("suspect")
        labels = [study.class_names[k] for k in run.evidence.neighbour_labels[row]]
        assert (
            nearest.locator("figcaption")
            .inner_text()
            .endswith(
                f"They are labelled {', '.join(labels[:-1])} and {labels[-1]}; one label is suspected to be wrong."
            )
        )

    def test_known_wrong_label(self, page: Page, site: Path, study: Study) -> None:
        """If the label is known to be wrong, the card says what the image shows, and judges the models by that."""
        truth = study.data.true_labels
        assert truth is not None
        row = int(study.data.injected[0])
        page.goto(address(site, "one", f"#image-{row}"))
        card = page.get_by_role("dialog", name=f"Test image {row}")
        expect(card).to_be_visible()
        label = study.class_names[study.data.test_labels[row]]
        note = f"label known to be wrong: shows {article(study, row)}"
        assert f"Labelled {label} ({note}); " in card.inner_text()
        expect(card.get_by_role("img", name=f"The image. Labelled {label} ({note})")).to_be_visible()
        for position, run in enumerate(study.runs.values()):
            verdict = card.locator(".evidence-verdict").nth(position)
            expect(verdict).to_contain_text("✓" if run.test.predicted[row] == truth[row] else "✗")
            expect(verdict).to_contain_text("loss against the label")

    def test_suspected_label_of_a_photograph(self, page: Page, site: Path, study: Study) -> None:
        """If the truth is unknown, a model that contradicts a suspected label is not called wrong."""
        assert study.statistics is not None
        suspected = study.statistics.labels.suspected
        row = int(next(row for row in suspected if errors_of(study, "cnn")[row]))
        page.goto(address(site, "two"))
        expect(tiles(page).first).to_be_visible()
        page.evaluate("window.svhnlabBundle.index.truth = null")
        page.evaluate(f"location.hash = '#image-{row}'")
        card = page.get_by_role("dialog", name=f"Test image {row}")
        expect(card).to_be_visible()
        wrong = sum(errors_of(study, name)[row] for name in study.runs)
        assert f"(label suspected to be wrong); {wrong} of 4 models predict another class." in card.inner_text()
        expect(card.locator(".evidence-verdict").first).to_contain_text("≠")

    def test_escape_closes_and_focus_returns(self, page: Page, site: Path) -> None:
        """From the gallery to a card, on to the next image, and back to that image's place in the gallery."""
        page.goto(address(site, "two"))
        expect(tiles(page).first).to_be_visible()
        order = rows(page)
        tiles(page).nth(1).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name=f"Test image {order[1]}")).to_be_visible()
        assert state(page) == f"#image-{order[1]}"
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("dialog", name=f"Test image {order[2]}")).to_be_visible()
        page.get_by_role("button", name="Previous image").click()
        expect(page.get_by_role("dialog", name=f"Test image {order[1]}")).to_be_visible()
        page.get_by_role("button", name="Next image").click()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert "#image" not in page.url
        expect(page.locator(f'a[data-row="{order[2]}"]')).to_be_focused()

    def test_back_closes(self, page: Page, site: Path) -> None:
        """The browser's Back closes a card, and Forward opens it again."""
        page.goto(address(site, "two"))
        tiles(page).first.click()
        card = page.get_by_role("dialog")
        expect(card).to_be_visible()
        page.go_back()
        expect(card).to_be_hidden()
        page.go_forward()
        expect(card).to_be_visible()

    def test_opened_over_a_gallery_dialog(self, page: Page, site: Path) -> None:
        """A cell opens its images, and an image opens its card; each Escape goes one step back."""
        page.goto(address(site, "one"))
        page.locator(".evidence-cells a[aria-label*=predicted]").first.click()
        images = page.get_by_role("dialog", name="Images")
        tiles(images).first.click()
        card = page.locator("dialog.evidence-card")
        expect(card).to_be_visible()
        page.keyboard.press("Escape")
        expect(card).to_be_hidden()
        expect(images).to_be_visible()
        page.keyboard.press("Escape")
        expect(images).to_be_hidden()

    def test_two_escapes_stay_on_the_page(self, page: Page, site: Path) -> None:
        """Chromium lets a page cancel the first Escape after a click only; the second closes its dialog, once."""
        page.goto(address(site, "one"))
        # Going back takes longer than closing a dialog, as on a large page.
        page.evaluate(
            "() => { const back = history.back; window.steps = 0;"
            " history.back = () => { window.steps += 1; setTimeout(() => back.call(history), 300); }; }"
        )
        page.locator(".evidence-cells a[aria-label*=predicted]").first.click()
        tiles(page).first.click()
        expect(page.locator("dialog.evidence-card")).to_be_visible()
        page.keyboard.press("Escape")
        page.wait_for_timeout(1000)  # Playwright's other waits count as a click
        page.keyboard.press("Escape")
        page.wait_for_timeout(1000)
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.url == address(site, "one")
        assert page.evaluate("window.steps") == 2

    def test_opened_again_at_once(self, page: Page, site: Path) -> None:
        """A dialog opened again before the browser sends its close event, a frame later, stays open."""
        page.goto(address(site, "one"))
        link = page.locator(".evidence-cells a[aria-label*=predicted]").first
        link.click()
        dialog = page.get_by_role("dialog", name="Images")
        expect(dialog).to_be_visible()
        opened = state(page)
        # The page's own listener closes the dialog first, then the link opens it in the same task.
        link.evaluate("link => addEventListener('popstate', () => link.click(), { once: true })")
        page.evaluate(
            "() => { window.reported = new Promise((done) => document.querySelector('dialog[open]')"
            ".addEventListener('close', () => setTimeout(done, 100))); }"
        )
        page.keyboard.press("Escape")
        page.evaluate("window.reported")
        expect(dialog).to_be_visible()
        assert state(page) == opened

    def test_image_without_a_card(self, page: Page, site: Path, study: Study) -> None:
        """An image without evidence has a card with its predictions; an unknown number says so."""
        total = len(study.data.test_labels)
        shown = study.runs["cnn"].evidence.rows
        row = next(row for row in range(total) if row not in shown)
        page.goto(address(site, "one", f"#image-{row}"))
        card = page.get_by_role("dialog", name=f"Test image {row}")
        expect(card).to_contain_text(f"Labelled {study.data.test_labels[row]}; correct in every model.")
        expect(card.locator("tbody tr")).to_have_count(4)
        page.evaluate(f"location.hash = '#image-{shown[0]}'")
        expect(page.get_by_role("dialog", name=f"Test image {shown[0]}")).to_contain_text("Labelled")
        page.evaluate("location.hash = '#image-999999'")
        expect(page.get_by_role("dialog", name="Test image 999,999")).to_contain_text("no test image with this")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()

    def test_without_the_data_of_all_images(self, page: Page, site: Path, study: Study) -> None:
        """Without the data of all images, the address of an image without evidence says how many images have a card."""
        total = len(study.data.test_labels)
        shown = study.runs["cnn"].evidence.rows
        row = next(row for row in range(total) if row not in shown)
        page.route("**/evidence/explorer.js", lambda route: route.fulfill(body=""))
        page.goto(address(site, "one", f"#image-{row}"))
        cards = f"{len(shown)} of the {total} test images have a card"
        message = page.get_by_role("dialog", name=f"Test image {row}")
        expect(message).to_contain_text(f"This image has no card. {cards}: all that a model misclassifies")

    def test_words_for_a_screen_reader(self, page: Page, site: Path, study: Study) -> None:
        """The verdict has words for its sign and spaces between its parts; the attribution has a name."""
        row = int(np.flatnonzero(sound_errors_of(study, "cnn"))[0])
        page.goto(address(site, "one", f"#image-{row}"))
        model = page.get_by_role("dialog").locator(".evidence-model").first
        assert re.fullmatch(
            r"✗ wrong: \d, [\d.]+% loss \d+\.\d\d", model.locator(".evidence-verdict").text_content() or ""
        )
        test = study.runs["cnn"].test
        name = f"Parts of the image that are evidence for {test.predicted[row]} or for {test.labels[row]}"
        expect(model.get_by_role("img", name=name)).to_be_visible()
