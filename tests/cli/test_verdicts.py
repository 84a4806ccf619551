"""The command ``verdicts`` stores an exported file beside the study, once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from svhnlab.cli import cli
from svhnlab.errors import InputError
from svhnlab.pipeline.task import TrainingTask
from svhnlab.publishing.verify import verify
from svhnlab.store.schema import UNCLEAR
from svhnlab.store.study import open_study
from svhnlab.store.verdict_file import verdict_files
from tests.fixtures.fake_verdicts import oracle, write_export
from tests.fixtures.tiny import tiny_pipeline


@pytest.fixture
def results(tiny_results: Path, tmp_path: Path) -> Path:
    """A copy of the tiny study's results."""
    return Path(shutil.copytree(tiny_results, tmp_path / "results"))


def store(file: Path, results: Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["verdicts", str(file), "--results", str(results)])


class TestVerdicts:
    def test_stores_once(self, results: Path, tmp_path: Path) -> None:
        """The verdicts are stored, counted, and part of the study; the same file again is no change."""
        study = open_study(results)
        assert study.verdicts is None
        expected = oracle(study, unclear=2)
        numbers = study.data.indices["test"][expected.rows].tolist()
        classes = ["unclear" if one == UNCLEAR else one for one in expected.classes.tolist()]
        file = write_export(tmp_path / "v.json", study, verdicts=dict(zip(map(str, numbers), classes, strict=True)))
        answer = store(file, results)
        assert answer.exit_code == 0, answer.output
        (stored,) = verdict_files(results)
        lines = answer.output.splitlines()
        assert lines[0] == f"150 verdicts stored in {stored}."
        assert study.statistics is not None
        suspected = len(study.statistics.labels.suspected)
        assert lines[1] == (
            f"Reviewed: {suspected} of {suspected} suspected labels, {150 - suspected} of {150 - suspected} sampled "
            "others, 2 unclear. Next: svhnlab report"
        )
        found = open_study(results).verdicts
        assert found is not None
        assert found.rows.tolist() == expected.rows.tolist()
        assert found.classes.tolist() == expected.classes.tolist()
        content = stored.read_bytes()
        assert "150 verdicts already stored" in store(file, results).output
        assert [path.read_bytes() for path in verdict_files(results)] == [content]

    def test_outlives_training(self, results: Path, data_folder: Path, tmp_path: Path) -> None:
        """Verdicts stay with the test images when other models are trained on the same files."""
        assert store(write_export(tmp_path / "v.json", open_study(results)), results).exit_code == 0
        before = open_study(results)
        pipeline = tiny_pipeline(results, data_folder, seed=5)
        pipeline.run(())
        pipeline.train([TrainingTask(pipeline.spec, "cnn")])
        after = open_study(results)
        assert after.key != before.key
        assert after.verdicts is not None
        assert after.verdicts.rows.tolist() == [0, 1]

    def test_verification(self, results: Path, tmp_path: Path) -> None:
        """`svhnlab verify` checks stored verdicts, and finds those that were changed."""
        store(write_export(tmp_path / "v.json", open_study(results)), results)
        (stored,) = verdict_files(results)
        name = f"verdicts/{stored.name}"
        checks = {check.name: check for check in verify(results).checks}
        assert checks[name].holds
        assert checks[name].detail == "the name matches the content (2 verdicts)"
        assert verify(results).holds
        content = json.loads(stored.read_text())
        stored.write_text(json.dumps({**content, "verdicts": {"0": 9}}))
        assert {check.name: check.detail for check in verify(results).failures} == {name: "changed since it was stored"}
        stored.write_text("{")
        assert "is not a file of verdicts" in next(check.detail for check in verify(results).failures)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"test_images": "0" * 64}, "other test images"),
            ({"verdicts": {"150": 1}}, "no test image 150"),
            ({"verdicts": {"0": 10}}, "class 10"),
        ],
    )
    def test_faults(self, tiny_results: Path, tmp_path: Path, changes: dict[str, object], message: str) -> None:
        """A file that does not fit the study is not stored."""
        file = write_export(tmp_path / "v.json", open_study(tiny_results), **changes)
        answer = store(file, tiny_results)
        assert isinstance(answer.exception, InputError)
        assert message in str(answer.exception)
        assert verdict_files(tiny_results) == []
