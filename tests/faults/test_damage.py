"""Truncated files and files with wrong bits: every reader refuses them in one line, or reads something valid."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.schema.file import read_benchmark
from svhnlab.config.citation_file import read_citation
from svhnlab.config.quarto_file import chapter_entries, read_quarto_file
from svhnlab.config.study_file import read_study_file
from svhnlab.data.mat import read_format2
from svhnlab.data.pictures import ReadingOptions, UnreadablePicture, fit, read_picture, strict_decoding
from svhnlab.data.source import find_data
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.models.pretrained import file_state
from svhnlab.project.write import MANIFEST as TEMPLATE_MANIFEST
from svhnlab.project.write import update_project
from svhnlab.provenance.predictions import PREDICTIONS, read_predictions
from svhnlab.provenance.schema import CRATE, PROVENANCE, read_provenance
from svhnlab.publishing.names import VERSION_LIST
from svhnlab.publishing.verify import verify
from svhnlab.publishing.versions import read_version_list
from svhnlab.store.ablation_file import read_ablation, write_ablation
from svhnlab.store.record import read_record
from svhnlab.store.required import required_results
from svhnlab.store.store import MANIFEST, Store
from svhnlab.store.verdict_file import merge_verdicts, read_verdict_file, write_verdict_file
from tests.faults.amount import KILLS
from tests.faults.cases import write_digits
from tests.fixtures.fake_ablation import fake_ablation
from tests.fixtures.fake_verdicts import write_export
from tests.fixtures.paths import ROOT
from tests.fixtures.report_project import write_report_project
from tests.fixtures.stored_report import Made, made, published, results  # noqa: F401

STUDY_FILE = """\
title = "Vehicles"
authors = ["Ada Example", "Ben Example"]
data = "data/vehicles"
class_names = ["car", "bus", "ambulance"]
profile = "quick"
runs = ["cnn", "cnn-aug"]
seed = 3
"""


@st.composite
def damages(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Ways to damage a file: it ends early, some bits are wrong, or a block is zero, repeated or missing."""
    kind = draw(st.sampled_from(["truncate", "flip", "flip", "zero", "repeat", "remove"]))
    places = draw(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=3))
    length = draw(st.integers(1, 600))

    def damage(content: bytes) -> bytes:
        starts = [int(share * len(content)) for share, _ in places]
        start = starts[0]
        end = start + length
        match kind:
            case "truncate":
                return content[:start]
            case "zero":
                return content[:start] + bytes(len(content[start:end])) + content[end:]
            case "repeat":
                return content[:end] + content[start:]
            case "remove":
                return content[:start] + content[end:]
        changed = bytearray(content)
        for place, (_, bit) in zip(starts, places, strict=True):
            changed[place] ^= 1 << bit
        return bytes(changed)

    return damage


#: Each example damages the file anew. In the long form there are ten times as many.
damaged = settings(max_examples=KILLS, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)


def outcome(read: Callable[[], object]) -> str:
    """Return the error's line, or an empty string without an error; any other error fails the test."""
    try:
        read()
    except SvhnlabError as error:
        assert len(str(error).splitlines()) == 1
        return str(error)
    return ""


class File:
    """A file that is damaged again and again."""

    def __init__(self, path: Path) -> None:
        self.path, self.good = path, path.read_bytes()

    def damage(self, damage: Callable[[bytes], bytes]) -> bool:
        """Write the damaged content, and return whether it differs."""
        content = damage(self.good)
        self.path.write_bytes(content)
        return content != self.good

    def restore(self) -> None:
        """Write the good content."""
        self.path.write_bytes(self.good)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, made: Made) -> dict[str, File]:  # noqa: F811
    """One good file of every kind."""
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("files")
    write_digits(folder)
    shutil.copy(folder / "train_32x32.mat", folder / "plain.mat")
    from scipy.io import loadmat, savemat

    savemat(folder / "packed.mat", {name: loadmat(folder / "plain.mat")[name] for name in "Xy"}, do_compression=True)
    state = {"weight": torch.zeros(3, 4), "bias": torch.ones(3, dtype=torch.float16)}
    save_file(state, folder / "weights.safetensors")
    torch.save(state, folder / "weights.pt")
    (folder / "study.toml").write_text(STUDY_FILE)
    shutil.copy(ROOT / "CITATION.cff", folder)
    shutil.copy(made.site / PREDICTIONS, folder)
    shutil.copy(made.site / PROVENANCE, folder)
    version = {"version": "1.0", "provenance": "a" * 64}
    (folder / VERSION_LIST).write_text(json.dumps({"versions": [version], "files": ["index.html"]}))
    write_export(folder / "verdicts.json", made.study)
    write_ablation(folder, fake_ablation()).rename(folder / "ablation.json")
    shutil.copy(next((ROOT / "benchmarks" / "results").glob("*.json")), folder / "benchmark.json")
    write_images(folder)
    return {path.name: File(path) for path in folder.iterdir() if path.is_file()}


