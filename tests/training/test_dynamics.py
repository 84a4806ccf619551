"""The dynamics of a training: recorded for each image, whatever the order, and kept in checkpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from svhnlab.training.checkpoint import load_checkpoint, save_checkpoint
from svhnlab.training.dynamics import DynamicsRecord, label_scores
from svhnlab.training.loop import Callbacks, TrainingState
from tests.training.test_loop import RECIPE, TRAINING, run

RECORDED = replace(RECIPE, augmentation=None, label_smoothing=0.0)


class TestLabelScores:
    def test_columns(self) -> None:
        """Probabilities of the classes, then the margin of the label over the largest other logit."""
        logits = torch.tensor([[2.0, 0.5, 1.0], [2.0, 0.5, 1.0]])
        scores = label_scores(logits, torch.tensor([0, 2]))
        torch.testing.assert_close(scores[:, :3], logits.softmax(1))
        assert scores[:, 3].tolist() == [1.0, -1.0]

    def test_no_images(self) -> None:
        """A process without images in a batch records none."""
        assert label_scores(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64)).shape == (0, 4)


class TestTrain:
    def test_agrees_with_the_history(self) -> None:
        """Mean loss and accuracy of each epoch follow from the dynamics of the images, in the order of the images."""
        state = run(RECORDED)
        dynamics = state.dynamics.finish(RECORDED.epochs)
        assert dynamics is not None
        assert dynamics.confidence.shape == dynamics.margin.shape == (RECORDED.epochs, len(TRAINING[0]))
        assert dynamics.confidence.dtype == dynamics.margin.dtype == dynamics.probabilities.dtype == np.float16
        losses = -np.log(dynamics.confidence.astype(np.float64)).mean(axis=1)
        np.testing.assert_allclose(losses, [epoch.train_loss for epoch in state.history], rtol=2e-3)
        correct = (dynamics.margin > 0).mean(axis=1)
        np.testing.assert_allclose(correct, [epoch.train_accuracy for epoch in state.history], atol=0.011)
        of_label = dynamics.probabilities[np.arange(len(TRAINING[1])), TRAINING[1].numpy()]
        np.testing.assert_allclose(of_label, dynamics.confidence.mean(axis=0, dtype=np.float32), atol=2e-3)
        np.testing.assert_allclose(dynamics.probabilities.sum(axis=1, dtype=np.float32), 1, atol=5e-3)

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
