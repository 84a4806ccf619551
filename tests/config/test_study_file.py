"""``study.toml``: reading, validation, and its use by the commands for a study of other classes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from svhnlab.cli import cli
from svhnlab.config.profiles import PROFILES
from svhnlab.config.study_file import StudyFile, find_study_file, project_settings, read_study_file
from svhnlab.data.mat import read_format2, write_format2
from svhnlab.errors import InputError
from svhnlab.store.record import read_record
from svhnlab.store.recorded_settings import settings_that_differ, train_command
from svhnlab.store.store import Store
from svhnlab.store.study import open_study
from tests.fixtures.tiny import tiny_profile

NAMES = ("ambulance", "<b>bus</b>", "a|b $x$", "*")
SETTINGS = """
title = "What a vehicle classifier gets wrong"
authors = ["Ada Example", "Ben Example"]
data = "vehicles"
data_name = "vehicle photographs"
class_names = ["ambulance", "<b>bus</b>", "a|b $x$", "*"]
profile = "demo"
runs = ["cnn-aug", "cnn"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


class TestReadStudyFile:
    def test_everything(self, tmp_path: Path) -> None:
        """Lists keep their order, and the data folder is relative to the folder of the file."""
        found = read_study_file(write(tmp_path, SETTINGS))
        assert found.title == "What a vehicle classifier gets wrong"
        assert found.authors == ("Ada Example", "Ben Example")
        assert found.class_names == NAMES
        assert found.runs == ("cnn-aug", "cnn")
        assert found.profile == "demo"
        assert found.data == tmp_path / "vehicles"
        assert found.data_name == "vehicle photographs"

    def test_letters_of_other_scripts(self, tmp_path: Path) -> None:
        """Names may have invisible joiners, and two spellings of one name are the same name."""
        names = ("\u0915\u094d\u200d\u0937", "日本語", "e\u0301")
        found = read_study_file(write(tmp_path, f"class_names = {json.dumps(names)}"))
        assert found.class_names == (*names[:2], "é")
        with pytest.raises(InputError, match="twice"):
            read_study_file(write(tmp_path, 'class_names = ["e\u0301", "é"]'))

    def test_byte_order_mark(self, tmp_path: Path) -> None:
        """A byte-order mark, which editors on Windows may write, is not part of the first key."""
        (tmp_path / "study.toml").write_text('title = "Trains"', encoding="utf-8-sig")
        assert read_study_file(tmp_path / "study.toml").title == "Trains"

    def test_everything_is_optional(self, tmp_path: Path) -> None:
        """An empty file changes nothing."""
        assert read_study_file(write(tmp_path, "")) == StudyFile()

    def test_weights(self, tmp_path: Path) -> None:
        """The names of weights stay as they are; anything else is a path relative to the file."""
        for word in ("none", "imagenet"):
            assert read_study_file(write(tmp_path, f'weights = "{word}"')).weights == word
        assert read_study_file(write(tmp_path, 'weights = "w/start.pt"')).weights == str(tmp_path / "w" / "start.pt")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('clas_names = ["a", "b"]', "there is no setting 'clas_names'; choose from title, authors, class_names"),
            ('[data]\nfolder = "x"', "data must be a text in quotes"),
            ('class_names = "ab"', "class_names must be a list of texts"),
            ('class_names = ["a", 3]', "class_names, entry 2 must be a text in quotes"),
            ('class_names = ["a", " "]', "class_names, entry 2 is empty"),
            ('class_names = ["a", "b", "a"]', "class_names has 'a' twice"),
            ('class_names = ["a", "a "]', "class_names has 'a' twice"),
            ('class_names = ["a"]', "class_names has too few entries"),
            (f"class_names = {json.dumps([str(k) for k in range(201)])}", "class_names has more than 200 entries"),
            (f'class_names = ["a", "{"b" * 81}"]', "class_names, entry 2 is longer than 80 characters"),
            ('class_names = ["a", "b\\nc"]', "class_names, entry 2 has characters that cannot be printed"),
            ('runs = ["cnn", "vgg"]', "runs names 'vgg', which is not a configuration; choose from cnn"),
            ("runs = []", "runs has too few entries"),
            ('runs = ["cnn", "cnn"]', "runs has 'cnn' twice"),
            ('profile = "fast"', "profile: input should be 'demo', 'quick' or 'full'"),
            ('protocol = "mine"', "protocol: input should be 'official' or 'tutorial'"),
            ('seed = "1"', "seed: input should be a valid integer"),
            ("seed = true", "seed: input should be a valid integer"),
            ("stored_size = 65", "stored_size is 65; choose one of 32, 64, 96, 128, 224"),
            ("seeds = 0", "seeds: input should be greater than or equal to 1"),
            ('title = ""', "title is empty"),
            ("title = 3", "title must be a text in quotes"),
            ("title = ", "not a valid TOML file"),
        ],
    )
    def test_refused(self, tmp_path: Path, text: str, words: str) -> None:
        """Every error is one line that names the file, the line where it is known, and the key."""
        path = write(tmp_path, text)
        with pytest.raises(InputError) as caught:
            read_study_file(path)
        message = str(caught.value)
        assert re.match(rf"{re.escape(str(path))}(, line 1)?: ", message)
        assert message.isprintable()
        assert words in message

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("[configurations.cnn]\nepochs = 0", "line 2: configurations.cnn.epochs: input should be greater"),
            ("[configurations.cnn]\nepoch = 3", "line 2: there is no setting 'epoch'; choose from model, title"),
            ("[configurations.cnn]\nimage_size = 33", "line 2: configurations.cnn.image_size: input should be 32, 64"),
            ("[configurations.b]\nepochs = 3", "configurations has 'b' without a model"),
            ('[configurations."B c"]\nmodel = "cnn"', "configurations has the name 'B c'; use at most 40"),
            ('\n[configurations.b]\nmodel = "vgg"', "line 3: configurations.b.model is not a model: 'vgg'"),
            ('[configurations.b]\nmodel = "timm/a b"', "line 2: configurations.b.model is not a model: 'timm/a b'"),
            ('[configurations.cnn]\ntitle = "A (b)"', "line 2: configurations.cnn.title has brackets"),
            ("[configurations]\ncnn = { epoch = 3 }", "line 2: there is no setting 'epoch'"),
            ("configurations.cnn = 3", "line 1: configurations.cnn must be a table of settings"),
            (
                '[configurations.cnn]\naugmentation = "much"',
                "line 2: configurations.cnn.augmentation must be true, false",
            ),
            ("[configurations.cnn]\n\naugmentation = { rotatio = 3 }", "line 3: there is no setting 'rotatio'; choose"),
            (
                "[configurations.cnn.augmentation]\nrotation = -3",
                "line 2: configurations.cnn.augmentation.rotation: input should be greater",
            ),
            (
                '[configurations.a]\nmodel = "cnn"\ntitle = "A"\n[configurations.b]\nmodel = "cnn"\ntitle = "A"',
                "configurations has two configurations with the same title",
            ),
        ],
    )
    def test_refused_configurations(self, tmp_path: Path, text: str, words: str) -> None:
        """Errors in a configuration name its key and its line."""
        path = write(tmp_path, text)
        with pytest.raises(InputError) as caught:
            read_study_file(path)
        assert str(caught.value).startswith(f"{path}")
        assert words in str(caught.value)

    def test_unreadable(self, tmp_path: Path) -> None:
        """The error names a file that is not text or does not exist."""
        path = tmp_path / "study.toml"
        with pytest.raises(InputError, match="cannot be read"):
            read_study_file(path)
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InputError, match="not a valid TOML file"):
            read_study_file(path)


