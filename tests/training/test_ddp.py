"""Data-parallel processes take the same steps as one process with the same batch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from svhnlab.models.networks import Dropout
from svhnlab.pipeline.task import TrainingTask
from svhnlab.store.required import stored_run
from svhnlab.store.store import Store, StoredResult
from svhnlab.training.ddp import SINGLE_PROCESS, ProcessGroup, _SyncDropout
from tests.fixtures.build_once import BuildOnce
from tests.fixtures.paths import ROOT
from tests.fixtures.process_group import all_steps
from tests.fixtures.tiny import EPOCHS, tiny_pipeline

#: Processes that are started. The last batch of the steps has fewer images.
PROCESSES = 3


@pytest.fixture(scope="module")
def together(build_once: BuildOnce, data_folder: Path) -> Path:
    """Steps and results of processes that ``torchrun`` started, and what they printed; see `process_group.run`."""

    def start(folder: Path) -> None:
        folder.mkdir()
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(PROCESSES)]
        command += ["-m", "tests.fixtures.process_group", str(folder), str(data_folder), "cnn-aug"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        answer = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert answer.returncode == 0, answer.stderr
        (folder / "printed").write_text(answer.stdout, encoding="utf-8")

    return build_once("processes", start)


class TestProcessGroup:
    @given(batch=st.integers(0, 300), size=st.integers(1, 9))
    def test_shards_divide_the_batch(self, batch: int, size: int) -> None:
        """Each image of a batch is computed by exactly one process, and shards differ by at most one image."""
        parts = [ProcessGroup(rank, size).shard(batch) for rank in range(size)]
        assert [row for part in parts for row in range(batch)[part]] == list(range(batch))
        counts = [part.stop - part.start for part in parts]
        assert max(counts) - min(counts) <= 1

    @given(losses=st.lists(st.floats(0, 10), min_size=2, max_size=40), size=st.integers(2, 5))
    def test_mean_of_scaled_losses(self, losses: list[float], size: int) -> None:
        """The mean of the scaled losses is the mean of the batch, also with unequal shards."""
        batch = torch.tensor(losses, dtype=torch.float64)
        shares = []
        for rank in range(size):
            group = ProcessGroup(rank, size)
            rows = group.shard(len(batch))
            shares.append(group.scale_loss(batch[rows].mean(), rows))
        assert torch.stack(shares).mean().item() == pytest.approx(batch.mean().item())

    def test_single_process(self) -> None:
        """With a single process nothing is changed."""
        model, loss = torch.nn.Linear(2, 2), torch.tensor(0.3)
        assert SINGLE_PROCESS.prepare(model) is model
        assert SINGLE_PROCESS.scale_loss(loss, SINGLE_PROCESS.shard(7)) is loss
        assert SINGLE_PROCESS.all_reduce(loss) is loss
        assert SINGLE_PROCESS.describe() == {}
        assert SINGLE_PROCESS.is_main


class TestSyncDropout:
    @pytest.mark.parametrize("layer", [torch.nn.Dropout(0.5), torch.nn.Dropout2d(0.5), Dropout(0.5)])
    def test_masks_are_rows_of_one_mask(self, layer: torch.nn.Module) -> None:
        """Each process drops the same values or channels of its images as a single process would."""
        values = torch.rand(7, 8, 3, 3)
        torch.manual_seed(0)
        expected = layer(values)
        assert 0 < expected.count_nonzero() < values.numel()
        for rank in range(3):
            group = ProcessGroup(rank, 3)
            rows = group.shard(len(values))
            torch.manual_seed(0)
            assert torch.equal(_SyncDropout(layer, group)(values[rows]), expected[rows])


class TestSteps:
    def test_three_processes_take_the_steps_of_one(self, together: Path) -> None:
        """Gradients, batch statistics and random masks of every model are those of the whole batch, to 1e-6.

        This includes batches that cannot be divided evenly, or have fewer images than processes.
        """
        one, three = all_steps(SINGLE_PROCESS), torch.load(together / "steps", weights_only=True)
        assert one.keys() == three.keys()
        for name, expected in one.items():
            found: dict[str, Tensor] = three[name]
            assert expected.keys() == found.keys()
            assert any(key.startswith("gradient") for key in found)
            for key, value in expected.items():
                torch.testing.assert_close(found[key], value, rtol=1e-6, atol=1e-6, msg=lambda m, k=key: f"{k}: {m}")


def losses(stored: StoredResult) -> np.ndarray:
    names = ("train_loss", "validation_loss")
    return np.array([[epoch[name] for name in names] for epoch in stored.json("history.json")["epochs"]])


class TestTraining:
    def test_three_processes_train_the_run_of_one(
        self, tmp_path: Path, together: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An augmented training by three gloo processes gives the numbers of one process, up to rounding.

        Only the main process prints and writes.
        """
        monkeypatch.setattr(
            "svhnlab.training.device._cpu_has_bfloat16", lambda: False
        )  # as tests.fixtures.process_group does
        pipeline = tiny_pipeline(tmp_path / "alone", data_folder)
        pipeline.run(())
        pipeline.train([TrainingTask(pipeline.spec, "cnn-aug")])
        alone = stored_run(pipeline.store, "cnn-aug")
        printed = (together / "printed").read_text(encoding="utf-8")
        assert [printed.count(f"epoch {epoch}/{EPOCHS}") for epoch in range(1, EPOCHS + 1)] == [1] * EPOCHS
        joint = stored_run(Store(together / "results"), "cnn-aug")
        assert joint.key == alone.key
        first, last = 1e-3, 1e-2  # rounding errors are small at first and grow in training
        np.testing.assert_allclose(losses(joint)[0][0], losses(alone)[0][0], rtol=1e-4)  # while training
        np.testing.assert_allclose(losses(joint)[0], losses(alone)[0], rtol=first)
        np.testing.assert_allclose(losses(joint), losses(alone), rtol=last)
        confidence, of_one = (one.arrays("dynamics.npz")["confidence"] for one in (joint, alone))
        np.testing.assert_allclose(confidence[0].mean(), of_one[0].mean(), rtol=1e-3)
        assert np.corrcoef(confidence[0], of_one[0])[0, 1] > 0.999  # each image has its own
        logits, expected = (one.arrays("predictions.npz")["test_logits"] for one in (joint, alone))
        # for comparison: two threads instead of one change the logits by 5 % of their standard deviation, and a change
        # of the initial weights by 1e-6 changes them by 6 %
        assert np.sqrt(np.mean((logits - expected) ** 2)) < 0.1 * expected.std()
        assert joint.manifest["environment"]["processes"] == PROCESSES
        assert [part["processes"] for part in joint.manifest["environment"]["sessions"]] == [PROCESSES]
        assert "processes" not in alone.manifest["environment"]
