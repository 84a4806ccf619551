"""Content of a chapter, and placeholders for results that are not computed yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svhnlab.paths import CHAPTER_END
from svhnlab.report import (
    AugmentationGrid,
    Chapter,
    ModelComparison,
    PerClassTable,
    SampleGrid,
    TrainingCurves,
    describe_comparison,
    describe_interaction,
    describe_network,
    scope,
)

SETTINGS = {
    "profile": {"name": "demo"},
    "data": {"kind": "generated"},
    "split": {"protocol": "official"},
    "start": {"kind": "random"},
    "seed": 0,
    "seeds": 1,
}


class TestShow:
    def test_all_there(self, study):
        """Classes and functions take the study, names of configurations and options."""
        chapter = Chapter(study)
        assert isinstance(chapter.show(PerClassTable, "cnn"), PerClassTable)
        assert len(chapter.show(TrainingCurves, "cnn", "cnn-aug").titles) == 2
        assert chapter.show(SampleGrid, n_samples=3).images.shape[1] == 3
        assert chapter.show(describe_comparison) == describe_comparison(study)
        assert chapter.show(describe_network, "cnn") == describe_network(study, "cnn")

    def test_no_statistics(self, study):
        """Without statistics a line gives the command that computes them, only for the trained configurations."""
        whole = replace(study, statistics=None, settings=SETTINGS)
        assert "*Not computed yet: `svhnlab train --profile demo" in Chapter(whole).show(ModelComparison)
        part = replace(whole, runs={"cnn": study.runs["cnn"]}, missing=("cnn-aug", "resnet18", "resnet18-aug"))
        assert "`svhnlab train cnn --profile demo" in Chapter(part).show(describe_comparison)

    def test_no_examples(self, study):
        """The same holds for everything that is computed from the data."""
        bare = Chapter(replace(study, augmentation=None, settings=SETTINGS))
        assert bare.show(AugmentationGrid).startswith("*Not computed yet")

    def test_not_trained(self, study):
        """Results of an untrained configuration are replaced by the command that trains it."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=("resnet18",), settings=SETTINGS)
        assert "Not trained yet: `svhnlab train resnet18 " in Chapter(part).show(PerClassTable, "resnet18")
        assert "Not trained yet" in Chapter(replace(part, runs={})).show(ModelComparison)

    @pytest.mark.parametrize("source", [PerClassTable, describe_network])
    def test_configuration_of_another_study(self, study, source):
        """No command is given for a configuration that does not belong to the study."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=(), settings=SETTINGS)
        line = Chapter(part).show(source, "resnet18")
        assert line.startswith("*Not part of this study: ResNet")
        assert "svhnlab train" not in line

    def test_design(self, study):
        """A sentence on all four configurations names those that are missing from the study."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=(), settings=SETTINGS)
        line = Chapter(part).show(describe_interaction)
        assert line.count("with augmentation") == 2


class TestBegin:
    def test_chapter_of_one_configuration(self, study):
        """A chapter on a configuration of another study ends at its beginning; one on an untrained one goes on."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=("cnn-aug",), settings=SETTINGS)
        ended = Chapter(part).begin("resnet18")
        assert ended.startswith("*Not part of this study: ResNet")
        assert ended.endswith(CHAPTER_END)
        assert Chapter(part).begin("cnn") == Chapter(part).begin("cnn-aug") == scope(part)
