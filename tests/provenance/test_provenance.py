"""What proves a report, and whether damage of any kind is found and named."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rocrate.rocrate import ROCrate

from svhnlab.analysis.calibration import confidence_bins
from svhnlab.analysis.headline import headline_metrics
from svhnlab.config.citation_file import read_citation
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import file_sha256
from svhnlab.provenance import predictions
from svhnlab.provenance.predictions import PREDICTIONS, read_predictions, rounded
from svhnlab.provenance.record import write_provenance
from svhnlab.provenance.schema import PROVENANCE, read_provenance
from svhnlab.provenance.site_files import site_digests
from svhnlab.publishing.publish import publish
from svhnlab.publishing.verify import verify
from svhnlab.report import ResultSettings, StoredResults, summarise_reproducibility
from svhnlab.store.keys import RECORD, analysis_of_record
from svhnlab.store.save import save
from svhnlab.store.schema import Predictions, RunPredictions, Study
from svhnlab.store.store import MANIFEST, ResultKey, Store, digest_of
from svhnlab.store.study import read_record, required_results
from tests.config.test_citation import CITATION
from tests.fixtures.fakes import fake_environment, fake_study

RESAMPLES = 200


@dataclass
class Made:
    """A results folder, the study in it, and a finished site of it."""

    results: Path
    study: Study
    site: Path


def store_files(store: Store, address: ResultKey, write: Callable[[Path], None]) -> str:
    """Store a result and return its key."""
    with store.writing(address, fake_environment()) as folder:
        write(folder)
    return address.key


def store_study(root: Path, study: Study) -> None:
    """Store a made-up study as a training would: with predictions and statistics, and stand-ins for the rest."""
    store = Store(root)

    def stand_in(folder: Path) -> None:
        (folder / "file.json").write_text("{}")

    def write_run(name: str, folder: Path) -> None:
        run = study.runs[name]
        save(RunPredictions(run.validation, run.test), folder)
        (folder / "weights.safetensors").write_bytes(b"weights of " + name.encode())

    def write_statistics(folder: Path) -> None:
        assert study.statistics is not None
        save(study.statistics, folder)

    data = ResultKey("data", "generated", {"digest": study.data.digest})
    augmentation = ResultKey("augmentation", "augmentation", {"data": data.key})
    runs = {name: ResultKey("run", name, {"data": data.key, "recipe": {"model": name}}) for name in study.runs}
    record = {
        "schema": RECORD,
        "key": study.key,
        "profile": study.profile,
        "data": asdict(data),
        "augmentation": asdict(augmentation),
        "runs": {
            name: {"title": study.runs[name].title, "trainings": [asdict(address)]} for name, address in runs.items()
        },
        "analysis": {"settings": {"points": 9, "most": 9}, "resamples": RESAMPLES},
        "settings": study.settings,
    }
    for address in (data, augmentation):
        store_files(store, address, stand_in)
    for name, address in runs.items():
        store_files(store, address, lambda folder, name=name: write_run(name, folder))  # type: ignore[misc]
    analysis = analysis_of_record(record, {name: address.key for name, address in runs.items()})
    for address in analysis.addresses():
        store_files(store, address, write_statistics if address.kind == "statistics" else stand_in)
    store.write_study(study.key, record)


def true_study() -> Study:
    """A made-up study whose headline metrics are those of its predictions."""
    study = fake_study(runs=("cnn", "resnet18"))
    assert study.statistics is not None
    probabilities = {name: run.test.probabilities for name, run in study.runs.items()}
    found = headline_metrics(study.data.test_labels, probabilities, resamples=RESAMPLES, seed=0)
    runs = {
        name: replace(
            own,
            accuracy=found[name].accuracy,
            macro_f1=found[name].macro_f1,
            calibration=replace(own.calibration, ece=found[name].ece),
        )
        for name, own in study.statistics.runs.items()
    }
    settings = {"seed": 0, "seeds": 1, "split": {"protocol": "official"}, "profile": {"name": "demo"}}
    statistics = replace(study.statistics, runs=runs, resamples=RESAMPLES, seed=0)
    return replace(study, statistics=statistics, settings=settings, key="5" * 16)


def write_pages(site: Path) -> None:
    """A small site as an engine leaves it."""
    for name in ("index.html", "chapters/1-a.html", "code/svhnlab/store/keys.html", "assets/look.css", "svhnlab.pdf"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(f"content of {name}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Results and a site, made once; tests damage copies."""
    root = tmp_path_factory.mktemp("made")
    study = true_study()
    store_study(root / "results", study)
    write_pages(root / "site")
    write_provenance(root / "site", study, root / "results", CITATION, "a test", "f" * 64)
    return Made(root / "results", study, root / "site")


