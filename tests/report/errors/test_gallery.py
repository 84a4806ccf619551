"""The gallery of errors, and the links on the cells of a confusion matrix."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from svhnlab.report.core.truth import doubtful_labels
from svhnlab.report.errors.confusion_matrix import ConfusionMatrix
from svhnlab.report.errors.gallery import ErrorGallery, PrintGallery
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study


def cells(matrix: ConfusionMatrix) -> dict:
    """The data of the links in a matrix's Markdown."""
    found = re.search(r'class="evidence-matrix" data-for="([^"]+)">(.*?)</script>', matrix.markdown())
    assert found
    assert f"#{found[1]} .evidence-figure" in matrix.markdown()
    return json.loads(found[2])


class TestErrorGallery:
    def test_parts(self, study: Study) -> None:
        """Images that all models misclassify come first, then those that only one model misclassifies."""
        doubtful = doubtful_labels(study)
        wrong = np.array([run.test.wrong & ~doubtful for run in study.runs.values()])
        frame = ErrorGallery.from_study(study).frame()
        parts = ErrorGallery.from_study(study).parts
        assert len(parts) == 2 + len(study.runs)
        assert (
            f"Misclassified only by Two-layer CNN: {(wrong[0] & (wrong.sum(axis=0) == 1)).sum()} images"
            == parts[1].heading
        )
        for row, kind in zip(frame["image"], frame["kind"], strict=True):
            if kind.startswith("Misclassified by every"):
                assert wrong[:, row].all()
            elif kind.startswith("Misclassified only"):
                assert wrong[:, row].sum() == 1

    def test_doubtful_labels_are_apart(self, study: Study) -> None:
        """Images with suspected or known wrong labels are in a row of their own, the last, and marked."""
        doubtful = doubtful_labels(study)
        *others, last = ErrorGallery.from_study(study).parts
        assert not doubtful[np.concatenate([part.gallery.numbers for part in others])].any()
        assert last.heading.startswith("Suspected or known wrong labels (ResNet-18")
        assert doubtful[last.gallery.numbers].all()
        assert all(last.gallery.notes)
        photographs = fake_study(n_test=200, kind="official")
        assert ErrorGallery.from_study(photographs).parts[-1].heading.startswith("Suspected labels (")

    def test_titles_are_drawn(self, study: Study) -> None:
        """Each row of images has its heading."""
        display = ErrorGallery.from_study(study)
        figure = display.plot()
        assert [ax.get_title("left") for ax in figure.axes] == [part.heading for part in display.parts]

    def test_page_and_paper(self, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A page has the static picture where the script inserts its gallery; the PDF has only the picture."""
        monkeypatch.chdir(tmp_path)
        page, paper = ErrorGallery.from_study(study).markdown().split('unless-format="html"')
        assert "{#errors .evidence-gallery}" in page
        assert "light-content" in page
        assert "evidence" not in paper

    def test_single_run(self) -> None:
        """A study of one run has one row with all its errors."""
        lone = fake_study(n_test=60, runs=("cnn",))
        part, last = ErrorGallery.from_study(lone).parts
        assert last.heading.startswith("Suspected or known wrong labels (Two-layer CNN)")
        assert part.heading.startswith("Errors of Two-layer CNN: ")

    def test_no_errors(self) -> None:
        """Without an error the picture has a note."""
        assert "there is no such error" in ErrorGallery.from_study(fake_study(n_test=40, noise=0)).alt


class TestPrintGallery:
    def test_parts(self, study: Study) -> None:
        """The most accurate model's errors are in three orders, followed by those that depend on augmentation."""
        parts = PrintGallery.from_study(study).parts
        wrong = {name: run.test.wrong for name, run in study.runs.items()}
        best = min(wrong, key=lambda name: wrong[name].sum())
        assert best.startswith("resnet18")
        orders = [part.gallery.order for part in parts]
        assert orders == ["confidence", "margin", "label", "typical", "typical"]
        assert all(part.heading.startswith(study.runs[best].title) for part in parts[:3])
        mended, made = (part.gallery for part in parts[3:])
        sound = ~doubtful_labels(study)
        assert mended.candidates == (wrong["resnet18"] & ~wrong["resnet18-aug"] & sound).sum()
        assert made.candidates == (wrong["resnet18-aug"] & ~wrong["resnet18"] & sound).sum()
        assert sound[np.concatenate([part.gallery.numbers for part in (*parts[:2], *parts[3:])])].all()

    def test_paper_alone(self, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only the picture for print is drawn."""
        monkeypatch.chdir(tmp_path)
        assert "-print.svg" in PrintGallery.from_study(study).markdown()
        assert len(list(tmp_path.rglob("*.svg"))) == 1


class TestConfusionLinks:
    @pytest.mark.parametrize(("classes", "panels"), [(10, 2), (12, 1)])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_boxes_are_those_of_the_drawn_axes(self, classes, panels, theme) -> None:
        """Links lie exactly on the cells of the picture in either theme."""
        names = tuple(str(k) for k in range(classes))
        matrix = ConfusionMatrix.from_study(fake_study(n_test=200, runs=("cnn",), class_names=names), "cnn")
        svg = matrix.svg(theme).decode()
        width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())  # type: ignore[union-attr]
        drawn = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/>', svg)
        expected = [(float(x) / width, float(y) / height, float(w) / width, float(h) / height) for x, y, w, h in drawn]
        assert len(expected) == panels
        for box in matrix.panel_boxes():
            # A picture's coordinates are rounded to a tenth of a point.
            assert any(box == pytest.approx(other, abs=0.15 / height) for other in expected)

    def test_numbers(self, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Links have the configuration, the counts, and how many of the correctly classified images can be shown."""
        monkeypatch.chdir(tmp_path)
        run = study.runs["resnet18"]
        matrix = ConfusionMatrix.from_study(study, "resnet18")
        data = cells(matrix)
        assert data["run"] == "resnet18"
        assert data["counts"] == matrix.evaluation.confusion.tolist()
        assert run.evidence is not None
        correct = [row for row in run.evidence.rows if not run.test.wrong[row]]
        assert data["shown"] == np.bincount(run.test.labels[correct], minlength=10).tolist()

    def test_bars_of_phones(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The bars of many classes have the classes of their images, and lie within the picture; a matrix has none."""
        monkeypatch.chdir(tmp_path)
        names = tuple(f"class {k}" for k in range(12))
        matrix = ConfusionMatrix.from_study(fake_study(n_test=200, runs=("cnn",), class_names=names), "cnn")
        data = cells(matrix)
        assert data["phone"] == []
        phone = matrix.for_phone()
        assert phone is not None
        (ax,) = phone.plot().axes
        pairs = [f"{names[true]} → {names[predicted]}" for true, predicted in data["bars"]["pairs"]]
        assert pairs == [text.get_text() for text in ax.texts if "→" in text.get_text()]
        left, top, width, height = data["bars"]["place"]
        assert height * phone.size[1] == pytest.approx(0.36 * len(pairs), rel=0.1)
        assert left >= 0
        assert 0 < top < top + height <= 1
        assert width > 0.9
        assert cells(ConfusionMatrix.from_study(fake_study(n_test=200), "cnn"))["bars"] is None

    def test_without_evidence_no_links(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only cells whose images can be shown are links."""
        monkeypatch.chdir(tmp_path)
        bare = fake_study(n_test=50, with_embedding=False)
        assert "evidence" not in ConfusionMatrix.from_study(bare, "cnn").markdown()

    def test_names_from_outside_stay_text(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A class name can't end the script element."""
        monkeypatch.chdir(tmp_path)
        names = ("</script>", *"123456789")
        evil = fake_study(n_test=50, class_names=names)
        assert cells(ConfusionMatrix.from_study(evil, "cnn"))["classes"] == list(names)