def write_images(folder: Path) -> None:
    """Write a picture in each format, arrays, and a table that lists two of the pictures."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 9, 9, 3), dtype=np.uint8)
    for suffix in PICTURES:
        Image.fromarray(images[0]).save(folder / f"picture.{suffix}")
    labels = np.arange(4) % 2
    np.savez(folder / "arrays.npz", train_images=images, train_labels=labels, test_images=images, test_labels=labels)
    rows = ("path,label,split,age", "picture.png,cat,train,3", "picture.bmp,dog,train,4")
    (folder / "table.csv").write_text("\n".join(rows), encoding="utf-8")


def read_own_picture(path: Path) -> None:
    """Read a picture file; an unreadable one is an error of the command line."""
    try:
        with strict_decoding():
            fit(read_picture(path, 8)[0], 8)
    except UnreadablePicture as error:
        raise InputError(f"{path}: {error}") from error


PICTURES = ("png", "jpg", "webp", "bmp", "gif", "tif")
READERS: dict[str, Callable[[Path], Any]] = {
    "plain.mat": read_format2,
    "packed.mat": read_format2,
    "weights.safetensors": file_state,
    "weights.pt": file_state,
    "study.toml": read_study_file,
    "CITATION.cff": read_citation,
    "predictions.npz": read_predictions,
    PROVENANCE: read_provenance,
    VERSION_LIST: lambda path: read_version_list(path.parent),
    "verdicts.json": read_verdict_file,
    "ablation.json": read_ablation,
    "benchmark.json": read_benchmark,
    **{f"picture.{suffix}": read_own_picture for suffix in PICTURES},
    "arrays.npz": lambda path: find_data(path, ReadingOptions(side=32)).read(2),
    "table.csv": lambda path: find_data(path, ReadingOptions(side=32)).read(2),
}


class TestReaders:
    @pytest.mark.parametrize("name", READERS)
    @damaged
    @given(damage=damages())
    def test_one_line(self, files: dict[str, File], name: str, damage: Callable[[bytes], bytes]) -> None:
        """A damaged file is refused with a line that names it or its folder, or has become another valid file."""
        file = files[name]
        try:
            file.damage(damage)
            line = outcome(lambda: READERS[name](file.path))
        finally:
            file.restore()  # the table names two of the pictures
        assert not line or file.path.name in line or str(file.path.parent) in line

    @pytest.mark.parametrize("name", READERS)
    def test_empty(self, files: dict[str, File], name: str) -> None:
        """An empty file, as a full disk leaves it, is refused; only settings may be empty."""
        file = files[name]
        try:
            file.damage(lambda content: b"")
            line = outcome(lambda: READERS[name](file.path))
        finally:
            file.restore()
        assert bool(line) == (name != "study.toml")

    @damaged
    @given(damage=damages())
    def test_whole_images(self, files: dict[str, File], damage: Callable[[bytes], bytes]) -> None:
        """A damaged file of images is refused, or it has images and valid labels; compressed, it is the good one."""
        file = files["packed.mat"]
        file.damage(damage)
        try:
            images = read_format2(file.path)
        except SvhnlabError:
            return
        assert images.images.shape == (150, 3, 32, 32)
        np.testing.assert_array_equal(images.labels, np.repeat(np.arange(10), 15))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report project."""
    return write_report_project(tmp_path_factory.mktemp("project") / "project")