@pytest.fixture
def site(made: Made, tmp_path: Path) -> Path:
    """A copy of the site to damage."""
    return Path(shutil.copytree(made.site, tmp_path / "site"))


@pytest.fixture
def results(made: Made, tmp_path: Path) -> Path:
    """A copy of the results to damage."""
    return Path(shutil.copytree(made.results, tmp_path / "results"))


@pytest.fixture
def published(made: Made, tmp_path: Path) -> Path:
    """A published root with one version, as `publish` leaves it."""
    root = Path(shutil.copytree(made.site, tmp_path / "root"))
    shutil.copytree(made.site, root / "v" / CITATION.version)
    entry = {"version": CITATION.version, "provenance": file_sha256(made.site / PROVENANCE)}
    (root / "versions.json").write_text(json.dumps({"versions": [entry], "files": []}))
    for folder in (root, root / "v" / CITATION.version):
        (folder / "version.js").write_text("// which version this is")
    for name in ("versions.js", "changes.html", ".nojekyll"):
        (root / name).write_text("")
    return root


def edit_record(site: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change provenance.json."""
    content = json.loads((site / PROVENANCE).read_text())
    change(content)
    (site / PROVENANCE).write_text(json.dumps(content))


def failed(path: Path) -> dict[str, str]:
    """The checks of a folder that do not hold, by name."""
    return {check.name: check.detail for check in verify(path).failures}


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
            "data", "augmentation", "run", "evidence", "embedding", "statistics",
        }  # fmt: skip
        assert made.study.statistics is not None
        for name, found in made.study.statistics.runs.items():
            own = record.headline[name]
            assert own.accuracy == (found.accuracy.value, found.accuracy.low, found.accuracy.high)
            assert own.ece[0] == found.calibration.ece.value
            assert (own.title, own.images) == (made.study.runs[name].title, 300)
        assert record.pages == ("index.html", "chapters/1-a.html")
        assert record.files == site_digests(made.site)
        assert PREDICTIONS in record.files
        assert not {PROVENANCE, "ro-crate-metadata.json", "version.js"} & set(record.files)

    def test_same_content_same_bytes(self, made: Made, tmp_path: Path) -> None:
        """Nothing of the clock or of chance enters: a site that is made again is the same, byte for byte."""
        write_pages(tmp_path / "site")
        write_provenance(tmp_path / "site", made.study, made.results, CITATION, "a test", "f" * 64)
        for file in made.site.rglob("*"):
            if file.is_file():
                assert file.read_bytes() == (tmp_path / "site" / file.relative_to(made.site)).read_bytes(), file

    def test_citation_travels_with_the_site(self, made: Made) -> None:
        """The site's own CITATION.cff says what the report's citation says."""
        assert read_citation(made.site / "CITATION.cff") == CITATION

    def test_crate_is_read_by_its_library(self, made: Made) -> None:
        """The RO-Crate names report, authors, licence, results with the program that made them, and all files."""
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
        """A site is never given the record of a study that it does not show."""
        write_pages(tmp_path / "other")
        study = replace(made.study, key="6" * 16)
        with pytest.raises(InputError, match="render the report again"):
            write_provenance(tmp_path / "other", study, results, CITATION, "a test", "")

    def test_link_in_a_site(self, made: Made, tmp_path: Path) -> None:
        """A link would put something into the record that is no part of the site."""
        write_pages(tmp_path / "linked")
        (tmp_path / "linked" / "extra").symlink_to(made.results)
        with pytest.raises(SvhnlabError, match="is a link"):
            write_provenance(tmp_path / "linked", made.study, made.results, CITATION, "a test", "")

    def test_study_without_statistics(self, made: Made, tmp_path: Path) -> None:
        """A report without intervals states no headline metrics, and that holds."""
        write_pages(tmp_path / "plain")
        study = replace(made.study, statistics=None)
        record = write_provenance(tmp_path / "plain", study, made.results, CITATION, "a test", "")
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


class TestVerifySite:
    def test_whole_site_holds(self, made: Made) -> None:
        """A site as it was made holds in everything, the headline metrics among it."""
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
        """A file that nobody recorded is named, wherever it is."""
        (site / "code" / "extra.js").write_text("alert(1)")
        assert failed(site) == {"other files": "not in the record: code/extra.js"}

    def test_name_that_gives_orders(self, site: Path) -> None:
        """What a file is called can't move a terminal's cursor or colour its text."""
        (site / "a\x1b[2J\nb").write_text("")
        assert failed(site) == {"other files": r"not in the record: a\x1b[2J\nb"}

    @pytest.mark.parametrize("name", ["svhnlab.pdf", "chapters"])
    def test_link(self, site: Path, tmp_path: Path, name: str) -> None:
        """A link is not followed, not even to the same content, and neither is a linked folder."""
        (site / name).rename(tmp_path / "elsewhere")
        (site / name).symlink_to(tmp_path / "elsewhere")
        assert name in failed(site)["links"]

    def test_path_that_leads_out(self, site: Path) -> None:
        """A record can't have files outside of the site read."""
        for path in ("../results/current.json", "/etc/hostname", "a/../../b", "C:/a", "a\\b"):
            edit_record(site, lambda record, path=path: record["files"].update({path: "0" * 64}))  # type: ignore[misc]
            assert "is outside of the site" in failed(site)["record"]
            edit_record(site, lambda record, path=path: record["files"].pop(path))  # type: ignore[misc]

    @pytest.mark.parametrize("text", ["", "[1]", "{}", "[" * 100_000, '{"schema": 2}'])
    def test_no_record(self, site: Path, text: str) -> None:
        """A record that is none is said to be none."""
        (site / PROVENANCE).write_text(text)
        assert set(failed(site)) == {"record"}

    @pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "ece"])
    @pytest.mark.parametrize("part", [0, 1, 2])
    def test_polished_number(self, site: Path, metric: str, part: int) -> None:
        """A headline metric or a bound that was made a little better is found, with what it should be."""

        def polish(record: dict[str, Any]) -> None:
            record["headline"]["cnn"][metric][part] += 1e-5

        edit_record(site, polish)
        found = failed(site)
        assert found["headline metrics of cnn"].startswith(f"{metric} is stated as")
        assert "headline metrics of resnet18" not in found
        assert "provenance.json" in found["digests in ro-crate-metadata.json"]

    def test_polished_predictions(self, site: Path) -> None:
        """Predictions that were changed together with their digest no longer give the stated numbers."""
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
            ({"run_cnn": None}, "no predictions of this run"),
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
        """Whatever stands in the place of predictions is refused with its reason, and nothing is executed."""
        with np.load(site / PREDICTIONS) as archive:
            content = {**archive, **changed}
        np.savez(site / PREDICTIONS, **{name: array for name, array in content.items() if array is not None})
        found = failed(site)
        assert said in found.get("predictions", "") + found.get("headline metrics of cnn", "")
        assert found["changed files"] == f"changed: {PREDICTIONS}"

    def test_predictions_that_unpack_to_too_much(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A small file that says it holds terabytes, or does hold too much, is not unpacked."""
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
        """The second record of the digests has to agree with the first."""
        crate = site / "ro-crate-metadata.json"
        crate.write_text(crate.read_text().replace(file_sha256(site / "svhnlab.pdf"), "0" * 64))
        assert failed(site) == {"digests in ro-crate-metadata.json": "other digest: svhnlab.pdf"}
        crate.write_text("{}")
        assert "can't be read" in failed(site)["digests in ro-crate-metadata.json"]


class TestVerifyPublished:
    def test_whole_root_holds(self, published: Path) -> None:
        """A root holds with its versions; what its owner put beside them is named and allowed."""
        (published / "CNAME").write_text("example.org")
        found = verify(published)
        assert found.holds, found.failures
        assert found.kind == "published site"
        details = {check.name: check.detail for check in found.checks}
        assert details["other files"] == "not part of the report: CNAME"
        assert f"v/{CITATION.version}: headline metrics of cnn" in details

    def test_what_publish_makes(self, made: Made, tmp_path: Path) -> None:
        """Two versions put side by side hold, and an old page in the place of a new one is found."""

        def draw(folder: Path) -> None:
            citation = replace(CITATION, version=os.environ["SVHNLAB_VERSION"])
            write_pages(folder)
            (folder / "index.html").write_text(f"version {citation.version}")
            write_provenance(folder, made.study, made.results, citation, "a test", citation.version)

        for version in ("1.0", "1.1"):
            publish(tmp_path / "project", tmp_path / "root", version, render=draw, say=lambda line: None)
        found = verify(tmp_path / "root")
        assert found.holds, found.failures
        assert {f"v/{version}: changed files" for version in ("1.0", "1.1")} <= {check.name for check in found.checks}
        page = tmp_path / "root" / "index.html"
        page.unlink()  # another name of the version's own file
        shutil.copy(tmp_path / "root" / "v" / "1.0" / "index.html", page)
        assert failed(tmp_path / "root") == {"changed files": "changed: index.html"}

    def test_damage_in_an_old_version(self, published: Path) -> None:
        """Each version is checked by itself, and its name stands before what was found."""
        (published / "v" / CITATION.version / "index.html").write_text("changed")
        assert failed(published) == {f"v/{CITATION.version}: changed files": "changed: index.html"}

    def test_renamed_version(self, published: Path) -> None:
        """A version that poses as another one is found."""
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


def reseal(folder: Path) -> None:
    """Make a manifest fit the files of a damaged result again."""
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
        """Results as they were stored hold, and the statistics are those of the predictions."""
        found = verify(made.results)
        assert found.holds, found.failures
        assert found.kind == "results"
        assert sum("headline metrics" in check.name for check in found.checks) == 2
        assert any(check.name == f"study {made.study.key}" for check in found.checks)

    def test_changed_file(self, results: Path) -> None:
        """A changed byte is found; the result, its file and all that needs it are named."""
        (folder,) = results.glob("run/cnn-*")
        (folder / "weights.safetensors").write_bytes(b"weights of zzz")
        found = failed(results)
        assert "weights.safetensors fails its checksum" in found[f"run/{folder.name}"]
        assert folder.name in found["study 5555555555555555"]

    def test_changed_manifest(self, results: Path) -> None:
        """Settings that were changed in a manifest break its seal."""
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
        """Statistics that were changed and sealed again are not those of the stored predictions."""
        (folder,) = results.glob("statistics/*")
        content = json.loads((folder / "statistics.json").read_text())
        content["runs"]["cnn"]["accuracy"]["value"] += 0.01
        (folder / "statistics.json").write_text(json.dumps(content))
        reseal(folder)
        found = failed(results)
        assert list(found) == [f"{folder.name}: headline metrics of cnn"]
        assert "accuracy is stated as" in next(iter(found.values()))

    def test_endless_work(self, results: Path) -> None:
        """A number of resamples that would never end is refused."""
        (folder,) = results.glob("statistics/*")
        content = json.loads((folder / "statistics.json").read_text())
        content["resamples"] = 10**12
        (folder / "statistics.json").write_text(json.dumps(content))
        reseal(folder)
        assert "can't be read as statistics" in failed(results)[folder.name]

    def test_names_that_lead_out(self, results: Path) -> None:
        """Neither a manifest nor the record of a study can have files outside of the store read."""
        (folder,) = results.glob("data/*")
        manifest = json.loads((folder / MANIFEST).read_text())
        del manifest["seal"]
        manifest["files"]["../../current.json"] = {"bytes": 1, "sha256": "0" * 64}
        (folder / MANIFEST).write_text(json.dumps({**manifest, "seal": digest_of(manifest)}))
        assert "leads out" in failed(results)[f"data/{folder.name}"]
        record = results / "studies" / f"{'5' * 16}.json"
        content = json.loads(record.read_text())
        content["data"]["kind"] = "../../elsewhere"
        record.write_text(json.dumps(content))
        found = verify(results)
        assert not found.holds

    def test_linked_result(self, results: Path, tmp_path: Path) -> None:
        """A result that is a link to another place is not taken for one of the store."""
        (folder,) = results.glob("data/*")
        folder.rename(tmp_path / "data")
        folder.symlink_to(tmp_path / "data")
        assert f"data/{folder.name}" in failed(results)

    @pytest.mark.parametrize("text", ["", "{}", '{"study": "../../x"}', '{"study": "absent"}'])
    def test_no_study(self, results: Path, text: str) -> None:
        """A pointer that leads nowhere is named; what is stored is checked nevertheless."""
        (results / "current.json").write_text(text)
        assert list(failed(results)) == ["study"]


class TestAppendix:
    def test_every_result_is_listed(self, made: Made) -> None:
        """The appendix lists each stored result with key, checksum, code, time, settings and what it was made from."""
        needed = required_results(Store(made.results), read_record(Store(made.results)))
        listed = StoredResults.from_store(made.results).frame()
        assert listed["key"].tolist() == [need.address.key for need in needed]
        assert listed["checksum"].tolist() == [need.stored.checksum for need in needed if need.stored]
        assert set(listed["program"]) == {"0.1.0, cccccccccccc"}
        assert listed.set_index("name").loc["run cnn", "seconds"] == 75.0
        shown = ResultSettings.from_store(made.results).cells().set_index("Result")
        assert shown.loc["statistics", "Made from"] == "data and all runs"
        assert f"resamples {RESAMPLES}" in shown.loc["statistics", "Settings"]
        assert shown.loc["run cnn and resnet18", "Made from"] == "data"
        assert set(shown["Machine"]) == {"A processor"}

    def test_lead_counts_states_of_the_code(self, made: Made, results: Path) -> None:
        """The first sentence says when a commit alone does not make the results again."""
        assert "made by one state of the code on one kind of processor; every number" in str(
            summarise_reproducibility(made.results)
        )
        (folder,) = results.glob("run/cnn-*")
        manifest = json.loads((folder / MANIFEST).read_text())
        del manifest["seal"]
        manifest["environment"]["commit"]["dirty"] = True
        (folder / MANIFEST).write_text(json.dumps({**manifest, "seal": digest_of(manifest)}))
        said = str(summarise_reproducibility(results))
        assert "2 states of the code" in said
        assert "1 of them by code with changes that are in no commit" in said


class TestVerify:
    def test_other_folders(self, tmp_path: Path) -> None:
        """A folder that is neither is refused as input, not reported as sound."""
        with pytest.raises(InputError, match="neither"):
            verify(tmp_path)
        with pytest.raises(InputError, match="neither"):
            verify(tmp_path / "absent")