class TestFindStudyFile:
    def test_beside_the_project_or_here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The file is next to `_quarto.yml`, also for a subfolder; without a project, in the current folder."""
        chapters = tmp_path / "project" / "chapters"
        chapters.mkdir(parents=True)
        monkeypatch.chdir(chapters)
        assert find_study_file() is None
        assert project_settings() == StudyFile()
        here = write(chapters, "seed = 1")
        assert find_study_file() == here
        (tmp_path / "project" / "_quarto.yml").write_text("")
        assert find_study_file() is None
        assert find_study_file(chapters) is None
        above = write(tmp_path / "project", "seed = 2")
        assert find_study_file() == above
        assert project_settings().seed == 2


@pytest.fixture
def vehicles(tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with four classes, labelled 1 to 4, and its study.toml the current folder."""
    for name in ("train", "test"):
        known = read_format2(data_folder / f"{name}_32x32.mat")
        kept = known.labels < len(NAMES)
        path = tmp_path / "vehicles" / f"{name}_32x32.mat"
        write_format2(path, known.images[kept], known.labels[kept], len(NAMES))
    write(tmp_path, SETTINGS)
    tiny = tiny_profile()
    short = {name: replace(recipe, epochs=1) for name, recipe in tiny.recipes.items()}
    tiny = replace(tiny, recipes=short, random_split=False, without_suspects=False)
    monkeypatch.setitem(PROFILES, "demo", tiny)
    monkeypatch.delenv("SVHNLAB_RESULTS", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def svhnlab(*command: str) -> Result:
    return CliRunner().invoke(cli, command, catch_exceptions=False)


def train(*options: str) -> Result:
    return svhnlab("train", "--wandb", "disabled", "--device", "cpu", *options)


class TestEstimate:
    def test_before_training(self, vehicles: Path) -> None:
        """`svhnlab status` without a study shows images, groups, steps, time and disk space, and stores nothing."""
        shown = " ".join(svhnlab("status").output.split())
        assert "There is no study in" in shown
        assert "vehicle photographs, 4 classes. Official protocol" in shown
        counts = {name: read_format2(vehicles / "vehicles" / f"{name}_32x32.mat").labels for name in ("train", "test")}
        assert f"test │ {len(counts['test'])} │" in shown
        batches = -(-int(0.9 * len(counts["train"])) // 64)
        assert f"cnn │ 1 │ 1 │ {batches} │" in shown
        assert "cnn-aug │ 1 │ 1 │" in shown
        assert "resnet18" not in shown
        assert not (vehicles / "results" / "run").exists()


class TestTrain:
    def test_settings_of_the_file_are_used(self, vehicles: Path) -> None:
        """`svhnlab train` without options has the file's classes, runs and name of the data."""
        assert train().exit_code == 0
        study = open_study(vehicles / "results")
        assert study.class_names == NAMES
        assert study.data.name == "vehicle photographs"
        assert list(study.runs) == ["cnn", "cnn-aug"]
        assert study.missing == ()
        assert study.data.samples.shape[0] == len(NAMES)
        assert len(study.data.splits["test"].counts) == len(NAMES)
        run = study.runs["cnn"]
        assert run.test.logits.shape[1] == len(NAMES)
        assert set(np.unique(run.test.labels)) == {0, 1, 2, 3}
        assert run.evidence is not None
        assert run.embedding is not None
        assert study.statistics is not None
        assert len(run.evidence.centroids.means) == len(NAMES)
        assert len(run.embedding.scores["planar"].silhouette) == len(NAMES)
        assert len(study.statistics.runs["cnn"].recall) == len(NAMES)
        assert train_command(study.settings) == "svhnlab train --weights none --seed 0"

        # renaming classes trains nothing, and the report has the new names
        write(vehicles, SETTINGS.replace('"*"', '"van"').replace("vehicle photographs", "cars"))
        shown = svhnlab("status")
        assert "study.toml differs from the stored study in class_names, data_name" in shown.output
        again = train()
        assert "Nothing to do" in again.output
        renamed = open_study(vehicles / "results")
        assert renamed.class_names[-1] == "van"
        assert renamed.data.name == "cars"
        assert renamed.key == study.key
        assert "differs from the stored study" not in svhnlab("status").output

        # evaluation on other files interprets labels in the same way
        answer = svhnlab("evaluate", "cnn", "--on", "vehicles/test_32x32.mat", "--json")
        record = json.loads(answer.output)
        assert record["class_names"][-1] == "van"
        assert [row["support"] for row in record["per_class"]] == np.bincount(run.test.labels).tolist()
        assert "van" in svhnlab("evaluate", "cnn", "--on", "vehicles/test_32x32.mat").output

    def test_command_line_wins(self, vehicles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An option on the command line overrides the file, and the record lists the settings from the file."""
        # the analysis, which takes most of the time, is that of the test above
        monkeypatch.setattr("svhnlab.pipeline.study.stored_analysis", lambda store, spec, say: spec.analysis(()))
        write(vehicles, SETTINGS + "seed = 3\n")
        assert train("cnn", "--seed", "5").exit_code == 0
        settings = read_record(Store(vehicles / "results"))["settings"]
        assert settings["seed"] == 5
        assert set(settings["from_file"]) == {"profile", "data"}
        assert train_command(settings, "cnn") == "svhnlab train cnn --weights none --seed 5"
        assert open_study(vehicles / "results").missing == ("cnn-aug",)

    def test_configurations_of_the_file(self, vehicles: Path) -> None:
        """A configuration of the file is trained and shown by its name; ``--set`` gives other trainings."""
        model = '[configurations.mine]\nmodel = "torchvision/resnet18"\nweights = "none"\nepochs = 1\nbatch_size = 32'
        file = SETTINGS.replace('runs = ["cnn-aug", "cnn"]', 'runs = ["mine"]')
        write(vehicles, f"{file}\n{model}\n")
        assert train("--set", "learning_rate=0.001").exit_code == 0
        study = open_study(vehicles / "results")
        run = study.runs["mine"]
        recipe = run.settings["recipe"]
        assert (run.title, list(study.runs)) == ("mine (random start)", ["mine"])
        assert (recipe["model"], recipe["epochs"], recipe["batch_size"]) == ("torchvision/resnet18", 1, 32)
        assert recipe["learning_rate"] == 0.001
        assert run.test.features.shape[1] == 512
        assert train_command(study.settings) == "svhnlab train --weights none --seed 0 --set learning_rate=0.001"
        assert "Nothing to do" in train("--set", "learning_rate=0.001").output
        write(vehicles, f'{file}\n{model}\ntitle = "Mine"\n')
        assert "differs from the stored study in configurations" in svhnlab("status").output
        with pytest.raises(
            InputError, match="There is no run 'other'; choose from cnn, cnn-aug, resnet18, resnet18-aug, mine"
        ):
            train("other")

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            (["a", "b", "c"], "study.toml names 3 classes, for the labels 1 to 3; name one class for each label"),
            (["a", "b", "c", "d", "e"], "study.toml names 5 classes, but the highest label in .* is 4"),
        ],
    )
    def test_names_must_fit_the_labels(self, vehicles: Path, names: list[str], words: str) -> None:
        """Too few or too many names are an error before anything is trained."""
        write(vehicles, f'data = "vehicles"\nprofile = "demo"\nclass_names = {json.dumps(names)}')
        with pytest.raises(InputError, match=words):
            train("cnn")
        assert not list((vehicles / "results").glob("run/*"))

    def test_labels_without_names(self, vehicles: Path) -> None:
        """Files with fewer labels than digits need class names; the error names ``study.toml``."""
        write(vehicles, 'data = "vehicles"\nprofile = "demo"')
        with pytest.raises(InputError, match=r"class 0 has 0.*class 5 has 0.*name the classes in study.toml"):
            train("cnn")


class TestData:
    def test_counts_by_name(self, vehicles: Path) -> None:
        """`svhnlab data` counts images by class name, and downloads nothing into a folder of custom data."""
        shown = svhnlab("data")
        assert "vehicle photographs" in shown.output
        for name in NAMES:
            assert f"│ {name} " in shown.output
        (vehicles / "vehicles" / "test_32x32.mat").unlink()
        with pytest.raises(InputError, match=r"has no test_32x32\.mat"):
            svhnlab("data")


class TestSettingsThatDiffer:
    def test_missing_settings_do_not_differ(self, tiny_results: Path) -> None:
        """A setting missing from the file does not differ from any study."""
        record = read_record(Store(tiny_results))
        assert settings_that_differ(record, StudyFile()) == []
        assert (
            settings_that_differ(
                record, StudyFile(profile="demo", seed=0, runs=("resnet18-aug", "resnet18", "cnn-aug", "cnn"))
            )
            == []
        )
        assert settings_that_differ(record, StudyFile(profile="full", seeds=2, class_names=("a", "b"))) == [
            "profile",
            "seeds",
            "class_names",
        ]
        assert (
            settings_that_differ(record, StudyFile(data_name="photographs")) == []
        )  # generated digits keep their name
