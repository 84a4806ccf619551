"""One error step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from svhnlab.config.corruptions import CORRUPTIONS
from svhnlab.report import Chapter, WorkedExample, describe_example, show_example
from svhnlab.report.core.select import NotComputed
from svhnlab.report.core.text import percent
from svhnlab.report.core.truth import doubtful_labels
from svhnlab.report.errors.worked_example import choose_example
from svhnlab.store.schema import Study
from tests.fixtures.fakes import fake_study
from tests.report.helpers import as_imported, drawn_texts, misplaced_texts, plain, with_numbers, with_run


class TestChooseExample:
    def test_rule(self, study: Study) -> None:
        """It is an error of the most accurate model with a label beyond doubt, which was also tried with changes."""
        row = choose_example(study)
        best = study.runs["resnet18"].test
        assert best.wrong[row]
        assert not doubtful_labels(study)[row]
        assert row in study.robustness.rows

    def test_what_other_models_recognise(self) -> None:
        """It is the error to whose label the models give the highest probability."""
        study = replace(fake_study(n_test=200, runs=("cnn", "cnn-aug")), robustness=None, causes=None)
        cnn, best = study.runs["cnn"], study.runs["cnn-aug"].test
        errors = np.flatnonzero(best.wrong & ~doubtful_labels(study))
        for row in (int(errors[0]), int(errors[-1])):
            logits = np.zeros_like(cnn.test.logits)
            logits[row, best.labels[row]] = 50
            assert choose_example(with_run(study, replace(cnn, test=replace(cnn.test, logits=logits)))) == row

    @pytest.mark.parametrize("measure", ["sharpness", "contrast"])
    def test_legible_images_come_first(self, measure: str) -> None:
        """The example is at least as sharp and as rich in contrast as half of the errors, if there is such an error."""
        study = replace(fake_study(n_test=200, runs=("cnn",)), robustness=None)
        assert study.causes is not None
        row = choose_example(study)
        values = np.where(np.arange(200) == row, 0.0, 1.0).astype(np.float32)
        dim = replace(study, causes=replace(study.causes, measures=study.causes.measures | {measure: values}))
        assert choose_example(dim) not in (None, row)

    def test_no_error(self) -> None:
        """Without errors there is no example."""
        study = fake_study(n_test=40, noise=0.0)
        assert choose_example(study) is None
        assert "no example to follow" in describe_example(study)
        assert "no such error" in WorkedExample.from_study(study).alt


class TestWorkedExample:
    def test_numbers(self, study: Study) -> None:
        """The image has its number in the file; probabilities are those of each model, the most accurate one first."""
        numbered = with_numbers(study)
        row, example = choose_example(numbered), WorkedExample.from_study(numbered)
        assert example.number == 7 * row + 3
        titles = list(example.probabilities)
        assert titles[0] == study.runs["resnet18"].title
        assert np.array_equal(example.probabilities[titles[0]], study.runs["resnet18"].test.probabilities[row])
        frame = example.frame()
        assert len(frame) == len(study.runs) * len(study.class_names)

    def test_changes(self, study: Study) -> None:
        """Changes that repair the prediction come first; each shows what is then predicted."""
        example = WorkedExample.from_study(study)
        label = study.class_names[example.label]
        assert all(one.is_correct == (one.predicted == label) for one in example.changes)
        repaired = [one.is_correct for one in example.changes]
        assert repaired == sorted(repaired, reverse=True)

    def test_without_changes(self, study: Study) -> None:
        """A study without predictions on changed images has an example without them."""
        bare = replace(study, robustness=None, causes=None)
        assert WorkedExample.from_study(bare).changes == ()
        text = plain(describe_example(bare))
        assert "changes" not in text
        assert "give the cause" not in text

    def test_needs_neighbours(self, study: Study) -> None:
        """Without nearest training images, the command that computes them is shown instead."""
        with pytest.raises(NotComputed):
            WorkedExample.from_study(replace(study, neighbour_images=None))

    def test_phone(self, study: Study) -> None:
        """Phones have a narrow form."""
        narrow = WorkedExample.from_study(study).for_phone()
        assert narrow.size[0] < 4
        assert len(narrow.plot().axes) == len(WorkedExample.from_study(study).plot().axes) == 3 + 5 + 5

    def test_parts_begin_at_the_same_place(self, study: Study) -> None:
        """The image and the rows of small images begin at the left edge, and the columns of all parts are aligned."""
        axes = WorkedExample.from_study(study).plot().axes
        image, occlusion, _, *small = [round(ax.get_position().x0 * 7.5, 3) for ax in axes]
        assert image == 0
        assert small == [1.5 * column for column in range(5)] * 2
        assert occlusion in small

    @pytest.mark.parametrize("name", ["{}", "class {} with a very long name"])
    def test_words_are_apart(self, name: str) -> None:
        """No words overlap or leave the picture, with the longest descriptions of the changes."""
        study = fake_study(n_test=200, class_names=[name.format(letter) for letter in "abcdefghij"])
        example = WorkedExample.from_study(study)
        longest = sorted((phrase for one in CORRUPTIONS.values() for phrase in one.phrases), key=len)[-5:]
        changes = (
            replace(one, phrase=phrase.format("12.5%")) for one, phrase in zip(example.changes, longest, strict=True)
        )
        full = replace(example, changes=tuple(changes))
        for form in (full, full.for_phone()):
            assert misplaced_texts(form, drawn_texts(form)) == []


class TestDescribeExample:
    def test_sentences(self, study: Study) -> None:
        """Prediction, neighbours and cause are those of the stored results."""
        text, example = plain(describe_example(study)), WorkedExample.from_study(study)
        assert text.startswith(
            f"Image {example.number} has the label “{study.class_names[example.label]}”. Of 4 models, "
        )
        predicted = study.class_names[example.predicted]
        confidence = percent(float(example.probabilities[next(iter(example.probabilities))].max()))
        assert f"ResNet-18 predicts “{predicted}” with a confidence of {confidence}; the probability of" in text
        assert "Of its 5 nearest training images in the features of ResNet-18" in text
        assert "give the cause “" in text

    def test_changes(self, study: Study) -> None:
        """The changes that repair the prediction have their names in a sentence."""
        robustness = study.robustness
        assert robustness is not None
        row = choose_example(study)
        place = int(np.searchsorted(robustness.rows, row))
        predicted = robustness.predicted["resnet18"].copy()
        predicted[1 + robustness.corruptions["noise"][0], place] = study.runs["resnet18"].test.labels[row]
        changed = replace(robustness, predicted={**robustness.predicted, "resnet18": predicted})
        text = describe_example(replace(study, robustness=changed))
        assert "makes the prediction correct: Gaussian noise." in text

    def test_unexplained(self, study: Study) -> None:
        """An error without a cause is said to be unexplained by the rules."""
        assert study.causes is not None
        applies = {name: np.zeros_like(rule) for name, rule in study.causes.applies.items()}
        unexplained = replace(study, causes=replace(study.causes, applies=applies))
        assert "No rule of @sec-cause-shares explains the error." in describe_example(unexplained)

    def test_neighbours_of_one_label(self, study: Study) -> None:
        """Neighbours that all have the predicted class are not counted one by one."""
        example, run = WorkedExample.from_study(study), study.runs["resnet18"]
        assert run.evidence is not None
        labels = np.full_like(run.evidence.neighbour_labels, example.predicted)
        one = with_run(study, replace(run, evidence=replace(run.evidence, neighbour_labels=labels)))
        name = study.class_names[example.predicted]
        assert f"in the features of ResNet-18 are all labelled “{name}”." in plain(describe_example(one))


class TestShowExample:
    def test_trained(self, study: Study) -> None:
        """The sentences stand above the figure, with a note on the choice of the example."""
        text = show_example(study)
        assert str(describe_example(study)) in text
        assert text.index("[^example]") < text.index("[^example]: The example") < text.index("{#fig-example}")

    def test_imported(self, study: Study) -> None:
        """Imports have no weights, which is said once."""
        text = Chapter(as_imported(replace(study, missing=()))).show(show_example)
        assert text.count("imported without weights") == 1
        assert "fig-example" not in text
