"""The provenance record of a site, and the stored results in the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rocrate.rocrate import ROCrate

from svhnlab.analysis.calibration import confidence_bins
from svhnlab.config.citation_file import read_citation
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import file_sha256
from svhnlab.provenance.predictions import PREDICTIONS, rounded
from svhnlab.provenance.record import write_provenance
from svhnlab.provenance.schema import PROVENANCE, SourceRecord, read_provenance
from svhnlab.provenance.site_files import site_digests
from svhnlab.publishing.verify import verify
from svhnlab.report import ResultSettings, StoredResults, summarise_reproducibility
from svhnlab.store.environment import commit
from svhnlab.store.record import read_record
from svhnlab.store.required import required_results
from svhnlab.store.schema import Predictions
from svhnlab.store.store import MANIFEST, Store, digest_of
from svhnlab.store.verdict_file import read_verdict_file, write_verdict_file
from tests.config.test_citation import CITATION
from tests.fixtures.fake_verdicts import write_export
from tests.fixtures.stored_report import RESAMPLES, SOURCE, Made, write_pages


class TestWriteProvenance:
    def test_record_holds_what_the_site_was_made_from(self, made: Made) -> None:
        """Study, results with keys and checksums, headline metrics and every file are in the record."""
        record = read_provenance(made.site / PROVENANCE)
        assert (record.title, record.version, record.date) == (CITATION.title, CITATION.version, CITATION.date)
        assert (record.engine, record.inputs) == ("a test", "f" * 64)
        assert record.study.key == made.study.key
        assert record.study.data.digest == made.study.data.digest
        assert [result.kind for result in record.results].count("run") == 2
        assert {result.kind for result in record.results} == {
            "data", "augmentation", "run", "evidence", "embedding", "attribution-check", "ood", "statistics",
            "dynamics", "ensemble",
        }  # fmt: skip
        assert made.study.statistics is not None
        for name, found in made.study.statistics.runs.items():
            own = record.headline[name]
            assert own.metrics["accuracy"] == (found.accuracy.value, found.accuracy.low, found.accuracy.high)
            assert own.metrics["ece"][0] == found.ece.value
            assert (own.title, own.images) == (made.study.runs[name].title, 300)
        assert record.pages == ("index.html", "chapters/1-a.html")
        assert record.files == site_digests(made.site)
        assert PREDICTIONS in record.files
        assert not {PROVENANCE, "ro-crate-metadata.json", "version.js"} & set(record.files)

    def test_repositories_of_report_and_software(self, made: Made, tmp_path: Path) -> None:
        """The record names the author's commit; the software's repository is known only if it is the same."""
        record = read_provenance(made.site / PROVENANCE)
        assert record.source == record.report_source == SOURCE
        assert record.code.repository is None
        write_pages(tmp_path / "site")
        same = replace(SOURCE, commit=commit()["sha"])
        written = write_provenance(tmp_path / "site", made.study, made.results, CITATION, "a test", "", same)
        assert written.code.repository == (SOURCE.repository if commit()["sha"] else None)

    def test_older_record(self, made: Made) -> None:
        """In records without the author's repository, the commit is that of the code."""
        record = replace(read_provenance(made.site / PROVENANCE), source=None)
        assert record.report_source == SourceRecord(record.code.commit, record.code.dirty, record.code.repository)

    def test_same_content_same_bytes(self, made: Made, tmp_path: Path) -> None:
        """The output is deterministic: writing the same site again gives the same bytes."""
        write_pages(tmp_path / "site")
        write_provenance(tmp_path / "site", made.study, made.results, CITATION, "a test", "f" * 64, SOURCE)
        for file in made.site.rglob("*"):
            if file.is_file():
                assert file.read_bytes() == (tmp_path / "site" / file.relative_to(made.site)).read_bytes(), file

    def test_verdicts_travel_with_the_site(self, made: Made, results: Path, tmp_path: Path) -> None:
        """The site has all stored verdicts as a file that can be stored for another study of the same images."""
        for name, verdicts in (("a", {"0": 3}), ("b", {"0": 4, "1": "unclear"})):
            day = f"2026-11-{10 + ord(name) - ord('a')}T00:00:00Z"
            export = write_export(tmp_path / name, made.study, exported=day, verdicts=verdicts)
            write_verdict_file(results, read_verdict_file(export))
        write_pages(tmp_path / "site")
        record = write_provenance(tmp_path / "site", made.study, results, CITATION, "a test", "", SOURCE)
        assert "data/verdicts.json" in record.files
        file = read_verdict_file(tmp_path / "site" / "data" / "verdicts.json")
        assert file.verdicts == {0: 4, 1: "unclear"}
        assert "data/verdicts.json" not in read_provenance(made.site / PROVENANCE).files
        assert verify(tmp_path / "site").holds

    def test_citation_travels_with_the_site(self, made: Made) -> None:
        """The site's CITATION.cff has the content of the report's citation."""
        assert read_citation(made.site / "CITATION.cff") == CITATION

    def test_crate_is_read_by_its_library(self, made: Made) -> None:
        """The RO-Crate names report, authors, licence, results with the program that computed them, and all files."""
        crate = ROCrate(made.site)
        root = crate.root_dataset
        assert root["name"] == CITATION.title
        assert [author["name"] for author in root["author"]] == [author.name for author in CITATION.authors]
        assert root["license"].id == CITATION.license_url
        assert root["datePublished"] == CITATION.date
        record = read_provenance(made.site / PROVENANCE)
        stated = {entity.id: entity["sha256"] for entity in crate.data_entities}
        assert stated == {**record.files, PROVENANCE: file_sha256(made.site / PROVENANCE)}
        actions = [entity for entity in crate.contextual_entities if entity.type == "CreateAction"]
        assert len(actions) == len(record.results) + 1
        for action in actions:
            assert action["instrument"]["softwareVersion"].startswith("0.1.0")
        made_run = crate.dereference(f"#computation-run-cnn-{record.results[2].key}")
        assert [entity["name"] for entity in made_run["object"]] == ["data generated"]

    def test_other_study_in_the_store(self, made: Made, results: Path, tmp_path: Path) -> None:
        """A site never gets the record of another study."""
        write_pages(tmp_path / "other")
        study = replace(made.study, key="6" * 16)
        with pytest.raises(InputError, match="render the report again"):
            write_provenance(tmp_path / "other", study, results, CITATION, "a test", "", SOURCE)

    def test_link_in_a_site(self, made: Made, tmp_path: Path) -> None:
        """A link is refused, since its target is not part of the site."""
        write_pages(tmp_path / "linked")
        (tmp_path / "linked" / "extra").symlink_to(made.results)
        with pytest.raises(SvhnlabError, match="is a link"):
            write_provenance(tmp_path / "linked", made.study, made.results, CITATION, "a test", "", SOURCE)

    def test_study_without_statistics(self, made: Made, tmp_path: Path) -> None:
        """A report without intervals states no headline metrics, and its verification succeeds."""
        write_pages(tmp_path / "plain")
        study = replace(made.study, statistics=None)
        record = write_provenance(tmp_path / "plain", study, made.results, CITATION, "a test", "", SOURCE)
        assert (record.bootstrap, record.headline) == (None, {})
        assert verify(tmp_path / "plain").holds


