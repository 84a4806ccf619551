"""Maps of feature space of all runs: the figures, the data of the page, the table and the sentences."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from svhnlab.report.core.causes import cause_codes
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.style import CLASS_COLOURS
from svhnlab.report.features.maps import (
    CauseMaps,
    EmbeddingMaps2D,
    EmbeddingMaps3D,
    MapScoresTable,
    describe_neighbourhood,
    describe_sampling,
    describe_separation,
    describe_start,
)
from svhnlab.report.features.maps.base import STEPS, payload
from svhnlab.store.schema import Study
from svhnlab.web.resources import script_json
from tests.fixtures.fakes import fake_study
from tests.report.helpers import with_run

NASTY = '</script> & "<i>"'


def scored(study: Study, **choice) -> Study:
    """The study with other scores on both maps: for each name a value for each run, or one for all."""
    for i, run in enumerate(study.runs.values()):
        values = {name: value[i] if isinstance(value, list) else value for name, value in choice.items()}
        scores = {which: replace(score, **values) for which, score in run.embedding.scores.items()}
        study = with_run(study, replace(run, embedding=replace(run.embedding, scores=scores)))
    return study


class TestEmbeddingMaps2D:
    def test_points(self, study):
        """Each run has a panel; points have the colour of their true class, and errors are crosses."""
        display = EmbeddingMaps2D.from_study(study)
        axes = display.plot().axes
        assert len(axes) == len(study.runs)
        for ax, run, one in zip(axes, study.runs.values(), display.maps, strict=True):
            correct, _, wrong = ax.collections
            shown = run.test.wrong[run.embedding.rows]
            np.testing.assert_allclose(correct.get_offsets(), one.points[~shown])
            np.testing.assert_allclose(wrong.get_offsets(), one.points[shown])
            label = run.test.labels[run.embedding.rows][shown][0]
            assert to_hex(wrong.get_edgecolors()[0]) == CLASS_COLOURS[label]

    def test_one_scale(self, study):
        """All panels have the same limits, which makes an image comparable between models."""
        axes = EmbeddingMaps2D.from_study(study).plot().axes
        assert len({(ax.get_xlim(), ax.get_ylim()) for ax in axes}) == 1

    def test_aligned(self, study):
        """A map that is rotated by 90 degrees and mirrored is drawn like the original one."""
        first = study.runs["cnn"]
        turned = replace(first.embedding, planar=first.embedding.planar[:, ::-1].copy())
        two = replace(study, runs={"cnn": first, "turned": replace(first, name="turned", embedding=turned)})
        one, other = EmbeddingMaps2D.from_study(two).maps
        np.testing.assert_allclose(one.points, other.points, atol=1e-4)

    def test_scores_are_shown(self, study):
        """Every map has its scores, in the picture and in the text."""
        display = EmbeddingMaps2D.from_study(study)
        texts = [text.get_text() for text in display.plot().texts]
        runs = study.runs.values()
        assert sum("Trustworthiness 0.912" in text and "silhouette 0.40" in text for text in texts) == len(runs)
        assert sum("Kept 61% of 15 neighbours" in text and "restart 51%" in text for text in texts) == len(runs)
        assert "trustworthiness 0.912, mean silhouette 0.400" in display.alt
        assert {run.title for run in runs} <= set(texts)

    def test_frame(self, study):
        """The table has every image of every run, named by its position in its file."""
        rows = study.runs["cnn"].embedding.rows
        indices = {**study.data.indices, "test": study.data.indices["test"] + 5000}
        frame = EmbeddingMaps2D.from_study(replace(study, data=replace(study.data, indices=indices))).frame()
        assert frame["image"].tolist() == (rows + 5000).tolist() * len(study.runs)
        assert frame["wrong"].sum() == sum(run.test.wrong[rows].sum() for run in study.runs.values())

    def test_runs_without_maps(self, study):
        """Runs without maps are omitted; if there is no map, there is no display."""
        part = with_run(study, replace(study.runs["cnn-aug"], embedding=None))
        assert [one.name for one in EmbeddingMaps2D.from_study(part, "cnn", "cnn-aug").maps] == ["cnn"]
        with pytest.raises(NotComputed, match="not computed yet: maps of the features"):
            EmbeddingMaps2D.from_study(part, "cnn-aug")

    def test_other_images(self, study):
        """Maps of different images cannot be combined in one figure."""
        run = study.runs["cnn-aug"]
        other = replace(run, embedding=replace(run.embedding, rows=run.embedding.rows[::-1].copy()))
        with pytest.raises(ValueError, match="different images"):
            EmbeddingMaps2D.from_study(with_run(study, other), "cnn", "cnn-aug")

    def test_many_classes(self, study):
        """Beyond ten classes, colours repeat with another mark, in print and on the page, and names are small."""
        names = [f"emergency vehicle {k}" for k in range(26)]
        display = EmbeddingMaps2D.from_study(fake_study(n_test=260, class_names=names))
        data = payload(display)
        assert len(set(zip(data["colours"], data["symbols"], strict=True))) == 26
        assert len(set(data["onMap"])) == 26
        assert max(map(len, data["onMap"])) <= 14
        assert data["nameSize"] < payload(EmbeddingMaps2D.from_study(study))["nameSize"]
        ax = display.plot().axes[0]
        assert len(ax.collections) == 3 + 2  # three marks of correct points, and the rims and crosses of errors
        assert {text.get_text() for text in ax.texts} <= set(data["onMap"])


class TestCauseMaps:
    def test_colours(self, study: Study) -> None:
        """Errors have the colours of their causes, and the most frequent ones are named with their numbers."""
        display = CauseMaps.from_study(study)
        codes = cause_codes(study)
        figure = display.plot(theme="print")
        for i, (ax, run) in enumerate(zip(figure.axes, study.runs.values(), strict=True)):
            rows = run.embedding.rows
            of_errors = codes[i][rows][run.test.wrong[rows]]
            *_, crosses = ax.collections
            assert [to_hex(colour) for colour in crosses.get_edgecolors()] == [CLASS_COLOURS[k] for k in of_errors]
            counts = np.bincount(of_errors)
            errors, frequent = display.lines(i)
            assert errors == f"{len(of_errors)} errors"
            assert frequent.startswith(f"Most frequent: {display.titles[counts.argmax()]} {counts.max()}")
        assert (display.frame()["cause"] != "").sum() == display.frame()["wrong"].sum()
        assert display.size[1] < 8  # a page of the PDF has room for the text, too

    def test_without_causes(self, study: Study) -> None:
        with pytest.raises(NotComputed):
            CauseMaps.from_study(replace(study, causes=None))


class TestEmbeddingMaps3D:
    def test_two_views(self, study):
        """The picture shows the last run from two directions that differ by 90 degrees."""
        figure = EmbeddingMaps3D.from_study(study, "cnn", "resnet18").plot()
        first, second = figure.axes
        assert second.azim - first.azim == 90
        assert study.runs["resnet18"].title in [text.get_text() for text in figure.texts]

    def test_markdown(self, tmp_path, monkeypatch):
        """The static picture, controls for all runs and classes, and data that cannot end the script."""
        monkeypatch.chdir(tmp_path)
        study = fake_study(n_test=60, class_names=[NASTY, *"123456789"])
        text = EmbeddingMaps3D.from_study(study).markdown()
        raw = text[text.index("```{=html}") : text.rindex("```")]
        assert text.index(".light-content") < text.index("```{=html}")
        assert "-print.svg" in text[text.index('unless-format="html"') :]
        assert raw.count('type="radio"') == len(study.runs) + 11
        assert 'tabindex="0"' in raw
        assert "aria-label=" in raw
        assert raw.count("</script>") == 1
        assert "<i>" not in raw
        assert "https://" not in raw
        data = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', raw, re.DOTALL)[1])
        assert data["names"][0] == NASTY

    def test_payload(self, study):
        """The page uses integers that keep the coordinates to a ten-thousandth of the map."""
        indices = {**study.data.indices, "test": study.data.indices["test"] + 5000}
        display = EmbeddingMaps3D.from_study(replace(study, data=replace(study.data, indices=indices)))
        data = payload(display)
        for run, one, part in zip(study.runs.values(), display.maps, data["runs"], strict=True):
            points = np.array(part["points"]).T * display.spans.max() / STEPS
            np.testing.assert_allclose(points, one.points, atol=display.spans.max() / STEPS)
            assert part["predicted"] == run.test.predicted[run.embedding.rows].tolist()
            assert ["Trustworthiness", "0.956"] in part["scores"]
        assert data["rows"] == (study.runs["cnn"].embedding.rows + 5000).tolist()

    def test_small(self):
        """The data of the largest study, 5,000 points of four runs in both figures, stay far below 2 MB."""
        study = fake_study(n_test=5000)
        for run in study.runs.values():
            points = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32)
            maps = replace(run.embedding, rows=np.arange(5000), planar=points[:, :2], spatial=points)
            study = with_run(study, replace(run, embedding=maps))
        size = sum(
            len(script_json(payload(display.from_study(study)))) for display in (EmbeddingMaps2D, EmbeddingMaps3D)
        )
        assert size < 1_000_000


class TestMapScoresTable:
    def test_cells(self, study):
        """A row for each run and map, with all scores, and the class where the silhouette is lowest."""
        study = scored(study, silhouette=(0.1, 0.6, float("nan"), *(0.4,) * 7))
        table = MapScoresTable.from_study(study)
        cells = table.cells()
        assert len(cells) == 2 * len(study.runs)
        assert cells.iloc[0].tolist() == ["Two-layer CNN", "2-D", "0.912", "61.2%", "51.2%", "0.39", "0.10 (0)"]
        assert cells["Map"].tolist()[:2] == ["2-D", "3-D"]
        assert table.frame()["silhouette 1"].tolist() == [0.6] * len(cells)
        assert "trustworthiness 0.912 to 0.956" in table.alt

    def test_undefined(self, study):
        """A map of a single class has no silhouette."""
        cells = MapScoresTable.from_study(scored(study, silhouette=(float("nan"),) * 10)).cells()
        assert cells.iloc[0].tolist()[-2:] == ["–", "–"]


class TestDescribeSeparation:
    def test_best_and_least(self, study):
        """Models are ranked where both maps agree, with their silhouettes and a caveat."""
        text = describe_separation(scored(study, silhouette=[(value,) * 10 for value in (0.2, 0.3, 0.5, 0.4)]))
        assert r"best separated on both maps of ResNet\-18 (mean" in text
        assert "mean silhouette 0.50 in two dimensions and 0.50 in three" in text
        assert r"least on those of the two\-layer CNN" in text
        assert "no interval" in text

    def test_ties(self, study):
        """Models that are equal as shown, or whose maps disagree, are not ranked."""
        near = [(0.401,) * 10, (0.404,) * 10, (0.2,) * 10, (0.2,) * 10]
        assert "No model separates the classes best" in describe_separation(scored(study, silhouette=near))

    def test_one_run(self, study):
        """A single run is not compared."""
        text = describe_separation(study, "cnn")
        assert "mean silhouette is 0.40 in two dimensions" in text
        assert "best" not in text
        assert "every model" not in text

    def test_undefined(self, study):
        """A map of a single class is not judged."""
        assert "undefined" in describe_separation(scored(study, silhouette=(float("nan"),) * 10))


class TestDescribeNeighbourhood:
    def test_range(self, study):
        """The sentence gives the range over the models."""
        text = describe_neighbourhood(study)
        assert "feature space, 61.2% are also" in text
        text = describe_neighbourhood(scored(study, neighbour_preservation=[0.4, 0.5, 0.6, 0.7]))
        assert "feature space, 40.0% to 70.0% are also" in text


class TestDescribeStart:
    def test_chance(self, study):
        """The share that is kept is given with the share expected by chance."""
        text = describe_start(study)
        assert "keeps 51.2% of its 15" in text
        assert "63.4% in three" in text
        chance = 100 * 15 / (len(study.runs["cnn"].embedding.rows) - 1)
        assert f"({chance:.1f}% are expected by chance)" in text


class TestDescribeSampling:
    def test_rule(self, study):
        """The rule of the choice is quoted."""
        assert "The first images." in describe_sampling(study)
