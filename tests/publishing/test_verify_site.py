"""Damage of any kind in a site is found and named."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svhnlab.files import file_sha256
from svhnlab.provenance import predictions
from svhnlab.provenance.predictions import PREDICTIONS, read_predictions
from svhnlab.provenance.record import write_provenance
from svhnlab.provenance.schema import PROVENANCE
from svhnlab.publishing.publish import publish
from svhnlab.publishing.verify import verify
from tests.config.test_citation import CITATION
from tests.fixtures.stored_report import SOURCE, Made, write_pages


def edit_record(site: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change provenance.json."""
    content = json.loads((site / PROVENANCE).read_text())
    change(content)
    (site / PROVENANCE).write_text(json.dumps(content))


def failed(path: Path) -> dict[str, str]:
    """Return the failed checks of a folder by name."""
    return {check.name: check.detail for check in verify(path).failures}


class TestVerifySite:
    def test_whole_site_holds(self, made: Made) -> None:
        """All checks of an unchanged site hold, including the headline metrics."""
        found = verify(made.site)
        assert found.holds
        assert found.kind == "site"
        assert {"headline metrics of cnn", "headline metrics of resnet18"} <= {check.name for check in found.checks}

    def test_changed_file(self, site: Path) -> None:
        """One changed letter is found, and the file is named."""
        page = site / "chapters" / "1-a.html"
        page.write_text(page.read_text().replace("content", "contend"))
        assert failed(site) == {"changed files": "changed: chapters/1-a.html"}

    def test_missing_file(self, site: Path) -> None:
        """A missing file is named."""
        (site / "svhnlab.pdf").unlink()
        assert failed(site) == {"missing files": "missing: svhnlab.pdf"}

    def test_unexpected_file(self, site: Path) -> None:
        """A file that is not in the record is named, wherever it is."""
        (site / "code" / "extra.js").write_text("alert(1)")
        assert failed(site) == {"other files": "not in the record: code/extra.js"}

    def test_name_that_gives_orders(self, site: Path) -> None:
        """A file name can't move the terminal's cursor or colour its text."""
        (site / "a\x1b[2J\nb").write_text("")
        assert failed(site) == {"other files": r"not in the record: a\x1b[2J\nb"}

    @pytest.mark.parametrize("name", ["svhnlab.pdf", "chapters"])
    def test_link(self, site: Path, tmp_path: Path, name: str) -> None:
        """A link is not followed, not even to the same content, and neither is a linked folder."""
        (site / name).rename(tmp_path / "elsewhere")
        (site / name).symlink_to(tmp_path / "elsewhere")
        assert name in failed(site)["links"]

    def test_path_that_leads_out(self, site: Path) -> None:
        """A record can't cause reads outside the site."""
        for path in ("../results/current.json", "/etc/hostname", "a/../../b", "C:/a", "a\\b"):
            edit_record(site, lambda record, path=path: record["files"].update({path: "0" * 64}))  # type: ignore[misc]
            assert "is outside of the site" in failed(site)["record"]
            edit_record(site, lambda record, path=path: record["files"].pop(path))  # type: ignore[misc]

    @pytest.mark.parametrize("text", ["", "[1]", "{}", "[" * 100_000, '{"schema": 2}'])
    def test_no_record(self, site: Path, text: str) -> None:
        """A missing or invalid record is reported."""
        (site / PROVENANCE).write_text(text)
        assert set(failed(site)) == {"record"}

    @pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "ece"])
    @pytest.mark.parametrize("part", [0, 1, 2])
    def test_polished_number(self, site: Path, metric: str, part: int) -> None:
        """A slightly improved headline metric or bound is found, and the correct value is named, in percent."""

        def polish(record: dict[str, Any]) -> None:
            record["headline"]["cnn"][metric][part] += 1e-5

        edit_record(site, polish)
        found = failed(site)
        number = r"\d+\.\d{4}%"
        stated = rf"{metric} is stated as {number} \({number} to {number}\), and computed as {number} \("
        assert re.match(stated, found["headline metrics of cnn"])
        assert "headline metrics of resnet18" not in found
        assert "provenance.json" in found["digests in ro-crate-metadata.json"]

    def test_polished_predictions(self, site: Path) -> None:
        """Predictions that were changed together with their digest do not give the stated metrics."""
        found = read_predictions(site / PREDICTIONS)
        worst = np.flatnonzero(found.probabilities["cnn"].argmax(axis=1) != found.labels)[0]
        labels = found.labels.copy()
        labels[worst] = found.probabilities["cnn"][worst].argmax()
        runs = {f"run_{name}": array for name, array in found.probabilities.items()}
        np.savez_compressed(site / PREDICTIONS, labels=labels, images=np.array(found.images), **runs)  # type: ignore[arg-type]
        edit_record(site, lambda record: record["files"].update({PREDICTIONS: file_sha256(site / PREDICTIONS)}))
        assert "accuracy is stated as" in failed(site)["headline metrics of cnn"]

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"run_cnn": None}, "no predictions of this configuration"),
            ({"run_cnn": np.full((300, 10), np.nan, dtype=np.float32)}, "do not sum to one"),
            ({"run_cnn": np.full((300, 10), 0.2, dtype=np.float32)}, "do not sum to one"),
            ({"run_cnn": np.full((3, 10), 0.1, dtype=np.float32)}, "other arrays"),
            ({"labels": np.full(300, 12)}, "other arrays"),
            ({"labels": np.array(["a", "b"])}, "other arrays"),
            ({"labels": np.array([{}], dtype=object)}, "can't be read"),
            ({"extra": np.zeros(3)}, "other arrays"),
            ({"images": np.array("no digest")}, "other arrays"),
        ],
    )
    def test_odd_predictions(self, site: Path, changed: dict[str, Any], said: str) -> None:
        """Invalid predictions of any kind are refused with the reason, and nothing is executed."""
        with np.load(site / PREDICTIONS) as archive:
            content = {**archive, **changed}
        np.savez(site / PREDICTIONS, **{name: array for name, array in content.items() if array is not None})
        found = failed(site)
        assert said in found.get("predictions", "") + found.get("headline metrics of cnn", "")
        assert found["changed files"] == f"changed: {PREDICTIONS}"

    def test_predictions_that_unpack_to_too_much(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A small file that claims terabytes, or contains too much, is not unpacked."""
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (2**40, 10)})
        with zipfile.ZipFile(site / PREDICTIONS, "w") as archive:
            archive.writestr("labels.npy", header.getvalue())
        assert "can't be read" in failed(site)["predictions"]
        monkeypatch.setattr(predictions, "MOST_BYTES", 2**20)
        with zipfile.ZipFile(site / PREDICTIONS, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("labels.npy", bytes(2**20 + 1))
        assert "1 MiB" in failed(site)["predictions"]

    def test_changed_crate(self, site: Path) -> None:
        """The digests in the RO-Crate have to match those in the record."""
        crate = site / "ro-crate-metadata.json"
        crate.write_text(crate.read_text().replace(file_sha256(site / "svhnlab.pdf"), "0" * 64))
        assert failed(site) == {"digests in ro-crate-metadata.json": "other digest: svhnlab.pdf"}
        crate.write_text("{}")
        assert "can't be read" in failed(site)["digests in ro-crate-metadata.json"]


class TestVerifyPublished:
    def test_whole_root_holds(self, published: Path) -> None:
        """All checks of a root and its versions hold; the owner's files are named and allowed."""
        (published / "CNAME").write_text("example.org")
        found = verify(published)
        assert found.holds, found.failures
        assert found.kind == "published site"
        details = {check.name: check.detail for check in found.checks}
        assert details["other files"] == "not part of the report: CNAME"
        assert f"v/{CITATION.version}: headline metrics of cnn" in details

    def test_what_publish_makes(self, made: Made, tmp_path: Path) -> None:
        """All checks of two versions hold, and an old page in the place of a new one is found."""

        def draw(folder: Path) -> None:
            citation = replace(CITATION, version=os.environ["SVHNLAB_VERSION"])
            write_pages(folder)
            (folder / "index.html").write_text(f"version {citation.version}")
            write_provenance(folder, made.study, made.results, citation, "a test", citation.version, SOURCE)

        for version in ("1.0", "1.1"):
            publish(tmp_path / "project", tmp_path / "root", version, render=draw, say=lambda line: None)
        found = verify(tmp_path / "root")
        assert found.holds, found.failures
        assert {f"v/{version}: changed files" for version in ("1.0", "1.1")} <= {check.name for check in found.checks}
        page = tmp_path / "root" / "index.html"
        page.unlink()  # a hard link to the version's file
        shutil.copy(tmp_path / "root" / "v" / "1.0" / "index.html", page)
        assert failed(tmp_path / "root") == {"changed files": "changed: index.html"}

    def test_damage_in_an_old_version(self, published: Path) -> None:
        """Each version is checked separately, and its name precedes the findings."""
        (published / "v" / CITATION.version / "index.html").write_text("changed")
        assert failed(published) == {f"v/{CITATION.version}: changed files": "changed: index.html"}

    def test_renamed_version(self, published: Path) -> None:
        """A version in the folder of another one is found."""
        (published / "v" / CITATION.version).rename(published / "v" / "9.9")
        found = failed(published)
        assert found["v/9.9: version"] == f"the record is of version {CITATION.version}"
        assert "9.9" in found["versions.json"]

    def test_list_of_versions(self, published: Path) -> None:
        """The list has to name every version with the digest of its record."""
        listed = json.loads((published / "versions.json").read_text())
        listed["versions"][0]["provenance"] = "0" * 64
        (published / "versions.json").write_text(json.dumps(listed))
        assert failed(published) == {"versions.json": f"does not match the versions: {CITATION.version}"}
        (published / "versions.json").write_text("[]")
        assert "can't be read" in failed(published)["versions.json"]
