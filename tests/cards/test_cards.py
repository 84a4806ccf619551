"""Data card and model cards."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from svhnlab.analysis.metric_registry import METRICS
from svhnlab.cards import data_card, model_card, write_cards
from svhnlab.cards.show import show_data_card, show_model_cards
from svhnlab.report.comparison.accuracy import evaluate_run
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.truth import corrected_accuracy
from svhnlab.store.schema import DataKind, Study
from tests.config.test_citation import CITATION
from tests.fixtures.fake_verdicts import reviewed
from tests.fixtures.fakes import fake_study
from tests.fixtures.paths import ROOT
from tests.report.helpers import as_imported, with_settings

MITCHELL = (
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
)
GEBRU = (
    "Motivation",
    "Composition",
    "Collection process",
    "Preprocessing, cleaning and labelling",
    "Uses",
    "Distribution",
    "Maintenance",
)
ODD_NAMES = ("<b>cat</b>", "dog|hen", "*cow*")


def parts(text: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The metadata of a card, and the text below each of its headings of the second level."""
    _, head, body = text.split("---\n", 2)
    pieces = re.split(r"^## (.*)$", body, flags=re.MULTILINE)[1:]
    return yaml.safe_load(head), dict(zip(pieces[::2], (piece.strip() for piece in pieces[1::2]), strict=True))


@pytest.fixture(scope="module")
def study() -> Study:
    """Everything is there."""
    return fake_study()