class TestRounded:
    @given(arrays(np.float32, (6, 4), elements=st.floats(-30, 30, width=32)))
    def test_keeps_class_and_bin(self, logits: np.ndarray) -> None:
        """Rounding to float32 changes neither the predicted class nor the bin of its confidence."""
        labels = np.zeros(6, dtype=np.int64)
        exact = Predictions(labels, logits, np.zeros((6, 1), dtype=np.float32), labels)
        found = rounded(exact)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found.argmax(axis=1), exact.predicted)
        np.testing.assert_array_equal(confidence_bins(found.max(axis=1)), confidence_bins(exact.confidence))
        np.testing.assert_allclose(found, exact.probabilities, atol=1e-6)


class TestAppendix:
    def test_every_result_is_listed(self, made: Made) -> None:
        """The appendix lists each stored result with key, checksum, code, time, settings and inputs."""
        needed = required_results(Store(made.results), read_record(Store(made.results)))
        listed = StoredResults.from_study(made.study, results=made.results).frame()
        assert listed["key"].tolist() == [need.address.key for need in needed]
        assert listed["checksum"].tolist() == [need.stored.checksum for need in needed if need.stored]
        assert set(listed["program"]) == {"0.1.0, cccccccccccc"}
        assert listed.set_index("name").loc["run cnn", "seconds"] == 75.0
        shown = ResultSettings.from_study(made.study, results=made.results).cells().set_index("Result")
        assert shown.loc["statistics", "Inputs"] == "data and all runs"
        assert f"resamples {RESAMPLES}" in shown.loc["statistics", "Settings"]
        assert shown.loc["run cnn and resnet18", "Inputs"] == "data"
        assert set(shown["Machine"]) == {"A processor"}

    def test_lead_counts_states_of_the_code(self, made: Made, results: Path) -> None:
        """The first sentence states when a commit alone does not reproduce the results."""
        assert "computed with one version of the code on one kind of processor; every number" in str(
            summarise_reproducibility(made.study, results=made.results)
        )
        (folder,) = results.glob("run/cnn-*")
        manifest = json.loads((folder / MANIFEST).read_text())
        del manifest["seal"]
        manifest["environment"]["commit"]["dirty"] = True
        (folder / MANIFEST).write_text(json.dumps({**manifest, "seal": digest_of(manifest)}))
        text = str(summarise_reproducibility(made.study, results=results))
        assert "2 versions of the code" in text
        assert "1 of them was computed with uncommitted changes" in text

    def test_another_study(self, made: Made) -> None:
        """The stored results of one study are not listed in the report of another."""
        with pytest.raises(InputError, match="render the report again"):
            StoredResults.from_study(replace(made.study, key="another"), results=made.results)
