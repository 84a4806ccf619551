"""Phrases that sentences share."""

from __future__ import annotations

import pytest

from svhnlab.report.core.words import in_sentence, range_over_models, sentence_start


class TestInSentence:
    @pytest.mark.parametrize(
        ("title", "text"),
        [
            ("Two-layer CNN", "the two-layer CNN"),
            ("Two-layer CNN with augmentation", "the two-layer CNN with augmentation"),
            ("ResNet-18 with augmentation (random start)", "ResNet-18 with augmentation"),
            ("Another model", "Another model"),
        ],
    )
    def test_article(self, title, text):
        """A model named by a common noun has an article, one with a proper name has none."""
        assert in_sentence(title) == text


class TestSentenceStart:
    def test_first_letter(self):
        """Only the first letter changes, and text is escaped."""
        assert sentence_start("the CNN*") == "The CNN\\*"
        assert sentence_start("") == ""


class TestRangeOverModels:
    def test_range(self):
        """Equal values are written once."""
        assert range_over_models([0.1, 0.3, 0.2]) == "10.0% to 30.0%"
        assert range_over_models([0.1, 0.1]) == "10.0%"
