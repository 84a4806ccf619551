"""Tests of the shares of the causes, their rules and their agreement with the generator."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from svhnlab.analysis.causes import CAUSES, NAMES, PICTURE, TITLES
from svhnlab.report import (
    CauseConfusion,
    CauseExamples,
    CauseShares,
    CauseTable,
    Chapter,
    describe_cause_shares,
    describe_causes,
    show_cause_confusion,
    show_cause_rules,
    summarise_causes,
)
from svhnlab.report.causes.shares import by_size, causes_by_run, summarise_cause_shares
from svhnlab.report.core.causes import cause_codes, cause_evidence
from svhnlab.report.core.text import percent
from svhnlab.store.schema import UNCLEAR, Estimate, Study, Verdicts
from tests.fixtures.fakes import fake_study
from tests.report.helpers import drawn_texts, misplaced_texts, with_every_cause

LONG_NAMES = tuple(f"{name} vehicle" for name in "abcdefghij")


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study()


class TestCauseCodes:
    def test_known_labels_decide(self, study: Study) -> None:
        """On generated digits an error has a wrong label if and only if its label is known to be wrong."""
        codes = cause_codes(study)
        wrong = np.stack([run.test.wrong for run in study.runs.values()])
        np.testing.assert_array_equal(codes >= 0, wrong)
        np.testing.assert_array_equal(codes == 0, wrong & study.data.known_wrong)

    def test_verdicts_replace_suspicions(self) -> None:
        """A person's verdict decides whether a label is wrong, and an unclear image is ambiguous."""
        photographs = fake_study(kind="official")
        assert photographs.statistics is not None
        causes = replace(
            photographs.causes,
            applies={name: np.zeros_like(rule) for name, rule in photographs.causes.applies.items()},  # type: ignore[union-attr]
        )
        (row, other, third) = np.flatnonzero(photographs.runs["cnn"].test.wrong)[:3]
        labels = photographs.data.test_labels
        suspected = replace(photographs.statistics.labels, suspected=np.array([row, other]))
        statistics = replace(photographs.statistics, labels=suspected)
        plain = replace(photographs, causes=causes, statistics=statistics)
        assert cause_codes(plain)[0, [row, other, third]].tolist() == [0, 0, len(CAUSES)]
        verdicts = Verdicts(np.array([row, other, third]), np.array([labels[row], UNCLEAR, (labels[third] + 1) % 10]))
        codes = cause_codes(replace(plain, verdicts=verdicts))
        assert codes[0, [row, other, third]].tolist() == [len(CAUSES), NAMES.index("ambiguous"), 0]

    def test_evidence_in_words(self, study: Study) -> None:
        """Each error with a measured cause states value and threshold; correct images state nothing."""
        codes = cause_codes(study)
        patterns = {
            "ambiguous": r"structures at the sides \d\.\d{3} \(threshold: at least \d\.\d{3}\)",
            "degraded": r"relative noise \d\.\d{3} \(threshold: at least \d\.\d{3}\)",
            "look-alike": r"\d and \d are confused more often than chance",
            "this-model": r"\d of 3 other models are correct",
        }
        for name, pattern in patterns.items():
            run, row = np.argwhere(codes == NAMES.index(name))[0]
            assert re.fullmatch(pattern, cause_evidence(study, codes, int(row))[run])
        run, row = np.argwhere(codes < 0)[0]
        assert cause_evidence(study, codes, int(row))[run] == ""


class TestCauseShares:
    def test_rows_are_all_and_each(self, study: Study) -> None:
        """All configurations come first, shares add up, and errors are those of the runs."""
        frame = CauseShares.from_study(study).frame()
        assert frame["run"].iloc[0] == "All configurations"
        np.testing.assert_allclose(frame.groupby("run")["share"].sum(), 1)
        errors = sum(int(run.test.wrong.sum()) for run in study.runs.values())
        assert frame["errors"].iloc[0] == errors

    def test_marks(self, study: Study) -> None:
        """There is a mark for each cause and configuration at its share, and a row for each cause."""
        shown = CauseShares.from_study(study)
        ax = shown.plot()
        assert [label.get_text().lower() for label in ax.get_yticklabels()] == list(shown.titles)
        drawn = sorted(value for line in ax.lines for value in line.get_xdata() if len(line.get_xdata()) == len(TITLES))
        np.testing.assert_allclose(drawn, sorted(shown.frame()["share"]))

    def test_single_model(self) -> None:
        """One model has no group for all."""
        shown = CauseShares.from_study(fake_study(runs=("cnn",)))
        assert [run.name for run in shown.runs] == ["cnn"]

    def test_without_errors(self) -> None:
        """A perfect model has no causes, in figure, examples and sentences."""
        perfect = fake_study(noise=0.0, n_test=60)
        assert CauseShares.from_study(perfect).alt == "There are no errors."
        assert "there is no such error" in CauseExamples.from_study(perfect).alt
        assert summarise_cause_shares(perfect) == "There is no error to explain."
        assert show_cause_confusion(perfect) == ""


