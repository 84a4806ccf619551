"""Damage of any kind in a results folder is found and named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from svhnlab.errors import InputError
from svhnlab.files import file_sha256
from svhnlab.publishing.verify import verify
from svhnlab.store.store import MANIFEST, ResultKey, Store, digest_of
from tests.fixtures.stored_report import Made


def failed(path: Path) -> dict[str, str]:
    """Return the failed checks of a folder by name."""
    return {check.name: check.detail for check in verify(path).failures}


def reseal(folder: Path) -> None:
    """Update a manifest to the files of a damaged result."""
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["seal"]
    manifest["files"] = {
        file.name: {"bytes": file.stat().st_size, "sha256": file_sha256(file)}
        for file in sorted(folder.iterdir())
        if file.name != MANIFEST
    }
    (folder / MANIFEST).write_text(json.dumps({**manifest, "seal": digest_of(manifest)}))


class TestVerifyResults:
    def test_whole_store_holds(self, made: Made) -> None:
        """All checks of an unchanged store hold, and the statistics match the predictions."""
        found = verify(made.results)
        assert found.holds, found.failures
        assert found.kind == "results"
        assert sum("headline metrics" in check.name for check in found.checks) == 2
        assert any(check.name == f"study {made.study.key}" for check in found.checks)

    def test_changed_file(self, results: Path) -> None:
        """A changed byte is found; the result, its file and all dependent results are named."""
        (folder,) = results.glob("run/cnn-*")
        (folder / "weights.safetensors").write_bytes(b"weights of zzz")
        found = failed(results)
        assert "weights.safetensors fails its checksum" in found[f"run/{folder.name}"]
        assert folder.name in found["study 5555555555555555"]

    def test_changed_manifest(self, results: Path) -> None:
        """Changed settings in a manifest break its seal."""
        (folder,) = results.glob("data/*")
        manifest = folder / MANIFEST
        manifest.write_text(manifest.read_text().replace("A processor", "Another one"))
        assert "is damaged" in failed(results)[f"data/{folder.name}"]

    def test_result_in_the_place_of_another(self, results: Path) -> None:
        """A result that was moved to another name is found."""
        (cnn,), (resnet,) = results.glob("run/cnn-*"), results.glob("run/resnet18-*")
        shutil.rmtree(resnet)
        shutil.copytree(cnn, resnet)
        assert "belongs to another result" in failed(results)[f"run/{resnet.name}"]

    def test_missing_and_unexpected(self, results: Path) -> None:
        """A missing result and a file that no manifest names are named."""
        (embedding, *_) = results.glob("embedding/*")
        shutil.rmtree(embedding)
        (data,) = results.glob("data/*")
        (data / "extra.bin").write_bytes(b"")
        found = failed(results)
        assert f"embedding/{embedding.name}" in found["study 5555555555555555"]
        assert found[f"data/{data.name}"] == "not in the manifest: extra.bin"

    def test_polished_statistics(self, results: Path) -> None:
        """Statistics that were changed and sealed again do not match the stored predictions."""
        (folder,) = results.glob("statistics/*")
        content = json.loads((folder / "statistics.json").read_text())
        content["runs"]["cnn"]["metrics"]["accuracy"]["value"] += 0.01
        (folder / "statistics.json").write_text(json.dumps(content))
        reseal(folder)
        found = failed(results)
        assert list(found) == [f"{folder.name}: headline metrics of cnn"]
        assert "accuracy is stated as" in next(iter(found.values()))

    def test_statistics_of_another_version(self, results: Path) -> None:
        """Statistics of an older version next to the new ones are accepted; their metrics are not compared."""
        older = ResultKey("statistics", "statistics", {"schema": 1, "among": {}})
        with Store(results).writing(older, {}) as folder:
            (folder / "statistics.json").write_text("{}")
        verification = verify(results)
        assert verification.holds, verification.failures
        (check,) = (check for check in verification.checks if check.name == older.name)
        assert "another version" in check.detail

    def test_study_of_another_version(self, results: Path) -> None:
        """Results of another version are neither missing nor damaged, and the command that replaces them is named."""
        (folder,) = results.glob("statistics/*")
        current = json.loads((folder / MANIFEST).read_text())
        shutil.rmtree(folder)
        older = ResultKey("statistics", "statistics", {**current["inputs"], "schema": 1})
        with Store(results).writing(older, {}) as place:
            (place / "statistics.json").write_text("{}")
        verification = verify(results)
        assert verification.holds, verification.failures
        (check,) = (check for check in verification.checks if check.name.startswith("study "))
        assert "1 by another version of svhnlab (statistics), and `svhnlab train` computes them" in check.detail

    def test_configuration_that_was_not_trained(self, results: Path) -> None:
        """A configuration of the study that was never trained is named, and is no damage."""
        record = results / "studies" / f"{'5' * 16}.json"
        content = json.loads(record.read_text())
        training = content["runs"]["cnn"]["trainings"][0]
        other = {**training, "label": "cnn-aug", "inputs": {**training["inputs"], "seed": 77}}
        content["runs"]["cnn-aug"] = {**content["runs"]["cnn"], "trainings": [other]}
        del content["seal"]  # the digest of the record before
        record.write_text(json.dumps({**content, "seal": digest_of(content)}))
        verification = verify(results)
        assert verification.holds, verification.failures
        (check,) = (check for check in verification.checks if check.name.startswith("study "))
        assert check.detail.endswith("not trained: cnn-aug")

    def test_endless_work(self, results: Path) -> None:
        """An excessive number of resamples is refused."""
        (folder,) = results.glob("statistics/*")
        content = json.loads((folder / "statistics.json").read_text())
        content["resamples"] = 10**12
        (folder / "statistics.json").write_text(json.dumps(content))
        reseal(folder)
        assert "Input should be less than or equal to 100000" in failed(results)[folder.name]

    def test_names_that_lead_out(self, results: Path) -> None:
        """Neither a manifest nor a study record can cause reads outside the store."""
        (folder,) = results.glob("data/*")
        manifest = json.loads((folder / MANIFEST).read_text())
        del manifest["seal"]
        manifest["files"]["../../current.json"] = {"bytes": 1, "sha256": "0" * 64}
        (folder / MANIFEST).write_text(json.dumps({**manifest, "seal": digest_of(manifest)}))
        assert "outside of the folder" in failed(results)[f"data/{folder.name}"]
        record = results / "studies" / f"{'5' * 16}.json"
        content = json.loads(record.read_text())
        content["data"]["kind"] = "../../elsewhere"
        record.write_text(json.dumps(content))
        found = verify(results)
        assert not found.holds

    def test_linked_result(self, results: Path, tmp_path: Path) -> None:
        """A link to another place is not accepted as a stored result."""
        (folder,) = results.glob("data/*")
        folder.rename(tmp_path / "data")
        folder.symlink_to(tmp_path / "data")
        assert f"data/{folder.name}" in failed(results)

    @pytest.mark.parametrize("text", ["", "{}", '{"study": "../../x"}', '{"study": "absent"}'])
    def test_no_study(self, results: Path, text: str) -> None:
        """A broken pointer to the study is reported; stored results are still checked."""
        (results / "current.json").write_text(text)
        assert list(failed(results)) == ["study"]


class TestVerify:
    def test_other_folders(self, tmp_path: Path) -> None:
        """A folder that is neither a site nor a store is an input error, not a success."""
        with pytest.raises(InputError, match="neither"):
            verify(tmp_path)
        with pytest.raises(InputError, match="neither"):
            verify(tmp_path / "absent")
