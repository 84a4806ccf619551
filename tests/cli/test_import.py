"""The commands ``images`` and ``import``: a new study from predictions alone, and one line for each fault."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from svhnlab.cli import cli
from svhnlab.store.record import read_record
from svhnlab.store.store import Store


@pytest.fixture(scope="module")
def folder(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project with the images of a study in ``images.npz``."""
    project = tmp_path_factory.mktemp("project")
    (project / "study.toml").write_text(f'data = "{data_folder}"\nprofile = "demo"\n')
    return project


def run(folder: Path, *arguments: str) -> Result:
    """Run a command in the project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("SVHNLAB_RESULTS", raising=False)
        return CliRunner().invoke(cli, list(arguments))


@pytest.fixture(scope="module")
def images(folder: Path) -> dict[str, np.ndarray]:
    """What `svhnlab images` writes."""
    answer = run(folder, "images", "images.npz")
    assert answer.exit_code == 0, answer.output
    with np.load(folder / "images.npz", allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="module")
def imported(folder: Path, images: dict[str, np.ndarray]) -> Result:
    """The outcome of a first import, which creates the study."""
    labels = images["test_labels"]
    np.savez(folder / "good.npz", test=np.eye(10)[labels], test_labels=labels, test_ids=images["test_ids"])
    np.savez(folder / "other.npz", test=np.eye(10)[(labels + 1) % 10])
    return run(folder, "import", "good", "--predictions", "good.npz", "--title", "Good one", "--no-analysis")


class TestImages:
    def test_arrays(self, images: dict[str, np.ndarray]) -> None:
        """Each split has its images with the channels last, labels and numbers."""
        assert images["train_images"].dtype == np.uint8
        assert images["test_images"].shape == (150, 32, 32, 3)
        assert len(images["train_labels"]) + len(images["validation_labels"]) == 400
        assert not np.isin(images["train_ids"], images["validation_ids"]).any()
        assert images["class_names"].tolist() == list("0123456789")


class TestImport:
    def test_creates_a_study(self, imported: Result, folder: Path) -> None:
        """Without a study, one is created; the message says how the scores were read and what is missing."""
        assert imported.exit_code == 0, imported.output
        assert "read test as probabilities" in imported.output
        assert "good has no features" in imported.output
        record = read_record(Store(folder / "results"))
        assert list(record["runs"]) == ["good"]
        assert record["augmentation"] is None
        status = run(folder, "status")
        assert "Missing or damaged: statistics, causes. Next: svhnlab import" in status.output

    @pytest.mark.usefixtures("imported")
    def test_again_and_replace(self, folder: Path) -> None:
        """The same predictions are the same import; others need --replace, and --remove takes them out."""
        again = run(folder, "import", "good", "--predictions", "good.npz", "--title", "Good one", "--no-analysis")
        assert again.exit_code == 0
        second = ["import", "second", "--predictions", "other.npz", "--no-analysis"]
        assert run(folder, *second).exit_code == 0
        third = ["import", "second", "--predictions", "good.npz", "--no-analysis"]
        assert "There is already an import 'second'; add --replace" in str(run(folder, *third).exception)
        assert run(folder, *third, "--replace").exit_code == 0
        assert list(read_record(Store(folder / "results"))["runs"]) == ["good", "second"]
        assert run(folder, "import", "second", "--remove", "--no-analysis").exit_code == 0
        assert list(read_record(Store(folder / "results"))["runs"]) == ["good"]

    @pytest.mark.usefixtures("imported")
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["Ä b", "--predictions", "good.npz"], "is no name of a configuration"),
            (["../x", "--predictions", "good.npz"], "is no name of a configuration"),
            (["cnn", "--predictions", "good.npz"], "that of a configuration to train"),
            (["all", "--predictions", "good.npz"], "has another meaning"),
            (["x", "--predictions", "good.npz", "--title", "Good one"], "is that of good"),
            (["x", "--predictions", "good.npz", "--title", "a\u202eb"], "printable characters"),
            (["x", "--predictions", "missing.npz"], "does not exist"),
            (["x", "--predictions", "images.npz"], "unknown array"),
            (["x", "--predictions", "good.npz", "--seconds", "nan"], "finite"),
            (["x"], "needs a NAME and --predictions"),
            (["--remove"], "--remove needs the NAME"),
            (["x", "--remove"], "no imported configuration 'x'; there are: good"),
        ],
    )
    def test_faults(self, arguments: list[str], message: str, folder: Path) -> None:
        """Each fault is one line, and the study stays as it is."""
        before = read_record(Store(folder / "results"))
        answer = run(folder, "import", *arguments, "--no-analysis")
        assert answer.exit_code != 0
        assert message in answer.output + str(answer.exception)
        assert read_record(Store(folder / "results")) == before

    @pytest.mark.usefixtures("imported")
    def test_other_images(self, folder: Path, tmp_path: Path) -> None:
        """The images must be those of the study."""
        from svhnlab.data.synthetic import write_generated

        write_generated(tmp_path / "other", train=200, test=60, seed=4)
        answer = run(folder, "import", "x", "--predictions", "good.npz", "--data", str(tmp_path / "other"))
        assert "are not those of the current study" in str(answer.exception)
