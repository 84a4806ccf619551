"""What several test modules share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny import tiny_data, tiny_trainer

SAMPLE = Path(__file__).resolve().parents[2] / "shared" / "svhn-sample"


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few generated digits."""
    return tiny_data(tmp_path_factory.mktemp("tiny") / "digits")


@pytest.fixture(scope="session")
def tiny_results(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Path:
    """Results of the whole tiny study; tests read them and change nothing."""
    results = tmp_path_factory.mktemp("study") / "results"
    tiny_trainer(results, data_folder).make(("cnn", "cnn-aug", "resnet18", "resnet18-aug"))
    return results


@pytest.fixture
def sample_folder() -> Path:
    """Real SVHN photographs, where they are at hand."""
    if not (SAMPLE / "train_32x32.mat").is_file():
        pytest.skip(f"no SVHN sample in {SAMPLE.name}/ beside the repository")
    return SAMPLE
