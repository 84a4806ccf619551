"""The dynamics of a training: recorded for each image, whatever the order, and kept in checkpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from svhnlab.training.checkpoint import load_checkpoint, save_checkpoint
from svhnlab.training.dynamics import DynamicsRecord
from svhnlab.training.loop import Callbacks, TrainingState
from tests.training.test_loop import RECIPE, TRAINING, run

RECORDED = replace(RECIPE, augmentation=None, label_smoothing=0.0)


class TestDynamicsRecord:
    def test_two_epochs(self) -> None:
        """Confidence and margin of the label in each epoch, and the mean logits."""
        record = DynamicsRecord()
        labels = torch.tensor([0, 2])
        epochs = [torch.tensor([[2.0, 0.5, 1.0], [2.0, 0.5, 1.0]]), torch.tensor([[0.0, 0.5, 1.0], [2.0, 1.5, 3.0]])]
        for logits in epochs:
            record.add_epoch(logits, labels)
        assert record.finish(3) is None
        found = record.finish(2)
        assert found is not None
        assert found.margin.tolist() == [[1.0, -1.0], [-1.0, 1.0]]
        assert found.logits.tolist() == [[1.0, 0.5, 1.0], [2.0, 1.0, 2.0]]
        expected = [[one.softmax(1)[row, label].item() for row, label in enumerate((0, 2))] for one in epochs]
        np.testing.assert_allclose(found.confidence, expected, atol=1e-3)


class TestTrain:
    def test_agrees_with_the_history(self) -> None:
        """Mean loss and accuracy of each epoch follow from the dynamics of the images, in the order of the images."""
        state = run(RECORDED)
        dynamics = state.dynamics.finish(RECORDED.epochs)
        assert dynamics is not None
        assert dynamics.confidence.shape == dynamics.margin.shape == (RECORDED.epochs, len(TRAINING[0]))
        assert dynamics.confidence.dtype == dynamics.margin.dtype == dynamics.logits.dtype == np.float16
        losses = -np.log(dynamics.confidence.astype(np.float64)).mean(axis=1)
        np.testing.assert_allclose(losses, [epoch.train_loss for epoch in state.history], rtol=2e-3)
        correct = (dynamics.margin > 0).mean(axis=1)
        np.testing.assert_allclose(correct, [epoch.train_accuracy for epoch in state.history], atol=0.011)

    def test_resumed(self, tmp_path: Path) -> None:
        """A training that is resumed from a checkpoint has the dynamics of an uninterrupted one."""
        whole = run(RECIPE).dynamics.finish(RECIPE.epochs)

        class Stop(Exception):
            pass

        def stop(state: TrainingState) -> None:
            save_checkpoint(tmp_path / "state", state)
            raise Stop

        with pytest.raises(Stop):
            run(RECIPE, callbacks=Callbacks(epoch_end=[stop]))
        state = load_checkpoint(tmp_path / "state", print)
        resumed = run(RECIPE, state=state).dynamics.finish(RECIPE.epochs)
        assert whole is not None
        assert resumed is not None
        for name, values in vars(whole).items():
            np.testing.assert_array_equal(getattr(resumed, name), values)

    def test_checkpoint_of_an_earlier_version(self, tmp_path: Path) -> None:
        """If the first epochs were not recorded, there are no dynamics; the training itself is finished."""
        state = run(replace(RECIPE, epochs=1))
        state.dynamics = DynamicsRecord()
        save_checkpoint(tmp_path / "state", state)
        resumed = run(RECIPE, state=load_checkpoint(tmp_path / "state", print))
        assert len(resumed.history) == RECIPE.epochs
        assert resumed.dynamics.finish(RECIPE.epochs) is None
