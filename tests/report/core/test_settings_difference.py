"""Settings in which two runs differ."""

from __future__ import annotations

from typing import Any

from svhnlab.report.core.settings_difference import describe_settings, differing_settings
from svhnlab.store.schema import RunResult, Study
from tests.report.helpers import plain, with_settings


def changed(study: Study, name: str, **recipe: Any) -> RunResult:
    """The run with other values in its recipe."""
    settings = {**study.runs[name].settings["recipe"], **recipe}
    return with_settings(study, name, recipe=settings).runs[name]


class TestDifferingSettings:
    def test_one_difference(self, study: Study) -> None:
        """The same model without and with augmentation differs in nothing else."""
        assert differing_settings(study.runs["cnn"], study.runs["cnn-aug"]) == ["augmentation"]
        assert differing_settings(study.runs["cnn"], study.runs["cnn"]) == []

    def test_values(self, study: Study) -> None:
        """Settings are named with their values in the order of the runs, the model first."""
        cnn, resnet = study.runs["cnn"], study.runs["resnet18"]
        expected = ["model", "epochs (8 and 3)", "peak learning rate (0.002 and 0.001)"]
        assert differing_settings(cnn, resnet) == expected
        assert differing_settings(resnet, cnn)[1] == "epochs (3 and 8)"
        batch = changed(study, "cnn", batch_size=64, test_shift=1)
        assert differing_settings(cnn, batch) == ["batch size (128 and 64)", "test-time augmentation"]

    def test_optimiser(self, study: Study) -> None:
        """The optimiser is named; older runs, which do not record Muon, have AdamW."""
        cnn, muon = study.runs["cnn"], changed(study, "cnn", muon=True)
        assert differing_settings(cnn, muon) == ["optimiser (AdamW and AdamW with Muon)"]
        recipe = {name: value for name, value in cnn.settings["recipe"].items() if name != "muon"}
        assert differing_settings(with_settings(study, "cnn", recipe=recipe).runs["cnn"], cnn) == []

    def test_weights_images_and_seed(self, study: Study) -> None:
        """Initial weights are named by kind; two files of weights differ without values."""
        start = {"kind": "imagenet", "digest": "f37072fd"}
        other = with_settings(study, "resnet18", start=start, image_count=600, seed=1).runs["resnet18"]
        assert differing_settings(study.runs["resnet18"], other) == [
            "initial weights (random start and ImageNet)",
            "number of training images (1200 and 600)",
            "seed (0 and 1)",
        ]
        files = [
            with_settings(study, "resnet18", start={"kind": "file", "digest": digest}).runs["resnet18"]
            for digest in ("a", "b")
        ]
        assert differing_settings(*files) == ["initial weights"]

    def test_older_runs(self, study: Study) -> None:
        """A setting that an older run did not record counts as a difference, unless both lack it."""
        recipe = {name: value for name, value in study.runs["cnn"].settings["recipe"].items() if name != "warmup"}
        older = with_settings(study, "cnn", recipe=recipe).runs["cnn"]
        assert differing_settings(older, study.runs["cnn"]) == ["warm-up (none and 0.25)"]
        assert differing_settings(older, older) == []


class TestDescribeSettings:
    def test_pairs(self, study: Study) -> None:
        """Pairs with the same differences share a sentence."""
        runs = study.runs
        text = plain(describe_settings([(runs["cnn"], runs["cnn-aug"]), (runs["resnet18"], runs["resnet18-aug"])]))
        assert text == (
            "These pairs differ only in augmentation: the two-layer CNN and the two-layer CNN with augmentation; "
            "ResNet-18 and ResNet-18 with augmentation."
        )
        text = plain(describe_settings([(runs["cnn"], runs["resnet18"])]))
        assert text.endswith("differ in model, epochs (8 and 3) and peak learning rate (0.002 and 0.001).")
        assert "differ in no setting" in plain(describe_settings([(runs["cnn"], runs["cnn"])]))
        assert describe_settings([]) == ""
