"""Table of corruption errors."""

from __future__ import annotations

from svhnlab.report.robustness.corruption_error import CorruptionErrorTable
from tests.fixtures.fakes import fake_study


def test_rows_and_columns(rotated):
    """A row for each corruption and the mean; the reference has its error rate, the others are related to it."""
    table = CorruptionErrorTable.from_study(rotated)
    frame = table.frame().set_index("corruption")
    assert len(frame) == 15
    robustness = rotated.robustness
    positions = robustness.corruptions["rotate"]
    wrong = {name: 1 - sum(run.accuracy[i].value for i in positions) / 3 for name, run in robustness.runs.items()}
    assert abs(frame.loc["Rotation", "reference_error"] - wrong["cnn"]) < 1e-12
    assert abs(frame.loc["Rotation", "resnet18"] - wrong["resnet18"] / wrong["cnn"]) < 1e-12
    assert frame.loc["Mean", "resnet18"] == robustness.runs["resnet18"].errors.mean.value
    assert "cnn" not in frame.columns


def test_without_errors():
    """If the reference has no errors under a corruption, the relative errors are undefined."""
    cells = CorruptionErrorTable.from_study(fake_study(n_test=40, noise=0.0)).cells()
    assert "nan" not in cells.to_string()


def test_single_run():
    """A single model has only the column of its error rate."""
    table = CorruptionErrorTable.from_study(fake_study(n_test=40, runs=("resnet18",)))
    assert list(table.cells().columns) == ["Corruption", "ResNet-18: error rate"]
    assert "in relation" not in table.alt
