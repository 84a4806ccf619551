"""Training curves: loss and accuracy by epoch."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Text

from svhnlab.report import (
    TrainingCurves,
    describe_overfitting,
)
from svhnlab.report.core.text import percent
from svhnlab.store.schema import Epoch
from tests.fixtures.fake_runs import fake_history
from tests.fixtures.fakes import fake_study


def describe_history(history: tuple[Epoch, ...], best_epoch: int) -> str:
    """The sentence on a training with this history."""
    study = fake_study(n_test=20, runs=("cnn",))
    run = replace(study.runs["cnn"], history=history, best_epoch=best_epoch)
    return describe_overfitting(replace(study, runs={"cnn": run}), "cnn")


class TestDescribeOverfitting:
    def test_gap(self):
        """A training accuracy far above the validation accuracy is reported with the difference."""
        last = replace(fake_history(4)[-1], epoch=5, train_accuracy=0.99, validation_accuracy=0.90)
        text = describe_history((*fake_history(4), last), 4)
        assert "exceeds validation accuracy by 9.0 percentage points" in text
        assert "epoch 4 of 5 were kept" in text

    def test_close_and_below(self):
        """Without a gap none is reported; validation above training is explained, not called overfitting."""
        last = fake_history(4)[-1]
        close = replace(last, train_accuracy=0.9, validation_accuracy=0.895)
        below = replace(last, train_accuracy=0.8, validation_accuracy=0.9)
        assert "are close" in describe_history((close,), 4)
        assert "below validation" in describe_history((below,), 4)

    def test_rising_loss(self):
        """A validation loss that rises again is reported with both values."""
        losses = zip(fake_history(3), (1.0, 0.5, 0.75), strict=True)
        history = tuple(replace(epoch, validation_loss=loss) for epoch, loss in losses)
        assert "lowest in epoch 2 (0.500) and rose to 0.750" in describe_history(history, 2)


class TestTrainingCurves:
    def test_lines(self):
        """Lines show the history; the mark is at the kept epoch."""
        history = fake_history(6)
        display = TrainingCurves((history,), (4,), ("CNN",))
        loss, accuracy = display.plot().axes
        train, validation, kept = loss.lines
        assert list(train.get_ydata()) == [epoch.train_loss for epoch in history]
        assert list(validation.get_ydata()) == [epoch.validation_loss for epoch in history]
        assert kept.get_xdata() == [4]
        assert accuracy.lines[2].get_ydata() == [history[3].validation_accuracy]
        assert train.get_linestyle() != validation.get_linestyle()
        assert percent(history[3].validation_accuracy) in display.alt

    @pytest.mark.parametrize("runs", [1, 4])
    @pytest.mark.parametrize("gap", [-0.3, 0.3])
    def test_label_avoids_lines(self, runs, gap):
        """No line crosses the label of the kept epoch, and the label does not stretch the axes."""
        history = tuple(
            Epoch(n, 2 / n + gap, 0.9 - 0.5 / n + gap, 2 / n, 0.9 - 0.5 / n, 1e-3, 1.0, 100.0) for n in range(1, 13)
        )
        figure = TrainingCurves((history,) * runs, (12,) * runs, ("CNN",) * runs).plot()
        figure.draw_without_rendering()
        for ax in figure.axes:
            (label,) = [text for text in ax.texts if "epoch" in text.get_text()]
            box, frame = label.get_window_extent(), ax.get_window_extent()
            assert not any(
                line.get_transform().transform_path(line.get_path()).intersects_bbox(box) for line in ax.lines
            )
            assert frame.y0 < box.y0 < box.y1 < frame.y1
            drawn = [value for line in ax.lines for value in line.get_ydata()]
            assert np.ptp(ax.get_ylim()) < 1.4 * np.ptp(drawn)

    def test_several_runs(self, study):
        """Several models have one column each, with common scales."""
        figure = TrainingCurves.from_study(study).plot()
        assert len(figure.axes) == 2 * len(study.runs)
        assert len({ax.get_ylim() for ax in figure.axes[: len(study.runs)]}) == 1

    def test_many_runs(self):
        """If there is no room side by side, models are in further rows and their titles do not overlap."""
        figure = TrainingCurves((fake_history(3),) * 5, (2,) * 5, ("Two-layer CNN with augmentation",) * 5).plot()
        figure.draw_without_rendering()
        titles = [text.get_window_extent() for text in figure.findobj(Text) if text.get_text().startswith("Two")]
        assert len(titles) == 5
        assert not any(one.overlaps(other) for one, other in combinations(titles, 2))

    def test_single_epoch(self):
        """A history of one epoch can be drawn."""
        history = (Epoch(1, 2.0, 0.2, 2.1, 0.18, 1e-3, 1.0, 100.0),)
        assert TrainingCurves((history,), (1,), ("CNN",)).plot().axes[0].get_xlim() == (0.5, 1.5)
