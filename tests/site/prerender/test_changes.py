"""Changed versions of single images in the form that pages load."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from PIL import Image

from svhnlab.report.robustness.examples import changed_images
from svhnlab.site.prerender.changes import PER_FILE, write_changes
from svhnlab.site.prerender.evidence import shown_rows
from tests.fixtures.fakes import fake_study


def test_predictions_and_pictures(tmp_path):
    """Each image has its stored predictions and a line of pictures, without a change first."""
    study = fake_study(n_test=80)
    rows = shown_rows(study)
    shared = write_changes(study, rows, tmp_path)
    robustness = study.robustness
    assert [row for row in rows if row in set(robustness.rows)] == rows[shared["images"]].tolist()
    assert [step["strength"] for step in shared["corruptions"][0]["steps"]] == ["0.4 px", "0.7 px", "1 px"]
    place = PER_FILE + 2
    row = int(rows[shared["images"][place]])
    text = (tmp_path / "changes-001.js").read_text(encoding="utf-8")
    head, body = text.split(" = ", 1)
    assert head == '(window.svhnlabChanges ??= {})["changes-001"]'
    image = json.loads(body.removesuffix(";\n"))[2]
    column = np.searchsorted(robustness.rows, row)
    assert image["predicted"] == [robustness.predicted[name][:, column].tolist() for name in study.runs]
    assert set(map(tuple, image["confidence"])) == {(75,) * shared["conditions"]}
    sheet = np.asarray(Image.open(tmp_path / "changes-001.webp"), dtype=float)
    assert sheet.shape[1] == 32 * shared["conditions"]
    line = sheet[64:96].reshape(32, -1, 32, 3).transpose(1, 3, 0, 2)
    # the sheet is compressed with loss: compare the mean colours
    expected = changed_images(study, row).mean(axis=(1, 2, 3))
    assert np.abs(line.mean(axis=(1, 2, 3)) - expected).max() < 12


def test_not_computed(tmp_path):
    """A study without predictions on changed images writes nothing."""
    study = replace(fake_study(n_test=40), robustness=None)
    assert write_changes(study, shown_rows(study), tmp_path) is None
    assert not list(tmp_path.iterdir())
