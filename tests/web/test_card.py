"""Cards of single images, and how they open and close, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from svhnlab.report.core.text import percent
from svhnlab.store.schema import Study
from tests.web.evidence_page import address, article, errors_of, rows, sound_errors_of, state, tiles


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
