"""Logging to Weights & Biases, offline and without an account; a failure does not stop a training."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from svhnlab.store.schema import Epoch
from svhnlab.training.loop import TrainingState
from svhnlab.training.wandb_log import WandbLog


def epoch(number: int) -> Epoch:
    return Epoch(number, 1.0 / number, 0.5, 1.1 / number, 0.4, 0.1, 2.0, 100.0)


def progress(*numbers: int) -> TrainingState:
    return TrainingState({}, {}, {}, best_epoch=1, history=[epoch(number) for number in numbers])


def log_records(content: bytes) -> Iterator[bytes]:
    """Yield the records of a W&B log: LevelDB's log format (its doc/log_format.md) after a header of seven bytes."""
    block, head = 32 * 1024, 7
    assert content[:4] == b":W&B"
    position, parts = head, b""
    while position + head <= len(content):
        if block - position % block < head:  # too little room for a record: the rest of the block is padding
            position += block - position % block
            continue
        _, length, kind = struct.unpack_from("<IHB", content, position)
        parts += content[position + head : position + head + length]
        position += head + length
        if kind in {1, 4}:  # a whole record, or the last part of one
            yield parts
            parts = b""


def read_offline_run(folder: Path) -> tuple[list[dict], dict, list[str]]:
    """Read history rows, config and artifact names from W&B's log file."""
    from wandb.proto import wandb_internal_pb2 as pb

    (path,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    rows, config, artifacts = [], {}, []
    for data in log_records(path.read_bytes()):
        record = pb.Record()
        record.ParseFromString(data)
        kind = record.WhichOneof("record_type")
        if kind == "history":
            rows.append({item.key or ".".join(item.nested_key): item.value_json for item in record.history.item})
        elif kind == "run":
            config = {item.key: item.value_json for item in record.run.config.update}
        elif kind == "request" and record.request.WhichOneof("request_type") == "log_artifact":
            artifacts.append(record.request.log_artifact.artifact.name)
        elif kind == "artifact":
            artifacts.append(record.artifact.name)
    return rows, config, artifacts


class TestWandbLog:
    def test_offline_run_is_readable(self, tmp_path: Path) -> None:
        """The log file has config, every epoch, the final metrics and the model."""
        weights = tmp_path / "weights.safetensors"
        weights.write_bytes(b"weights")
        said: list[str] = []
        log = WandbLog("offline", tmp_path, name="cnn", run_id="k3y", config={"seed": 5}, say=said.append)
        log.epochs(progress(1))
        log.epochs(progress(1, 2))
        log.result({"test_accuracy": 0.5}, np.eye(2, dtype=np.int64), ("a", "b"), weights)
        log.finish()
        assert said == []
        rows, config, artifacts = read_offline_run(tmp_path)
        assert [row["epoch"] for row in rows if "epoch" in row] == ["1", "2"]
        assert [float(row["train_loss"]) for row in rows if "epoch" in row] == [1.0, 0.5]
        assert any("confusion_matrix" in key for row in rows for key in row)
        assert config["seed"] == "5"
        assert any("cnn" in name for name in artifacts)

    def test_nothing_goes_to_the_home_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """W&B writes staging and cache files to the results folder."""
        home = tmp_path / "home"
        home.mkdir()
        monkeypatch.setenv("HOME", str(home))
        log = WandbLog("offline", tmp_path / "results", name="cnn", run_id="a", config={}, say=print)
        log.epochs(progress(1))
        log.finish()
        assert list(home.iterdir()) == []

    def test_failure_is_one_line(self, tmp_path: Path) -> None:
        """If W&B cannot start (here: no folder to write to), one line reports it, and the training continues."""
        (tmp_path / "wandb").write_text("a file where the folder should be")
        said: list[str] = []
        log = WandbLog("offline", tmp_path, name="cnn", run_id="a", config={}, say=said.append)
        log.epochs(progress(1))
        log.finish()
        assert len(said) == 1
        assert "training continues" in said[0]

    def test_disabled_writes_nothing(self, tmp_path: Path) -> None:
        """`--wandb disabled` writes nothing."""
        log = WandbLog("disabled", tmp_path, name="cnn", run_id="a", config={}, say=print)
        log.epochs(progress(1))
        log.finish()
        assert list(tmp_path.iterdir()) == []
