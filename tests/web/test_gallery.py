"""The gallery of misclassified images in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from svhnlab.analysis.calibration import log_losses
from svhnlab.analysis.causes import NAMES
from svhnlab.report.core.causes import cause_codes
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.store.schema import Study
from tests.web.evidence_page import address, article, choice, errors_of, rows, sound_errors_of, state, tiles


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