class TestModelCard:
    def test_headings_of_the_field_are_filled(self, study: Study) -> None:
        """The card has the sections of Mitchell et al. (2019) in their order, none of them empty or a stub."""
        for run in study.runs.values():
            _, sections = parts(model_card(study, run, CITATION).markdown())
            assert tuple(sections) == MITCHELL
            assert all(len(text) > 40 for text in sections.values())

    def test_metadata_hold_the_results(self, study: Study) -> None:
        """The metadata hold the metrics, unrounded, and the stored result that they belong to."""
        assert study.statistics is not None
        run = study.runs["resnet18"]
        head, _ = parts(model_card(study, run, CITATION).markdown())
        (entry,) = head["model-index"]
        metrics = {metric["type"]: metric["value"] for metric in entry["results"][0]["metrics"]}
        statistics = study.statistics.runs["resnet18"]
        assert metrics["accuracy"] == pytest.approx(float((~run.test.wrong).mean()))
        assert metrics["f1"] == statistics.macro_f1.value
        assert metrics["ece"] == statistics.ece.value
        assert set(head["metrics"]) <= metrics.keys()
        assert run.key in entry["name"]
        assert head["pipeline_tag"] == "image-classification"

    def test_every_metric_is_defined(self, study: Study) -> None:
        """The section on metrics defines each metric of the table of results."""
        _, sections = parts(model_card(study, study.runs["cnn"], CITATION).markdown())
        for metric in METRICS.values():
            assert f"- {metric.title}: " in sections["Metrics"].replace("\\", "")
            assert f"| {metric.title} " in sections["Quantitative analyses"].replace("\\", "")

    def test_licences(self, study: Study) -> None:
        """The licence of a report is not that of svhnlab, which is the one of its package."""
        package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        report = replace(CITATION, license="CC-BY-4.0")
        text = model_card(study, study.runs["cnn"], report).markdown()
        assert f"Licence of the report: CC-BY-4.0; of svhnlab: {package['license']}." in text.replace("\\", "")
        text = data_card(study, report).markdown().replace("\\", "").replace("\n", " ")
        assert f"The generator has the licence of svhnlab, {package['license']}." in text

    def test_older_run(self, study: Study) -> None:
        """A run of a version that did not record Muon has a card."""
        recipe = {name: value for name, value in study.runs["cnn"].settings["recipe"].items() if name != "muon"}
        older = with_settings(study, "cnn", recipe=recipe)
        _, sections = parts(model_card(older, older.runs["cnn"], CITATION).markdown())
        assert "Schedule: AdamW with a one-cycle learning rate" in sections["Training data"]

    def test_every_class_has_a_row(self) -> None:
        """Each class has a row, and names from outside are text, not markup."""
        study = fake_study(class_names=ODD_NAMES, kind="custom")
        text = model_card(study, study.runs["cnn"], CITATION).markdown()
        for name in (r"\<b\>cat\<\/b\>", r"dog\|hen", r"\*cow\*"):
            assert re.search(rf"^\| {re.escape(name)} +\|", text, flags=re.MULTILINE)
        assert "<b>" not in text

    def test_many_classes(self) -> None:
        """Of many classes, the table has the ends, and equally weak ones are counted instead of named."""
        study = fake_study(n_test=400, class_names=[f"kind {k}" for k in range(60)], kind="custom", noise=6.0)
        text = model_card(study, study.runs["cnn"], CITATION).markdown()
        assert len(re.findall(r"^\| kind \d+ ", text, flags=re.MULTILINE)) == 30
        assert "Of 60 classes, the 15 with the lowest and the 15 with the highest F1 are shown." in text
        recall = evaluate_run(study.runs["cnn"]).recall
        weakest = int((recall == np.nanmin(recall)).sum())
        assert weakest > 8
        assert f"Recall is 0.0% for {weakest} classes." in text

    def test_limitations_are_computed(self, study: Study) -> None:
        """The weakest class, the slice with the largest difference and the deferral are those of the results."""
        assert study.statistics is not None
        run = study.runs["cnn"]
        caveats = parts(model_card(study, run, CITATION).markdown())[1]["Caveats and recommendations"]
        labels, predicted = run.test.labels, run.test.predicted
        recall = [np.mean(predicted[labels == k] == k) for k in range(10)]
        assert f"Recall is lowest for class {np.argmin(recall)}, with {min(recall):.1%}." in caveats
        weak = [part for part in study.statistics.runs["cnn"].slices if part.underperforming]
        assert f"significantly higher on {len(weak)} slices" in caveats
        assert "31.0% of the test images" in caveats
        assert f"Of {len(labels)} test labels, {len(study.statistics.labels.suspected)} are suspected" in caveats
        assert "trained once" in caveats
        right = (predicted == study.data.true_labels).mean()
        assert f"Against the true labels, the accuracy is {right:.1%} (95% interval" in caveats

    def test_corrected_labels(self, study: Study) -> None:
        """If a person has reviewed labels, the card gives the accuracy against corrected ones."""
        text = model_card(reviewed(study), study.runs["cnn"], CITATION).markdown()
        caveats = parts(text)[1]["Caveats and recommendations"]
        estimate = corrected_accuracy(reviewed(study))["cnn"]
        assert f"labels corrected by a person, the accuracy is estimated at {estimate.value:.1%} (95%" in caveats

    def test_imported(self, study: Study) -> None:
        """For imported models no command is given that evaluates them, and nothing is claimed about their training."""
        assert "svhnlab evaluate cnn --on DATA" in model_card(study, study.runs["cnn"], CITATION).markdown()
        of_import = {
            "imported": {"file": "forest.npz", "sha256": "0" * 64, "read_as": {"test": "logits"}},
            "training_seconds": None,
        }
        study = replace(
            study,
            runs={name: replace(run, settings={**run.settings, **of_import}) for name, run in study.runs.items()},
        )
        imported = as_imported(study)
        card = model_card(imported, imported.runs["cnn"], CITATION).markdown()
        assert "svhnlab evaluate" not in card
        assert "svhnlab evaluate" not in str(show_model_cards(imported))
        assert "svhnlab evaluate RUN" in show_model_cards(as_imported(study, "cnn"))
        # nor is it known whether an imported model was trained on test images
        known, unknown = (
            "None of them was used for training",
            "Whether the model was trained on some of them is not known.",
        )
        trained = model_card(study, study.runs["cnn"], CITATION).markdown()
        assert known in trained
        assert unknown not in trained
        assert known not in card
        assert unknown in card

    def test_repeated_training(self) -> None:
        """With several seeds the card gives the range of the accuracy."""
        study = fake_study(seeds=3)
        sections = parts(model_card(study, study.runs["cnn"], CITATION).markdown())[1]
        assert "Over 3 trainings with different seeds" in sections["Quantitative analyses"]
        assert "trained once" not in sections["Caveats and recommendations"]

    def test_augmentation(self, study: Study) -> None:
        """Strengths have their effect and unit; a run without augmentation has none."""
        cards = {name: model_card(study, run, CITATION).markdown() for name, run in study.runs.items()}
        assert "Augmentation: none." in cards["cnn"]
        assert "Augmentation: in every epoch, an image is rotated by up to 8°" in cards["cnn-aug"]

    def test_no_errors(self) -> None:
        """A model without errors has no weakest class."""
        study = fake_study(noise=0)
        assert "Every test image is classified correctly" in model_card(study, study.runs["cnn"], CITATION).markdown()

    def test_without_statistics(self) -> None:
        """Without statistics the card has the metrics that need none."""
        study = fake_study(with_embedding=False)
        study = replace(study, statistics=None)
        head, sections = parts(model_card(study, study.runs["cnn"], CITATION).markdown())
        assert [metric["type"] for metric in head["model-index"][0]["results"][0]["metrics"]] == ["accuracy"]
        assert "is not computed yet" in sections["Factors"]


