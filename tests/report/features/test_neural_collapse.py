"""Tables and sentences on neural collapse and the similarity of features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.analysis.neural_collapse import linear_cka
from svhnlab.report.features.neural_collapse import (
    FeatureSimilarityTable,
    NeuralCollapseTable,
    describe_neural_collapse,
    describe_similarity,
)
from svhnlab.store.schema import UNDEFINED, SeedStatistics
from tests.fixtures.fakes import fake_study
from tests.report.helpers import plain


class TestNeuralCollapse:
    def test_cells(self, study):
        """The measures have two decimals, the agreement its interval."""
        row = NeuralCollapseTable.from_study(study).cells().iloc[0]
        assert row.tolist()[1:] == ["0.40", "0.10", "0.05", "0.70", "93.0% (91.0–95.0)"]
        text = str(describe_neural_collapse(study, "cnn"))
        assert "relative to that between them (NC1), is 0.40; it is 0 if they are collapsed." in plain(text)
        assert "93.0% (95% interval 91.0% to 95.0%) of them" in text


class TestFeatureSimilarity:
    def test_cells(self, study):
        """Each pair of models has its value in both directions; the diagonal is 1."""
        frame = FeatureSimilarityTable.from_study(study).frame().set_index("run")
        values = frame.drop(columns="two_seeds").to_numpy()
        np.testing.assert_array_equal(values, values.T)
        assert np.diag(values).tolist() == [1.0] * 4
        features = [study.runs[name].test.features for name in ("cnn", "resnet18")]
        assert values[0, list(study.runs).index("resnet18")] == pytest.approx(linear_cka(*features))

    def test_extremes(self, study):
        """The sentence names the most and the least similar pair."""
        text = str(describe_similarity(study))
        values = FeatureSimilarityTable.from_study(study).frame().set_index("run").to_numpy()[:, :4]
        below = values[np.tril_indices(4, -1)]
        assert f"({below.max():.2f}) and least similar" in text
        assert f"({below.min():.2f})." in text

    @pytest.mark.parametrize(
        ("seeds", "finding"),
        [
            ({}, "is not known: `svhnlab train` with the option `--seeds 2` trains each model twice."),
            ({"cnn": 0.97}, "with different seeds: 0.97. No two different models are as similar as two seeds"),
            (
                {"cnn": 0.97, "resnet18": 0.001},
                "seeds: 0.00 to 0.97. It is reached by the two-layer CNN and ResNet-18.",
            ),
        ],
    )
    def test_baseline(self, seeds, finding):
        """The baseline is the similarity of two seeds; the pairs that reach that of one of their models are named."""
        study = fake_study(n_test=60, runs=["cnn", "resnet18"])
        statistics = {name: SeedStatistics(UNDEFINED, UNDEFINED, cka) for name, cka in seeds.items()}
        changed = replace(study, seed_statistics=statistics)
        assert finding in plain(describe_similarity(changed))
        table = FeatureSimilarityTable.from_study(changed)
        assert ("Two seeds" in table.cells()) == bool(seeds)
        assert ("of two seeds of one model" in table.alt) == bool(seeds)

    def test_few_models(self):
        """Two models have one value, a single one has none."""
        two = fake_study(n_test=30, runs=["cnn", "resnet18"])
        assert "The similarity of the features of the two\\-layer CNN and ResNet\\-18 is" in str(
            describe_similarity(two)
        )
        one = fake_study(n_test=30, runs=["cnn"])
        assert "only between two" in str(describe_similarity(one))
        assert "only one model" in FeatureSimilarityTable.from_study(one).alt
