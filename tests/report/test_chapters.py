"""Tabs for all runs, and the sentences that are filled from data and settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.config.citation_file import report_citation
from svhnlab.config.profiles import PROFILES
from svhnlab.report import (
    Captioned,
    Chapter,
    ClassDifferences,
    ConfusionMatrix,
    Remark,
    describe_class_difference,
    describe_mirror,
    describe_network,
    describe_origin,
    describe_picture,
    describe_training,
    describe_transforms,
    model_pairs,
    study_facts,
    version_facts,
)
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_run, fake_study
from tests.fixtures.paths import ROOT


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study(n_test=40)


class TestTabs:
    def test_every_run_has_its_own(self, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each stored run has a tab with its own labels and captions, so that a further run needs no other text."""
        monkeypatch.chdir(tmp_path)
        parts = (
            lambda run: Remark(f"About {run.name}."),
            Captioned("fig-made", lambda run: ConfusionMatrix.from_results(run, study.class_names), "Of {run}, {x}."),
        )
        text = str(Chapter(study).tabs(*parts))
        assert text.count("::::: {.panel-tabset}") == 1
        for name, title in (("cnn", "Two\\-layer CNN"), ("resnet18-aug", "ResNet\\-18 with augmentation")):
            assert f"### {title} {{.unnumbered}}\n\nAbout {name}.\n\n::: {{#fig-made-{name}}}" in text
            assert f"\n\nOf {title}, {{x}}.\n:::" in text

    def test_one_run_needs_no_tab(self, study: Study) -> None:
        """A single run is shown without a tab."""
        text = str(Chapter(study).tabs(lambda run: Remark(run.name), runs=("cnn",)))
        assert text == "cnn"

    def test_what_is_missing(self, study: Study) -> None:
        """Below the tabs stands how to make the missing runs; without any run or without statistics that is all."""
        settings = {
            "profile": {"name": "demo"},
            "data": {"kind": "generated"},
            "split": {"protocol": "official"},
            "start": {"kind": "random"},
            "seed": 0,
            "seeds": 1,
        }
        part = fake_study(n_test=20, runs=("cnn", "resnet18"))
        text = str(Chapter(replace(part, settings=settings)).tabs(lambda run: Remark(run.name)))
        assert "svhnlab train cnn-aug resnet18-aug" in text
        bare = Chapter(replace(study, statistics=None, settings=settings))
        assert "statistics are not made" in str(bare.tabs(lambda run: Remark(run.name), analysed=True))
        empty = replace(fake_study(n_test=20, runs=()), settings=settings)
        assert str(Chapter(empty).tabs(lambda run: Remark(run.name))).startswith("*Not trained yet")


class TestModelPairs:
    def test_first_against_each(self, study: Study) -> None:
        """Models are compared as trained alike, with augmentation where several are."""
        assert model_pairs(study) == [("cnn-aug", "resnet18-aug")]
        assert model_pairs(fake_study(n_test=20, runs=("cnn", "cnn-aug", "resnet18"))) == [("cnn", "resnet18")]
        assert model_pairs(fake_study(n_test=20, runs=("cnn",))) == []

    def test_are_shown(self, study: Study) -> None:
        """Figure and sentence take the pairs, and say so where there is none."""
        frame = ClassDifferences.from_results(study, pairs=model_pairs).frame()
        assert set(frame["second"]) == {"ResNet-18 with augmentation (random start)"}
        assert "against Two\\-layer CNN with augmentation" in str(describe_class_difference(study, pairs=model_pairs))
        assert "cannot be compared" in str(describe_class_difference(fake_study(n_test=20, runs=("cnn",))))


class TestOrigin:
    @pytest.mark.parametrize("kind", ["official", "generated", "custom"])
    def test_digits_only_where_there_are_digits(self, kind) -> None:
        """Digits and house numbers are spoken of only where the data show them."""
        study = fake_study(n_test=20, kind=kind)
        text = f"{describe_origin(study)} {describe_picture(study)} {describe_mirror(study)}"
        assert ("digit" in text) == (kind != "custom")
        assert ("house number" in text.lower()) == (kind != "custom")
        assert "32 by 32 pixels" in text
        assert ("not SVHN" in text) == (kind != "official")


class TestNetworkComment:
    def test_layers_and_size(self) -> None:
        """Layers come from the registry, sizes from what is stored."""
        text = str(describe_network(fake_run("cnn", n_test=20)))
        assert ARCHITECTURES["cnn"].layers in text
        assert "1,105,098 parameters" in text
        assert "It starts from random numbers." in text

    @pytest.mark.parametrize(
        ("kind", "words"),
        [("random", "**Here it starts from random numbers**"), ("imagenet", "ImageNet"), ("file", "own file")],
    )
    def test_start(self, kind: str, words: str) -> None:
        """A random start is never silent where other weights could be meant."""
        run = fake_run("resnet18", n_test=20)
        text = str(describe_network(replace(run, settings={**run.settings, "start": {"kind": kind}})))
        assert words in text
        assert ("fine-tuned" in text) == (kind != "random")

    def test_unknown_model(self) -> None:
        """A run of a model that this version does not know is told by its size alone."""
        run = fake_run("cnn", n_test=20)
        recipe = {**run.settings["recipe"], "model": "other"}
        text = str(describe_network(replace(run, settings={**run.settings, "recipe": recipe})))
        assert text.startswith("That makes 1,105,098 parameters")


