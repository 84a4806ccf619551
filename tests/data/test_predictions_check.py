"""Validation of imported predictions: one line for each fault, and the order of the study."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from svhnlab.data.predictions_check import SMALLEST, CheckedSplit, Scores, check_split
from svhnlab.data.predictions_file import SplitArrays

NAMES = ("cat", "dog", "owl")
LABELS, INDICES = np.array([0, 2, 1, 1]), np.array([3, 5, 8, 9])
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.0, 0.0, 1.0], [0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])
FILES = ["test/cat/1.png", "test/dog/2.png", "test/cat/é.png", "test/dog/4.png"]
LOGITS = np.array([[4.0, 1.0, -2.0], [0.0, 0.0, 9.0], [1.0, 2.0, 0.0], [3.0, 1.0, 0.0]])


def check(scores: Any = LOGITS, read: Scores = "auto", names: Any = None, **arrays: Any) -> CheckedSplit:
    """Validate test predictions for four images of three classes."""
    return check_split("test", SplitArrays(np.asarray(scores), **arrays), LABELS, INDICES, NAMES, read, names=names)


class TestCheckSplit:
    def test_logits(self) -> None:
        """Logits are kept; labels and numbers are those of the study."""
        found = check(features=np.eye(4))
        assert (found.faults, found.read_as) == ([], "logits")
        assert found.predictions is not None
        np.testing.assert_array_equal(found.predictions.logits, LOGITS.astype(np.float32))
        np.testing.assert_array_equal(found.predictions.labels, LABELS)
        np.testing.assert_array_equal(found.predictions.indices, INDICES)

    def test_probabilities(self) -> None:
        """The softmax of their logarithms gives the probabilities back; zeros become finite."""
        found = check(PROBABILITIES)
        assert found.read_as == "probabilities"
        assert found.predictions is not None
        np.testing.assert_allclose(found.predictions.probabilities, PROBABILITIES, atol=2 * SMALLEST)

    def test_logits_that_look_like_probabilities(self) -> None:
        """The author's word decides."""
        found = check(PROBABILITIES, "logits")
        assert found.read_as == "logits"
        assert found.predictions is not None
        np.testing.assert_allclose(found.predictions.logits, PROBABILITIES.astype(np.float32))

    @pytest.mark.parametrize("kind", [int, str, float])
    def test_identifiers_bring_rows_into_order(self, kind: type) -> None:
        """Rows in another order are sorted by the numbers of the images, with their features."""
        shuffled = np.array([2, 0, 3, 1])
        found = check(
            LOGITS[shuffled],
            ids=INDICES[shuffled].astype(kind),
            features=np.arange(4.0)[shuffled, None],
            labels=np.array(NAMES)[LABELS[shuffled]],
        )
        assert found.faults == []
        assert found.predictions is not None
        np.testing.assert_array_equal(found.predictions.logits, LOGITS.astype(np.float32))
        np.testing.assert_array_equal(found.predictions.features, np.arange(4.0)[:, None])  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "ids",
        [
            np.array(FILES),
            np.array([f" {name} " for name in FILES], dtype=object),
            np.array([name.replace("/", "\\") for name in FILES]),
            np.array(["1.png", "2.png", "é.png", "4.png"]),
            np.array([*FILES[:2], "test/cat/e\u0301.png", "4.png"]),
        ],
    )
    def test_names_bring_rows_into_order(self, ids: Any) -> None:
        """Images are also identified by their paths, or by the names of their files if these differ."""
        shuffled = np.array([2, 0, 3, 1])
        found = check(LOGITS[shuffled], names=np.array(FILES), ids=ids[shuffled])
        assert found.faults == []
        assert found.predictions is not None
        np.testing.assert_array_equal(found.predictions.logits, LOGITS.astype(np.float32))

    def test_numbers_of_images_with_names(self) -> None:
        """Numbers identify images that have names, too."""
        assert check(names=np.array(FILES), ids=INDICES.astype(str)).faults == []

    @pytest.mark.parametrize(
        ("ids", "message"),
        [
            (
                [*FILES[:3], "other.png"],
                "1 are not names of test images of the study, the first is 'other.png' in row 3",
            ),
            ([*FILES[:3], "9"], "1 are not names of test images of the study, the first is '9' in row 3"),
            ([*FILES[:3], FILES[0]], "1 are repeated, the first is 'test/cat/1.png'"),
            (["1.png", *FILES[:3]], "1 are repeated, the first is '1.png'"),
        ],
    )
    def test_names_that_do_not_fit(self, ids: Any, message: str) -> None:
        """Unknown and repeated names."""
        found = check(names=np.array(FILES), ids=np.array(ids))
        assert found.predictions is None
        assert len(found.faults) == 1
        assert message in found.faults[0]

    def test_file_names_of_several_images(self) -> None:
        """The name of a file is not enough where two images have it."""
        names = np.array(["test/cat/1.png", "test/dog/1.png", "test/cat/2.png", "test/cat/3.png"])
        assert check(names=names, ids=names).faults == []
        found = check(names=names, ids=np.array(["1.png", "1.png", "2.png", "3.png"]))
        assert found.faults == [
            "test_ids: several test images have the name '1.png'; give paths such as 'test/cat/1.png'."
        ]

    @pytest.mark.parametrize("labels", [LABELS, LABELS.astype(str), np.array(NAMES)[LABELS], LABELS.astype(float)])
    def test_labels_that_agree(self, labels: Any) -> None:
        """Labels are numbers of the classes or their names."""
        assert check(labels=labels).faults == []

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"scores": LOGITS[:, 0]}, "must be numbers of shape (images, classes), is float64 of shape (4,)"),
            ({"scores": np.full((4, 3), "a")}, "must be numbers of shape"),
            ({"scores": LOGITS[:3]}, "has 3 rows, but the study has 4 test images"),
            ({"scores": LOGITS[:, :2]}, "has scores for 2 classes, but the study has 3"),
            (
                {"scores": np.where(LOGITS == 9, np.nan, LOGITS)},
                "1 of 4 rows have NaN or infinite scores, the first is",
            ),
            ({"scores": 0.9 * PROBABILITIES}, "of 4 of 4 images do not add up to 1, the first in row 0 (0.9)"),
            ({"scores": LOGITS, "read": "probabilities"}, "must be between 0 and 1, but row 0 has others"),
            ({"scores": 1e300 * LOGITS}, "too large for 32-bit numbers"),
            ({"features": np.ones(4)}, "must have the shape (images, features) with 4 images"),
            ({"features": np.ones((3, 2))}, "must have the shape (images, features) with 4 images"),
            ({"features": np.ones((4, 5_000))}, "has 5,000 features; give 1 to 4,096"),
            ({"features": np.full((4, 1), np.inf)}, "the features have NaN or infinite values, first in row 0"),
            ({"features": np.full((4, 1), 1e300)}, "features are too large for 32-bit numbers"),
            ({"labels": np.array([0, 2, 1, 0])}, "1 of 4 differ from those of the study, the first is image 9: 'cat'"),
            ({"labels": np.array(["cat", "owl", "dog", "cow"])}, "'cow' is no class of the study"),
            ({"labels": np.array([0, 2, 1, 3])}, "'3' is no class of the study"),
            ({"labels": LABELS[:2]}, "must have the shape (images,) with 4 images"),
            ({"ids": np.array([3, 5, 8, 7])}, "1 are not numbers of test images of the study, the first is 7 in row 3"),
            ({"ids": np.array([3, 5, 8, 8])}, "1 are repeated, the first is 8"),
            ({"ids": np.array(["a", "b", "c", "d"])}, "must be the whole numbers of the images"),
            ({"ids": np.array([3, 5, 8, 9.5])}, "must be the whole numbers of the images"),
        ],
    )
    def test_faults(self, changes: dict[str, Any], message: str) -> None:
        """Each fault is one sentence that names the place, and nothing is imported."""
        found = check(**changes)
        assert any(message in fault for fault in found.faults), found.faults
        assert all(fault.startswith("test") and "\n" not in fault for fault in found.faults)

    def test_all_faults_are_reported(self) -> None:
        """Faults of scores, features and labels are found in one go."""
        found = check(
            np.where(LOGITS == 9, np.inf, LOGITS), features=np.full((4, 2), np.nan), labels=np.array([1, 1, 1, 1])
        )
        assert len(found.faults) == 3
        assert found.predictions is None