class TestDataCard:
    @pytest.mark.parametrize("kind", ["official", "custom", "generated"])
    def test_headings_of_the_field_are_filled(self, kind: DataKind) -> None:
        """The card has the sections of Gebru et al. (2021) in their order, for data of each kind."""
        _, sections = parts(data_card(fake_study(kind=kind), CITATION).markdown())
        assert tuple(sections) == GEBRU
        assert all(len(text) > 40 for text in sections.values())

    def test_terms_of_svhn(self) -> None:
        """SVHN is for non-commercial use and must be cited; other data never have these terms."""
        head, sections = parts(data_card(fake_study(kind="official"), CITATION).markdown())
        assert "non-commercial use only" in sections["Distribution"]
        assert "Netzer et al. (2011)" in sections["Distribution"]
        assert head["license"] == "other"
        for kind in ("custom", "generated"):
            head, sections = parts(data_card(fake_study(kind=kind), CITATION).markdown())
            assert "non-commercial" not in str(sections)
            assert head["license"] == {"custom": "unknown", "generated": "mit"}[kind]

    def test_description_of_custom_data(self) -> None:
        """The description in study.toml is in the card as text; without one the purpose is unknown."""
        study = fake_study(kind="custom", class_names=ODD_NAMES)
        sections = parts(data_card(study, CITATION, "Taken by *me* <script>").markdown())[1]
        assert r"Taken by \*me\* \<script\>" in sections["Motivation"]
        assert "digit" not in str(sections).lower()
        assert "is unknown" in parts(data_card(study, CITATION).markdown())[1]["Motivation"]

    def test_counts(self, study: Study) -> None:
        """The table has every class of every split, with totals."""
        text = data_card(study, CITATION).markdown()
        train = study.data.splits["train"].counts
        assert re.search(rf"^\| 3 +\| +{train[3]:,} \|", text, flags=re.MULTILINE)
        assert re.search(rf"^\| all +\| +{train.sum():,} \|", text, flags=re.MULTILINE)
        wrong = f"{len(study.data.injected)} of the {len(study.data.test_labels)} test images"
        assert re.search(rf"affect\s{wrong}", text)


class TestWriteCards:
    def test_one_file_each(self, study: Study, tmp_path: Path) -> None:
        """A site gets a data card and a card for each stored run."""
        paths = write_cards(tmp_path, study, CITATION)
        assert [path.name for path in paths] == ["data.md", *(f"{name}.md" for name in study.runs)]
        assert all(path.read_text(encoding="utf-8").startswith("---\n") for path in paths)


class TestShownCards:
    def test_intervals_stay_on_one_line(self, study: Study) -> None:
        """On a page, a share and its interval stay on one line."""
        shown = str(show_model_cards(study))
        assert re.search(r"\d%\u00a0\([\d.]+–\u2060[\d.]+\)", shown)
        assert not re.search(r"\d% \([\d.]+–", shown)

    def test_chapter_has_the_same_text(self, study: Study) -> None:
        """The appendix has the text of the files, and links to them on a page."""
        shown = str(show_model_cards(study))
        for run in study.runs.values():
            assert f"../cards/{run.name}.md" in shown
            assert run.checksum in shown
        headings = re.findall(r"^###+ (.+?) \{\.unnumbered \.unlisted\}$", shown, flags=re.MULTILINE)
        assert set(headings) == set(MITCHELL)
        assert headings.count("Metrics") == 1
        assert headings.count("Factors") == len(study.runs)
        assert "../cards/data.md" in str(show_data_card(study))
        with pytest.raises(NotComputed):
            show_model_cards(replace(study, runs={}))