class TestTrainingComment:
    def test_settings(self) -> None:
        """Rate, batch and smoothing are those of the recipe; no smoothing is not spoken of."""
        run = fake_run("cnn", n_test=20)
        environment = {**run.environment, "training_seconds": 58.0}
        text = str(describe_training(replace(run, environment=environment)))
        recipe = PROFILES["demo"].recipes["cnn"]
        assert f"peak of {recipe.learning_rate:g}, {recipe.batch_size} images a step" in text
        assert "by 10%" in text
        settings = {**run.settings, "recipe": {**run.settings["recipe"], "label_smoothing": 0.0}}
        assert "smoothed" not in str(describe_training(replace(run, environment=environment, settings=settings)))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"test_shift": 1}, "It is tested on each image and four"),
            ({"test_shift": 2}, "shifted by 2 pixels."),
        ],
    )
    def test_what_is_tested(self, changes: dict[str, float], words: str) -> None:
        """On which views of an image a training is tested is said as it was set."""
        run = fake_run("cnn", n_test=20)
        settings = {**run.settings, "recipe": {**run.settings["recipe"], **changes}}
        environment = {**run.environment, "training_seconds": 58.0}
        assert words in str(describe_training(replace(run, environment=environment, settings=settings)))


class TestTransformsComment:
    def test_strengths(self, study: Study) -> None:
        """Each strength that is not zero is told with its own number, a new one by its name."""
        text = str(describe_transforms(study))
        assert "turned by up to 8°" in text
        assert "covered by a square of 8 by 8 pixels with a probability of 50%" in text
        run = study.runs["cnn-aug"]
        own = {"rotation": 0.0, "blur": 1.5, "blur_probability": 0.3}
        settings = {**run.settings, "recipe": {**run.settings["recipe"], "augmentation": own}}
        text = str(describe_transforms(replace(study, runs={"cnn-aug": replace(run, settings=settings)})))
        assert text == "At every epoch anew, an image is changed in blur by 1.5 with a probability of 30%."

    def test_none(self) -> None:
        """Without a run that augments the sentence says so."""
        assert "No run" in str(describe_transforms(fake_study(n_test=20, runs=("cnn",))))


class TestLanding:
    def test_facts(self, study: Study) -> None:
        """Data, models and training of the first page are those of the study."""
        text = str(study_facts(study))
        assert "160 training, 40 validation and 40 test images, in 10 classes" in text
        assert "ResNet\\-18 with augmentation \\(random start\\)" in text or "ResNet\\-18 with augmentation (" in text
        assert "each model was trained once" in text
        repeated = fake_study(n_test=20, seeds=3)
        assert "each model was trained 3 times" in str(study_facts(repeated))
        fewer = replace(repeated, repeats={**repeated.repeats, "cnn": repeated.repeats["cnn"][:2]})
        assert "each model was trained 2 to 3 times" in str(study_facts(fewer))
        assert "**Models.**" not in str(study_facts(fake_study(n_test=20, runs=())))

    def test_version(self) -> None:
        """The version is that of the citation."""
        assert report_citation(ROOT).date in str(version_facts(ROOT))


class TestChapters:
    @pytest.mark.parametrize(
        "file", sorted([*(ROOT / "chapters").glob("*.qmd"), ROOT / "index.qmd"]), ids=lambda f: f.stem
    )
    def test_glossary_links_hit(self, file: Path) -> None:
        """Every link to a term of the glossary leads to one."""
        terms = set(_anchors())
        text = file.read_text(encoding="utf-8")
        used = {part.split(")")[0] for part in text.split("glossary.qmd#")[1:]}
        assert used <= terms

    def test_comments_link_terms_that_are_there(self) -> None:
        """Computed sentences link to the glossary's terms, too."""
        folder = ROOT / "svhnlab" / "report"
        terms = set(_anchors())
        for file in folder.rglob("*.py"):
            used = {part.split(")")[0] for part in file.read_text(encoding="utf-8").split("glossary.qmd#")[1:]}
            assert used <= terms, file.name

    @pytest.mark.parametrize("file", sorted((ROOT / "chapters").glob("[0-9]*.qmd")), ids=lambda f: f.stem)
    def test_opens_with_its_finding(self, file: Path) -> None:
        """A numbered chapter begins with a computed lead, and speaks of classes."""
        text = file.read_text(encoding="utf-8")
        assert "::: {.lead}" in text
        assert "summarise_" in text.split("::: {.lead}")[1].split(":::")[0]
        assert "digit" not in text.lower()


def _anchors() -> list[str]:
    lines = (ROOT / "chapters" / "glossary.qmd").read_text(encoding="utf-8").splitlines()
    return [line.split("{#")[1].split()[0] for line in lines if line.startswith("### ")]
