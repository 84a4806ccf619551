"""The list and the images of the label review, as files that load from disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from svhnlab.analysis.label_audit import choose_images
from svhnlab.site.prerender.evidence import COLUMNS, PER_SHEET
from svhnlab.site.prerender.label_review import write_review
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_numbers


def written(study: Study, folder: Path) -> dict[str, Any]:
    """Write the list of a study and read it."""
    folder.mkdir()
    write_review(study, folder)
    head, body = (folder / "review.js").read_text(encoding="utf-8").split(" = ", 1)
    assert head == "window.svhnlabReview"
    content: dict[str, Any] = json.loads(body.removesuffix(";\n"))
    return content


class TestWriteReview:
    def test_list(self, tmp_path: Path) -> None:
        """The list has number, label and the models' class of each image; its pictures are exact."""
        study = with_numbers(fake_study(n_test=260))
        content = written(study, tmp_path / "evidence")
        assert study.statistics is not None
        rows = choose_images(study.statistics.labels.suspected, 260, study.data.images_digest)
        assert content["images"] == (7 * rows + 3).tolist()
        assert content["labels"] == study.data.test_labels[rows].tolist()
        assert content["suggested"] == study.statistics.labels.suggested[rows].tolist()
        assert (content["study"], content["testImages"]) == (study.key, study.data.images_digest)
        for position in (0, 101, len(rows) - 1):
            sheet = np.asarray(Image.open(tmp_path / "evidence" / f"review-{position // PER_SHEET:03d}.webp"))
            line, column = divmod(position % PER_SHEET, COLUMNS)
            shown = sheet[32 * line : 32 * line + 32, 32 * column : 32 * column + 32, :3]
            np.testing.assert_array_equal(shown, np.moveaxis(study.data.test_images[rows[position]], 0, -1))

    def test_other_list_other_name(self, tmp_path: Path) -> None:
        """The list has another digest if it has other images."""
        first, again = (written(fake_study(n_test=300), tmp_path / name)["list"] for name in "ab")
        other = written(fake_study(n_test=300, seed=1), tmp_path / "c")["list"]
        assert first == again != other

    def test_without_statistics(self, tmp_path: Path) -> None:
        """Without statistics no label is suspected yet, and there is no list."""
        write_review(fake_study(n_test=20, with_embedding=False), tmp_path)
        assert list(tmp_path.iterdir()) == []