class TestOrder:
    def test_by_size(self) -> None:
        """The most frequent cause comes first; unexplained errors come last, however many there are."""
        shares = [Estimate(value, value, value) for value in (0.1, 0.2, 0.0, 0.15, 0.05, 0.5)]
        assert by_size(shares) == [1, 3, 0, 4, 2, 5]

    def test_figure_table_examples_and_sentence(self, study: Study) -> None:
        """All of them name the causes in this order."""
        titles = list(CauseShares.from_study(study).titles)
        every = causes_by_run(study)[0]
        assert titles == [TITLES[code] for code in by_size(every.shares)]
        assert list(CauseTable.from_study(study).frame()["cause"]) == titles
        examples = [part.heading.split(":")[0].lower() for part in CauseExamples.from_study(study).parts]
        assert examples == [title for title in titles if title in examples]
        values = [float(value) for value in re.findall(r"([\d.]+)%", str(summarise_cause_shares(study)))]
        assert values == sorted(values, reverse=True)


class TestCauseTable:
    def test_counts(self, study: Study) -> None:
        """Errors add up, and only causes of label and picture have a share of the correct images."""
        frame = CauseTable.from_study(study).frame()
        assert sorted(frame["cause"]) == sorted(TITLES)
        assert frame["errors"].sum() == sum(int(run.test.wrong.sum()) for run in study.runs.values())
        of_the_picture = frame["cause"].isin([TITLES[NAMES.index(name)] for name in PICTURE])
        assert (frame["correct"].notna() == of_the_picture).all()
        assert "Look-alike class" in CauseTable.from_study(study).cells()["Cause"].tolist()


class TestCauseExamples:
    def test_a_row_for_each_cause(self, study: Study) -> None:
        """Each row shows errors of the most accurate model with one cause."""
        shown = CauseExamples.from_study(study)
        codes = cause_codes(study)
        best = int((codes >= 0).sum(axis=1).argmin())
        for part in shown.parts:
            title = part.heading.split(":")[0].lower()
            assert (codes[best, part.gallery.numbers] == TITLES.index(title)).all()
        assert len(shown.parts) == len(set(codes[best]) - {-1})

    def test_rows_for_all_causes_fit(self) -> None:
        """With all causes and long names, the picture fits a page or a phone and its texts are apart."""
        shown = CauseExamples.from_study(
            with_every_cause(fake_study(n_test=900, class_names=LONG_NAMES, kind="official"))
        )
        assert len(shown.parts) == len(TITLES)
        for form in (shown, shown.for_phone()):
            texts = drawn_texts(form)
            assert misplaced_texts(form, texts) == []
            assert len(texts) > 3 * len(TITLES)


class TestSentences:
    def test_most_frequent_causes(self, study: Study) -> None:
        """The lead has the two most frequent causes and the unexplained share; a model has its own."""
        every, *single = causes_by_run(study)
        text = str(summarise_cause_shares(study))
        for run, stated in ((every, text), *((run, str(describe_cause_shares(study, run.name))) for run in single)):
            *causes, unexplained = (share.value for share in run.shares)
            shares = [*sorted(causes, reverse=True)[:2], unexplained]
            assert re.findall(r"[\d.]+%", stated) == [percent(share) for share in shares if share]
            assert f"{run.errors:,} error" in stated
        assert str(summarise_causes(study)).startswith(text)

    def test_labels_of_photographs_are_suspected(self) -> None:
        """Where the true labels are unknown, no label is called wrong."""
        photographs = fake_study(kind="official")
        assert "wrong label" not in summarise_cause_shares(photographs)
        assert "suspected label" in set(CauseTable.from_study(photographs).frame()["cause"])
        assert "suspected label" in CauseShares.from_study(photographs).alt

    def test_rules_in_their_order(self, study: Study) -> None:
        """The note lists every cause with its number, and thresholds where there are any."""
        text = str(show_cause_rules(study)).replace("\\", "")
        places = [text.index(f"{place}. **{title[0].upper()}{title[1:]}.**") for place, title in enumerate(TITLES, 1)]
        assert places == sorted(places)
        assert "structures at the sides at least" in text
        assert "“1” and “2”" in text

    def test_agreement_only_where_it_is_known(self, study: Study) -> None:
        """Agreement is stated on generated digits, and not on photographs."""
        assert "kappa" in describe_causes(study)
        photographs = fake_study(kind="official")
        assert "kappa" not in describe_causes(photographs)
        assert CauseConfusion.from_study(photographs).rows() == ()
        assert CauseConfusion.from_study(study).frame().shape == (4, 5)

    def test_values_of_the_measures(self, study: Study) -> None:
        """The limits of the rules are stated where there are values, and only there."""
        assert study.causes is not None
        assert "somewhat too high" in describe_causes(study)
        without = replace(study, causes=replace(study.causes, thresholds=()))
        assert "somewhat too high" not in describe_causes(without)
        assert "no such value exists for" in describe_causes(without)

    def test_study_of_an_earlier_version(self, study: Study) -> None:
        """Without stored causes, the chapter names the command, and the lead states the rest."""
        settings = fake_study().settings | {
            "profile": {"name": "demo"},
            "data": {"kind": "generated"},
            "split": {"protocol": "official", "unit": "photograph"},
            "start": {"kind": "random"},
            "seeds": 1,
        }
        earlier = replace(study, causes=None, settings=settings)
        assert "svhnlab train" in str(Chapter(earlier).show(describe_causes))
        assert "svhnlab train" in str(Chapter(earlier).show(CauseShares))
        assert not str(summarise_causes(earlier)).startswith("The most frequent cause")
