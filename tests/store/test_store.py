"""The store keeps complete results, reports damaged ones, and never changes stored files."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.errors import SvhnlabError
from svhnlab.files import write_atomically
from svhnlab.store.store import MANIFEST, DamagedResult, ResultKey, Store, canonical_json, digest_of

ADDRESS = ResultKey("run", "cnn", {"schema": 1, "seed": 0})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def put(store: Store, content: str = "one") -> None:
    with store.writing(ADDRESS, {"who": "test"}) as folder:
        (folder / "a.txt").write_text(content)


class TestKeys:
    @given(st.dictionaries(st.text(), json_values, max_size=4))
    def test_order_does_not_matter(self, value: dict) -> None:
        """Equal settings have the same key, regardless of their order."""
        backwards = dict(reversed(value.items()))
        assert digest_of(value) == digest_of(backwards)

    @given(json_values)
    def test_canonical_json_loses_nothing(self, value: object) -> None:
        """Canonical JSON parses back to the same value, so different settings have different text."""
        assert json.loads(canonical_json(value)) == value

    def test_every_input_counts(self) -> None:
        """A different seed, kind or schema gives a different key."""
        others = [
            ResultKey("run", "cnn", {"schema": 1, "seed": 1}),
            ResultKey("run", "cnn", {"schema": 2, "seed": 0}),
            ResultKey("data", "cnn", {"schema": 1, "seed": 0}),
        ]
        assert len({ADDRESS.key, *(other.key for other in others)}) == 4


class TestWriting:
    def test_result_is_found_again(self, tmp_path: Path) -> None:
        """A stored result has its files, inputs, environment and checksums."""
        store = Store(tmp_path)
        put(store)
        stored = store.find(ADDRESS)
        assert stored is not None
        assert stored.file("a.txt").read_text() == "one"
        assert stored.manifest["inputs"] == ADDRESS.inputs
        assert stored.manifest["environment"] == {"who": "test"}

    def test_first_result_stays(self, tmp_path: Path) -> None:
        """A result is never overwritten, and a second attempt leaves no files."""
        store = Store(tmp_path)
        put(store, "one")
        put(store, "two")
        stored = store.find(ADDRESS)
        assert stored is not None
        assert stored.file("a.txt").read_text() == "one"
        assert [path.name for path in tmp_path.iterdir()] == ["run"]

    def test_failure_leaves_nothing(self, tmp_path: Path) -> None:
        """A stage that fails midway leaves no result and no partial folder."""
        store = Store(tmp_path)
        with pytest.raises(ZeroDivisionError), store.writing(ADDRESS, {}) as folder:
            (folder / "a.txt").write_text("half")
            _ = 1 / 0
        assert store.find(ADDRESS) is None
        assert list(tmp_path.iterdir()) == []

    def test_interrupted_file_leaves_the_old_one(self, tmp_path: Path) -> None:
        """A file is replaced completely or not at all."""
        path = tmp_path / "file"
        write_atomically(path, b"old")
        with pytest.raises(TypeError):
            write_atomically(path, "no bytes")  # type: ignore[arg-type]
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_permissions_follow_the_umask(self, tmp_path: Path) -> None:
        """A file is as readable as any new file, so that colleagues and web servers can read it."""
        (tmp_path / "new").touch()
        write_atomically(tmp_path / "written", b"content")
        assert (tmp_path / "written").stat().st_mode == (tmp_path / "new").stat().st_mode


class TestDamage:
    @pytest.mark.parametrize("change", ["truncate", "flip", "delete"])
    def test_changed_file_is_never_read(self, tmp_path: Path, change: str) -> None:
        """A file that does not match its checksum is an error that names it."""
        store = Store(tmp_path)
        put(store, "content")
        stored = store.find(ADDRESS)
        assert stored is not None
        path = stored.path / "a.txt"
        if change == "delete":
            path.unlink()
        else:
            path.write_text("conten" if change == "truncate" else "contenu")
        with pytest.raises(DamagedResult, match=r"a\.txt"):
            stored.file("a.txt")

    @pytest.mark.parametrize("damage", ["", "{", "[]", "seed"])
    def test_changed_manifest_is_refused(self, tmp_path: Path, damage: str) -> None:
        """The manifest is sealed by a digest: a truncated or edited one is damaged."""
        store = Store(tmp_path)
        put(store)
        path = store.path(ADDRESS) / MANIFEST
        path.write_text(path.read_text().replace('"seed": 0', '"seed": 1') if damage == "seed" else damage)
        with pytest.raises(DamagedResult, match="damaged"):
            store.find(ADDRESS)

    def test_damaged_result_is_named_and_kept_aside(self, tmp_path: Path) -> None:
        """A damaged result is reported and no longer found; its files are moved aside, not deleted."""
        store = Store(tmp_path)
        put(store, "content")
        (store.path(ADDRESS) / "a.txt").write_text("changed")
        lines: list[str] = []
        assert store.find_intact(ADDRESS, lines.append) is None
        assert store.find(ADDRESS) is None
        assert "a.txt" in lines[0]
        (aside,) = (tmp_path / "damaged").iterdir()
        assert (aside / "a.txt").read_text() == "changed"

    @pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE])
    @pytest.mark.parametrize("file", [MANIFEST, "a.txt"])
    def test_unreadable_is_not_damaged(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, file: str
    ) -> None:
        """A result that can't be read now is not called damaged, and stays where it is; the error names the file."""
        store = Store(tmp_path)
        put(store)
        opened = Path.open

        def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
            if path.name == file:
                raise OSError(code, os.strerror(code), str(path))
            return opened(path, *arguments, **options)

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(OSError, match=os.strerror(code)) as raised:
            store.find_intact(ADDRESS, print)
        assert Path(raised.value.filename).name == file
        assert store.path(ADDRESS).is_dir()


class TestCurrentStudy:
    def test_last_written_study_is_current(self, tmp_path: Path) -> None:
        """The current study is the last one written; earlier records are kept."""
        store = Store(tmp_path)
        assert store.current_study() is None
        store.write_study("a", {"key": "a"})
        store.write_study("b", {"key": "b"})
        assert store.current_study() == {"key": "b"}
        assert (tmp_path / "studies" / "a.json").is_file()

    def test_unreadable_record_is_one_clear_line(self, tmp_path: Path) -> None:
        """An unreadable study record gives a message with the next step, not a traceback."""
        store = Store(tmp_path)
        store.write_study("a", {"key": "a"})
        (tmp_path / "studies" / "a.json").write_text("{")
        with pytest.raises(SvhnlabError, match="train again"):
            store.current_study()

    def test_every_record_is_sealed(self, tmp_path: Path) -> None:
        """A record whose content or seal has changed is refused: without its seal, nothing would notice a change."""
        store = Store(tmp_path)
        store.write_study("a", {"key": "a"})
        file = tmp_path / "studies" / "a.json"
        written = json.loads(file.read_text())
        for changed in ({**written, "key": "b"}, {"key": "a"}, {"key": "a", "real": written["seal"]}):
            file.write_text(json.dumps(changed))
            with pytest.raises(SvhnlabError, match="has changed"):
                store.current_study()

    def test_record_without_permission_is_not_replaced(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A record that may not be read is reported as such; training again is not suggested."""
        store = Store(tmp_path)
        store.write_study("a", {"key": "a"})

        def refuse(path: Path, **_: Any) -> str:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

        monkeypatch.setattr(Path, "read_text", refuse)
        with pytest.raises(PermissionError):
            store.current_study()
