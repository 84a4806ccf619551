"""Maps of feature space of all runs: what the figures, the page's data, the table and the sentences say."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from svhnlab.report.core.style import CLASS_COLOURS
from svhnlab.report.features.maps import (
    EmbeddingMaps2D,
    EmbeddingMaps3D,
    MapScoresTable,
    describe_neighbourhood,
    describe_sampling,
    describe_separation,
    describe_start,
)
from svhnlab.report.features.maps.base import STEPS, payload
from svhnlab.store.schema import DIGITS
from svhnlab.web.resources import script_json
from tests.fixtures.fakes import fake_study

NASTY = '</script> & "<i>"'


@pytest.fixture(scope="module")
def runs():
    return list(fake_study(n_test=200).runs.values())


def scored(runs, **choice):
    """The runs with other scores on both maps: for each name a value for each run, or one for all."""
    made = []
    for i, run in enumerate(runs):
        values = {name: value[i] if isinstance(value, list) else value for name, value in choice.items()}
        scores = {which: replace(score, **values) for which, score in run.embedding.scores.items()}
        made.append(replace(run, embedding=replace(run.embedding, scores=scores)))
    return made


class TestEmbeddingMaps2D:
    def test_points(self, runs):
        """Each run has a panel; points carry the colour of their true class, errors are crosses of their own."""
        display = EmbeddingMaps2D(runs, DIGITS)
        axes = display.plot().axes
        assert len(axes) == len(runs)
        for ax, run in zip(axes, runs, strict=True):
            right, _, wrong = ax.collections
            shown = run.test.wrong[run.embedding.rows]
            np.testing.assert_allclose(right.get_offsets(), display.coordinates[run.name][~shown])
            np.testing.assert_allclose(wrong.get_offsets(), display.coordinates[run.name][shown])
            label = run.test.labels[run.embedding.rows][shown][0]
            assert to_hex(wrong.get_edgecolors()[0]) == CLASS_COLOURS[label]

    def test_one_scale(self, runs):
        """All panels have the same limits, so that an image can be followed from model to model."""
        axes = EmbeddingMaps2D(runs, DIGITS).plot().axes
        assert len({(ax.get_xlim(), ax.get_ylim()) for ax in axes}) == 1

    def test_aligned(self, runs):
        """A map that is turned by a quarter and mirrored is drawn like the one that is not."""
        first = runs[0]
        turned = replace(first.embedding, planar=first.embedding.planar[:, ::-1].copy())
        display = EmbeddingMaps2D([first, replace(first, name="turned", embedding=turned)], DIGITS)
        one, other = display.coordinates.values()
        np.testing.assert_allclose(one, other, atol=1e-4)

    def test_scores_are_shown(self, runs):
        """No map without its scores, in the picture and in the text."""
        display = EmbeddingMaps2D(runs, DIGITS)
        texts = [text.get_text() for text in display.plot().texts]
        assert sum("Trustworthiness 0.912" in text and "silhouette 0.40" in text for text in texts) == len(runs)
        assert sum("kept 61%" in text and "another start 51%" in text for text in texts) == len(runs)
        assert display.alt.count("trustworthiness 0.912") == len(runs)
        assert {run.title for run in runs} <= set(texts)

    def test_frame(self, runs):
        """The table has every point of every run."""
        frame = EmbeddingMaps2D(runs, DIGITS).frame()
        assert len(frame) == len(runs) * len(runs[0].embedding.rows)
        assert frame["wrong"].sum() == sum(run.test.wrong[run.embedding.rows].sum() for run in runs)

    def test_runs_without_maps(self, runs):
        """Runs whose maps are not made are left out; without any there is no display."""
        without = replace(runs[1], embedding=None)
        assert [run.name for run in EmbeddingMaps2D([runs[0], without], DIGITS).runs] == [runs[0].name]
        with pytest.raises(ValueError, match="none of these runs has a map"):
            EmbeddingMaps2D([without], DIGITS)

    def test_other_images(self, runs):
        """Maps of different images do not stand side by side."""
        other = replace(runs[1], embedding=replace(runs[1].embedding, rows=runs[1].embedding.rows[::-1].copy()))
        with pytest.raises(ValueError, match="different images"):
            EmbeddingMaps2D([runs[0], other], DIGITS)

    def test_many_classes(self):
        """Beyond ten classes colours come again with another mark, on paper and on the page, and names are small."""
        names = [f"emergency vehicle {k}" for k in range(26)]
        runs = fake_study(n_test=260, class_names=names).runs
        display = EmbeddingMaps2D(runs, names)
        data = payload(display)
        assert len(set(zip(data["colours"], data["symbols"], strict=True))) == 26
        assert len(set(data["onMap"])) == 26
        assert max(map(len, data["onMap"])) <= 14
        assert data["nameSize"] < payload(EmbeddingMaps2D(fake_study(n_test=60).runs, DIGITS))["nameSize"]
        ax = display.plot().axes[0]
        assert len(ax.collections) == 3 + 2  # three marks of right points, and the rims and crosses of wrong ones
        assert {text.get_text() for text in ax.texts} <= set(data["onMap"])


class TestEmbeddingMaps3D:
    def test_two_views(self, runs):
        """The picture shows the named run from two sides that differ by a quarter turn, the last run without a name."""
        figure = EmbeddingMaps3D(runs, DIGITS, printed="cnn").plot()
        first, second = figure.axes
        assert second.azim - first.azim == 90
        assert "Two-layer CNN" in [text.get_text() for text in figure.texts]
        assert EmbeddingMaps3D(runs, DIGITS).printed == runs[-1].name
        with pytest.raises(ValueError, match="vgg is not among"):
            EmbeddingMaps3D(runs, DIGITS, printed="vgg")

    def test_markdown(self, runs, tmp_path, monkeypatch):
        """The static picture, controls for all runs and classes, and data that cannot end the script."""
        monkeypatch.chdir(tmp_path)
        text = EmbeddingMaps3D(runs, [NASTY, *"123456789"]).markdown()
        raw = text[text.index("```{=html}") : text.rindex("```")]
        assert text.index(".light-content") < text.index("```{=html}")
        assert "-print.svg" in text[text.index('unless-format="html"') :]
        assert raw.count('type="radio"') == len(runs) + 11
        assert 'tabindex="0"' in raw
        assert "aria-label=" in raw
        assert raw.count("</script>") == 1
        assert "<i>" not in raw
        assert "https://" not in raw
        data = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', raw, re.DOTALL)[1])
        assert data["names"][0] == NASTY

    def test_payload(self, runs):
        """What the page draws from: whole numbers that keep the coordinates to a ten-thousandth of the map."""
        display = EmbeddingMaps3D(runs, DIGITS)
        data = payload(display)
        for run, part in zip(runs, data["runs"], strict=True):
            found = np.array(part["points"]).T * display.spans.max() / STEPS
            np.testing.assert_allclose(found, display.coordinates[run.name], atol=display.spans.max() / STEPS)
            assert part["predicted"] == run.test.predicted[run.embedding.rows].tolist()
            assert ["Trustworthiness", "0.956"] in part["scores"]
        assert data["rows"] == runs[0].embedding.rows.tolist()

    def test_small(self):
        """The data of the largest study, 5,000 points of four runs in both figures, stay far below 2 MB."""
        runs = []
        for run in fake_study(n_test=5000).runs.values():
            points = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32)
            maps = replace(run.embedding, rows=np.arange(5000), planar=points[:, :2], spatial=points)
            runs.append(replace(run, embedding=maps))
        size = sum(len(script_json(payload(display(runs, DIGITS)))) for display in (EmbeddingMaps2D, EmbeddingMaps3D))
        assert size < 1_000_000


class TestMapScoresTable:
    def test_cells(self, runs):
        """A row for each run and map, with all scores, and the classes where the silhouette is lowest and highest."""
        runs = scored(runs, silhouette=(0.1, 0.6, float("nan"), *(0.4,) * 7))
        table = MapScoresTable.from_results(runs, DIGITS)
        cells = table.cells()
        assert len(cells) == 2 * len(runs)
        assert cells.iloc[0].tolist() == [
            "Two-layer CNN", "2-D", "0.912", "61.2%", "51.2%", "1.23", "0.39", "0.10 (0)", "0.60 (1)",
        ]  # fmt: skip
        assert cells["Map"].tolist()[:2] == ["2-D", "3-D"]
        assert table.frame()["silhouette 1"].tolist() == [0.6] * len(cells)
        assert "trustworthiness 0.912 to 0.956" in table.alt

    def test_undefined(self, runs):
        """A map of a single class has no silhouette."""
        cells = MapScoresTable.from_results(scored(runs, silhouette=(float("nan"),) * 10), DIGITS).cells()
        assert cells.iloc[0].tolist()[-3:] == ["–", "–", "–"]


class TestSeparationComment:
    def test_best_and_least(self, runs):
        """Models are ordered where both maps agree, with figures and a word of caution."""
        text = describe_separation(scored(runs, silhouette=[(value,) * 10 for value in (0.2, 0.3, 0.5, 0.4)]), DIGITS)
        assert r"best apart on both maps of ResNet\-18 (random start) (mean" in text
        assert "mean silhouette 0.50 in two dimensions and 0.50 in three" in text
        assert "least on those of Two" in text
        assert "no interval" in text

    def test_ties(self, runs):
        """Models that are equal as shown, or whose maps disagree, are not ordered."""
        near = [(0.401,) * 10, (0.404,) * 10, (0.2,) * 10, (0.2,) * 10]
        assert "No model has the true classes best apart" in describe_separation(scored(runs, silhouette=near), DIGITS)

    def test_one_run(self, runs):
        """A single run is compared with nothing."""
        text = describe_separation(runs[:1], DIGITS)
        assert "best" not in text
        assert "every model" not in text

    def test_undefined(self, runs):
        """A map of a single class is not judged."""
        assert "undefined" in describe_separation(scored(runs, silhouette=(float("nan"),) * 10), DIGITS)


class TestNeighbourhoodComment:
    def test_range(self, runs):
        """The sentence gives the range over the models, and praises three dimensions only where they keep more."""
        text = describe_neighbourhood(runs)
        assert "keep 61.2% among" in text
        assert "keeps more of them for every model" in text
        text = describe_neighbourhood(scored(runs, neighbour_preservation=[0.4, 0.5, 0.6, 0.7]))
        assert "keep 40.0% to 70.0% among" in text
        assert "more of them" not in text


class TestStartComment:
    def test_chance(self, runs):
        """The share that is kept stands beside what chance alone would keep."""
        text = describe_start(runs)
        assert "keeps 51.2% of its 15" in text
        assert "63.4% in three" in text
        assert f"{100 * 15 / (len(runs[0].embedding.rows) - 1):.1f}%" in text


class TestSamplingComment:
    def test_rule(self, runs):
        """The rule of the choice is quoted."""
        assert "The first images." in describe_sampling(runs)