class TestProject:
    @pytest.mark.parametrize("name", ["_quarto.yml", "chapters/data.qmd", TEMPLATE_MANIFEST])
    @damaged
    @given(damage=damages())
    def test_one_line(self, project: Path, name: str, damage: Callable[[bytes], bytes]) -> None:
        """Damaged settings, front matter or manifests of a project are refused in one line."""
        file = File(project / name)
        try:
            file.damage(damage)
            read = update_project if name == TEMPLATE_MANIFEST else chapter_entries
            outcome(lambda: read(project))
            outcome(lambda: read_quarto_file(project))
        finally:
            file.restore()


class TestData:
    @damaged
    @given(damage=damages())
    def test_record_of_generated_digits(self, data_folder: Path, tmp_path: Path, damage: Any) -> None:
        """A damaged record of generated digits is refused, or the digits are not called generated."""
        folder = tmp_path / "digits"
        if not folder.exists():
            shutil.copytree(data_folder, folder)
        file = File(folder / "generated.json")
        whole = find_data(folder).digest
        try:
            changed = file.damage(damage)
            line = outcome(lambda: find_data(folder))
            assert line or not changed or find_data(folder).digest != whole
        finally:
            file.restore()


class TestResults:
    @damaged
    @given(damage=damages(), choice=st.integers(0, 10**6))
    def test_verify(self, results: Path, damage: Callable[[bytes], bytes], choice: int) -> None:  # noqa: F811
        """`verify` notices a change of any stored file, and finds it in one line."""
        stored = sorted(path for path in results.rglob("*") if path.is_file() and ".locks" not in path.parts)
        file = File(stored[choice % len(stored)])
        try:
            changed = file.damage(damage)
            assert verify(results).holds != changed or _same_json(file)
        finally:
            file.restore()

    @pytest.mark.parametrize("name", ["current.json", "studies/*.json", f"run/*/{MANIFEST}"])
    @damaged
    @given(damage=damages())
    def test_record(self, results: Path, name: str, damage: Callable[[bytes], bytes]) -> None:  # noqa: F811
        """A damaged record of the study is refused in one line, whatever was changed."""
        file = File(next(results.glob(name)))
        store = Store(results)
        whole = read_record(store)
        try:
            changed = file.damage(damage)
            line = outcome(lambda: required_results(store, read_record(store)))
            assert line or not changed or _same_json(file) or read_record(store) == whole
        finally:
            file.restore()

    @damaged
    @given(damage=damages())
    def test_stored_verdicts(self, results: Path, made: Made, damage: Callable[[bytes], bytes]) -> None:  # noqa: F811
        """Verdicts that changed after they were stored are refused."""
        export = write_export(results / "export", made.study)
        file = File(write_verdict_file(results, read_verdict_file(export))[0])
        export.unlink()
        try:
            whole = merge_verdicts(results, made.study.data)
            changed = file.damage(damage)
            line = outcome(lambda: merge_verdicts(results, made.study.data))
            assert line or not changed or merge_verdicts(results, made.study.data) == whole
        finally:
            file.restore()


class TestSite:
    @pytest.mark.parametrize("name", [PROVENANCE, CRATE, PREDICTIONS, VERSION_LIST, "index.html"])
    @damaged
    @given(damage=damages())
    def test_verify(self, published: Path, name: str, damage: Callable[[bytes], bytes]) -> None:  # noqa: F811
        """`verify` notices a change of any file of a published site, but for descriptions in the RO-Crate."""
        file = File(published / name)
        try:
            changed = file.damage(damage)
            assert verify(published).holds != changed or _same_json(file) or name == CRATE
        finally:
            file.restore()


def _same_json(file: File) -> bool:
    """Return whether a changed file has the same content as JSON, for example after a change of spaces."""
    try:
        return bool(json.loads(file.path.read_bytes()) == json.loads(file.good))
    except ValueError:
        return False
