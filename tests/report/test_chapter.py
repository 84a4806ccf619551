"""Runs side by side: tables and figures hold the numbers of the stored statistics, and only these."""

from __future__ import annotations

from dataclasses import replace

from svhnlab.paths import CHAPTER_END
from svhnlab.report import (
    Chapter,
    ModelComparison,
    PerClassTable,
    describe_comparison,
    notice,
)
from svhnlab.report.errors.confusion_matrix import ConfusionMatrix
from svhnlab.report.features.maps import EmbeddingMaps2D
from tests.fixtures.fakes import fake_study

SETTINGS = {
    "profile": {"name": "demo"},
    "data": {"kind": "generated"},
    "split": {"protocol": "official"},
    "start": {"kind": "random"},
    "seed": 0,
    "seeds": 1,
}


class TestChapter:
    def test_whole_study(self, study):
        """With all there, displays and sentences take the study."""
        chapter = Chapter(study)
        assert isinstance(chapter.study_display(PerClassTable, "cnn"), PerClassTable)
        assert str(chapter.study_sentence(describe_comparison)) == str(describe_comparison(study))

    def test_no_statistics(self, study):
        """Without statistics a line names the command that makes them, for the stored runs where others are missing."""
        whole = replace(study, statistics=None, settings=SETTINGS)
        assert "`svhnlab train --profile demo" in str(Chapter(whole).study_display(ModelComparison))
        part = replace(whole, runs={"cnn": study.runs["cnn"]}, missing=("cnn-aug", "resnet18", "resnet18-aug"))
        line = str(Chapter(part).study_sentence(describe_comparison))
        assert "statistics are not made yet: `svhnlab train cnn --profile demo" in line

    def test_missing_run(self, study):
        """A display of a run that is missing gives way to the command that trains it."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=("resnet18",), settings=SETTINGS)
        line = str(Chapter(part).study_display(PerClassTable, "resnet18"))
        assert "Not trained yet: `svhnlab train resnet18 " in line
        assert "Not trained yet" in str(Chapter(replace(part, runs={})).study_display(ModelComparison))

    def test_run_of_another_study(self, study):
        """A run that does not belong to the study is not asked for."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=(), settings=SETTINGS)
        line = str(Chapter(part).study_display(PerClassTable, "resnet18"))
        assert "Not part of this study: ResNet" in line
        assert "svhnlab train" not in line

    def test_chapter_about_a_run(self, study):
        """A chapter about a run of another study ends with its lead; one about a missing run goes on."""
        part = replace(study, runs={"cnn": study.runs["cnn"]}, missing=("cnn-aug",), settings=SETTINGS)
        assert str(Chapter(part).about("resnet18")) == CHAPTER_END
        assert str(Chapter(part).about("cnn")) == str(Chapter(part).about("cnn-aug")) == str(notice(part))

    def test_class_names_are_those_of_the_study(self):
        """Displays and sentences that take names of the classes get the study's, unless the chapter gives others."""
        own = Chapter(fake_study(n_test=40, class_names=("cat", "dog", "emu")))
        assert own.show(ConfusionMatrix, "cnn").class_names == ("cat", "dog", "emu")
        assert own.show(ConfusionMatrix, "cnn", "abc").class_names == ("a", "b", "c")
        assert own.compare(EmbeddingMaps2D, analysed=True).class_names == ("cat", "dog", "emu")
        assert own.compare(EmbeddingMaps2D, class_names="abc").class_names == ("a", "b", "c")
        assert str(own.discuss(lambda runs, class_names: class_names[0])) == "cat"
