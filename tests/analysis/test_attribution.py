"""Attribution highlights the region of the image that causes the error."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from svhnlab.analysis.attribution import NEUTRAL, SIZE, explain_errors
from svhnlab.models.networks import Classifier

CPU = torch.device("cpu")


class CornerClassifier(Classifier):
    """Model whose logits are the brightness of the upper left (class 0) and the lower right corner (class 1)."""

    def forward_features(self, images: Tensor) -> Tensor:
        return torch.stack([images[:, :, :8, :8].mean((1, 2, 3)), images[:, :, -8:, -8:].mean((1, 2, 3))], dim=1)

    def forward_head(self, features: Tensor) -> Tensor:
        return 10 * features


def one_bright_corner() -> np.ndarray:
    images = np.zeros((1, 3, 32, 32), dtype=np.uint8)
    images[:, :, :8, :8] = 255
    return images


def explain(images: np.ndarray, labels: list[int], predicted: list[int]) -> np.ndarray:
    model = CornerClassifier(32)
    return explain_errors(model, images, np.array(labels), np.array(predicted), CPU)


class TestExplainErrors:
    def test_the_deciding_part_stands_out(self) -> None:
        """The bright corner supports the predicted class and has the maximum value."""
        (found,) = explain(one_bright_corner(), [1], [0])
        assert found.shape == (SIZE, SIZE)
        assert found[0, 0] == found.max() == 255
        assert found[SIZE // 2, SIZE // 2] == NEUTRAL

    def test_what_speaks_for_the_true_class_is_below(self) -> None:
        """The sign shows which of the two classes a region supports."""
        (found,) = explain(one_bright_corner(), [0], [1])
        assert found[0, 0] == found.min() == 1

    def test_right_images_are_neutral(self) -> None:
        """A correctly classified image has a neutral map."""
        images = np.repeat(one_bright_corner(), 2, axis=0)
        found = explain(images, [0, 1], [0, 0])
        assert (found[0] == NEUTRAL).all()
        assert (found[1] != NEUTRAL).any()

    def test_image_without_any_part_that_matters(self) -> None:
        """A uniform image, where covering changes nothing, gives a neutral map without division by zero."""
        found = explain(np.full((1, 3, 32, 32), 90, dtype=np.uint8), [1], [0])
        assert (found == NEUTRAL).all()
