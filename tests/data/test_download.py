"""Downloads from local servers, both correct and faulty."""

from __future__ import annotations

import gzip
import hashlib
import io
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from filelock import FileLock
from pytest_httpserver import HTTPServer
from rich.console import Console
from werkzeug import Request, Response

from svhnlab.data.download import download_svhn
from svhnlab.data.svhn import OfficialFile
from svhnlab.errors import InputError, SvhnlabError
from tests.fixtures.range_requests import with_ranges

CONTENT = {name: bytes(hashlib.shake_256(name.encode()).digest(300_000)) for name in ("train", "test")}
FILES = {
    name: OfficialFile(f"{name}_32x32.mat", len(content), hashlib.md5(content).hexdigest(), 1, None)
    for name, content in CONTENT.items()
}
TRAIN = CONTENT["train"]
BLOCK = 16_384  # whole blocks of this size are kept when a connection is dropped


class Fetch:
    """Downloads the training file into a folder and keeps the output."""

    def __init__(self, folder: Path, server: HTTPServer) -> None:
        self.folder = folder
        self.server = server
        self.output = io.StringIO()

    def __call__(self, *names: str, base_url: str | None = None) -> list[Path]:
        """Download, by default the training file from the test's server."""
        return download_svhn(
            self.folder,
            names=names or ("train",),
            base_url=base_url or self.server.url_for("/housenumbers"),
            files=FILES,
            console=Console(file=self.output),
            pause=0.0,
        )

    @property
    def part(self) -> Path:
        """Part file of the training file."""
        return self.folder / "train_32x32.mat.part"

    @property
    def whole(self) -> Path:
        """Complete training file."""
        return self.folder / "train_32x32.mat"

    def asked_ranges(self) -> list[str | None]:
        """Return the Range header of each request so far."""
        return [request.headers.get("Range") for request, _ in self.server.log]


@pytest.fixture
def fetch(tmp_path: Path, httpserver: HTTPServer) -> Fetch:
    return Fetch(tmp_path / "data", httpserver)


def serve(
    server: HTTPServer, handler: Callable[[Request], Response], path: str = "/housenumbers/train_32x32.mat"
) -> None:
    server.expect_request(path).respond_with_handler(handler)


def dropping(handler: Callable[[Request], Response], after: int) -> Callable[[Request], Response]:
    """Drop every connection after some bytes of the body."""

    def answer(request: Request) -> Response:
        full = handler(request)
        headers = {**full.headers, "Content-Length": str(len(full.data))}
        return Response(iter([full.data[:after]]), status=full.status, headers=headers)

    return answer


class TestFetchOfficial:
    def test_fresh_download(self, fetch: Fetch) -> None:
        """Both files are complete under their names, and no part file remains."""
        for name, content in CONTENT.items():
            serve(fetch.server, with_ranges(content), f"/housenumbers/{name}_32x32.mat")
        paths = fetch("train", "test")
        assert [path.name for path in paths] == ["train_32x32.mat", "test_32x32.mat"]
        assert [path.read_bytes() for path in paths] == list(CONTENT.values())
        assert not list(fetch.folder.glob("*.part"))

    def test_without_a_terminal_progress_is_plain_lines(self, fetch: Fetch) -> None:
        """Outside a terminal, progress is printed as lines up to 100 %, without carriage returns."""
        serve(fetch.server, with_ranges(TRAIN))
        fetch()
        lines = fetch.output.getvalue().splitlines()
        assert lines[0] == "train_32x32.mat: 0 % of 0.3 MB"
        assert lines[-1].startswith("train_32x32.mat: 100 % of 0.3 MB, ")
        assert "\r" not in fetch.output.getvalue()

    def test_in_a_terminal_progress_is_a_bar(self, fetch: Fetch) -> None:
        """In a terminal the bar ends at the size of the file."""
        serve(fetch.server, with_ranges(TRAIN))
        terminal = Console(file=io.StringIO(), force_terminal=True, width=120)
        base_url = fetch.server.url_for("/housenumbers/")
        download_svhn(fetch.folder, names=["train"], base_url=base_url, files=FILES, console=terminal)
        assert "300.0/300.0 kB" in terminal.file.getvalue()  # type: ignore[attr-defined]

    def test_resumes_with_range(self, fetch: Fetch) -> None:
        """A part file of an earlier run is resumed."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(TRAIN[:100_000])
        serve(fetch.server, with_ranges(TRAIN))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN
        assert fetch.asked_ranges() == ["bytes=100000-"]

    def test_killed_process_costs_nothing(self, fetch: Fetch) -> None:
        """What a process received from the first byte before it was killed is resumed by the next one."""
        fetch.folder.mkdir()
        fetch.part.with_suffix(".new").write_bytes(TRAIN[:100_000])
        fetch.part.write_bytes(TRAIN[:50_000])
        serve(fetch.server, with_ranges(TRAIN))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN
        assert fetch.asked_ranges() == ["bytes=100000-"]
        assert [path.name for path in fetch.folder.iterdir() if path.suffix != ".lock"] == ["train_32x32.mat"]

    def test_server_without_range(self, fetch: Fetch) -> None:
        """If the server ignores the range, the part file is replaced by the whole file."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(TRAIN[:100_000])
        serve(fetch.server, lambda _: Response(TRAIN))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN

    def test_server_that_refuses_the_range(self, fetch: Fetch) -> None:
        """If the server refuses the range, the whole file is requested."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(TRAIN[:100_000])
        serve(
            fetch.server,
            lambda request: Response(status=416) if "Range" in request.headers else Response(TRAIN),
        )
        fetch()
        assert fetch.whole.read_bytes() == TRAIN
        assert fetch.asked_ranges() == ["bytes=100000-", None]

    def test_server_that_sends_another_piece(self, fetch: Fetch) -> None:
        """Another part of the file than requested is not appended."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(TRAIN[:100_000])
        headers = {"Content-Range": f"bytes 0-{len(TRAIN) - 1}/{len(TRAIN)}"}
        serve(
            fetch.server,
            lambda request: Response(TRAIN, 206, headers) if "Range" in request.headers else Response(TRAIN),
        )
        fetch()
        assert fetch.whole.read_bytes() == TRAIN

    def test_dropped_connections_are_resumed(self, fetch: Fetch) -> None:
        """After each dropped connection the download resumes where it ended."""
        serve(fetch.server, dropping(with_ranges(TRAIN), after=2 * BLOCK))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN
        assert fetch.asked_ranges() == [None, *(f"bytes={2 * BLOCK * i}-" for i in range(1, 10))]

    def test_failed_download_is_resumed_later(self, fetch: Fetch) -> None:
        """If no new bytes arrive, the part file is kept, and the next run resumes it."""
        serve(fetch.server, dropping(lambda _: Response(TRAIN), after=6 * BLOCK))
        with pytest.raises(SvhnlabError, match=r"resume after 98,304 bytes"):
            fetch()
        assert not fetch.whole.exists()
        assert fetch.part.read_bytes() == TRAIN[: 6 * BLOCK]
        assert len(fetch.server.log) == 4

        fetch.server.clear()
        serve(fetch.server, with_ranges(TRAIN))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN
        assert fetch.asked_ranges() == ["bytes=98304-"]

    def test_wrong_md5(self, fetch: Fetch) -> None:
        """A file of the right size with another MD5 does not get the final name, and is not resumed later."""
        serve(fetch.server, lambda _: Response(TRAIN[::-1]))
        with pytest.raises(SvhnlabError, match="is not the official file: its MD5 is"):
            fetch()
        assert not fetch.whole.exists()
        assert not fetch.part.exists()

    @pytest.mark.parametrize("wrong", [TRAIN[:-1], TRAIN + b"x", b"<html>please log in</html>"])
    def test_wrong_size(self, fetch: Fetch, wrong: bytes) -> None:
        """A response with another size in its header is not downloaded."""
        serve(fetch.server, lambda _: Response(wrong))
        with pytest.raises(SvhnlabError, match=f"it has {len(wrong):,} bytes, not 300,000"):
            fetch()
        assert not fetch.whole.exists()
        assert not fetch.part.exists()

    def test_unannounced_size(self, fetch: Fetch) -> None:
        """A response longer than the file is aborted, and nothing of it is kept."""
        serve(fetch.server, lambda _: Response(iter([TRAIN, TRAIN])))
        with pytest.raises(SvhnlabError, match="it has more than 300,000 bytes"):
            fetch()
        assert not fetch.whole.exists()
        assert not fetch.part.exists()

    def test_part_longer_than_the_file(self, fetch: Fetch) -> None:
        """A part file longer than the file is deleted with a message, and the download starts again."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(TRAIN + b"more")
        serve(fetch.server, with_ranges(TRAIN))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN
        assert "is longer than the official file; starting again" in fetch.output.getvalue()
        assert fetch.asked_ranges() == [None]

    def test_whole_part_needs_no_request(self, fetch: Fetch) -> None:
        """A complete part file, left by a process killed before renaming, is checked and renamed."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(TRAIN)
        fetch()
        assert fetch.whole.read_bytes() == TRAIN
        assert fetch.server.log == []

    def test_right_file_needs_no_request(self, fetch: Fetch) -> None:
        """A correct file is not downloaded again."""
        fetch.folder.mkdir()
        fetch.whole.write_bytes(TRAIN)
        assert fetch() == [fetch.whole]
        assert fetch.server.log == []

    @pytest.mark.parametrize("content", [b"my own digits", TRAIN[::-1]])
    def test_own_files_are_not_overwritten(self, fetch: Fetch, content: bytes) -> None:
        """If a different file has the same name, nothing is downloaded for any of the files."""
        fetch.folder.mkdir()
        fetch.whole.write_bytes(content)
        with pytest.raises(InputError, match="not the official file, and it is not overwritten"):
            fetch("test", "train")
        assert fetch.whole.read_bytes() == content
        assert fetch.server.log == []

    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_server_has_no_file(self, fetch: Fetch, status: int) -> None:
        """The message names the address, the response, the folder for a manual download, and the demo profile."""
        serve(fetch.server, lambda _: Response("no such thing", status))
        with pytest.raises(SvhnlabError) as caught:
            fetch()
        message = str(caught.value)
        for words in (
            fetch.server.url_for("/housenumbers/train_32x32.mat"),
            f"the server answers {status}",
            f"put train_32x32.mat into {fetch.folder} by hand",
            "svhnlab train --profile demo",
        ):
            assert words in message
        assert "\n" not in message
        assert len(fetch.server.log) == 1
        assert not fetch.part.exists()

    @pytest.mark.parametrize("status", [429, 503])
    def test_overloaded_server(self, fetch: Fetch, status: int) -> None:
        """A request that the server refuses for a moment is repeated; if it goes on, its answer is the reason."""
        answers = iter([Response("busy", status, {"Retry-After": "0"}), Response(TRAIN)])
        serve(fetch.server, lambda _: next(answers))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN

        fetch.whole.unlink()
        fetch.server.clear()
        serve(fetch.server, lambda _: Response("busy", status))
        with pytest.raises(SvhnlabError, match=f"the server answers {status}"):
            fetch()
        assert len(fetch.server.log) == 4

    @pytest.mark.parametrize("kind", ["text/html", "application/octet-stream"])
    @pytest.mark.parametrize("redirected", [False, True])
    def test_login_page(self, fetch: Fetch, kind: str, redirected: bool) -> None:
        """A login page, with or without a redirect, costs nothing of a partial download, which is resumed later."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(TRAIN[:100_000])
        page = b"<!DOCTYPE html><html><title>Log in</title></html>"
        login = fetch.server.url_for("/login")
        serve(fetch.server, lambda _: Response(iter([page]), content_type=kind), "/login")
        serve(
            fetch.server,
            lambda _: (
                Response(status=302, headers={"Location": login})
                if redirected
                else Response(iter([page]), content_type=kind)
            ),
        )
        with pytest.raises(SvhnlabError, match="sends a web page"):
            fetch()
        assert fetch.part.read_bytes() == TRAIN[:100_000]

        fetch.server.clear()
        serve(fetch.server, with_ranges(TRAIN))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN
        assert fetch.asked_ranges() == ["bytes=100000-"]

    def test_login_page_with_its_length(self, fetch: Fetch) -> None:
        """A login page with a Content-Length header is not taken for another version of the file."""
        serve(fetch.server, lambda _: Response("<html>Log in</html>", content_type="text/html"))
        with pytest.raises(SvhnlabError, match="sends a web page"):
            fetch()

    def test_shorter_answer_does_not_replace_a_longer_part(self, fetch: Fetch) -> None:
        """A server that ignores the range and drops the connection early costs nothing."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(TRAIN[:100_000])
        serve(fetch.server, dropping(lambda _: Response(TRAIN), after=2 * BLOCK))
        with pytest.raises(SvhnlabError, match="resume after 100,000 bytes"):
            fetch()
        assert fetch.part.read_bytes() == TRAIN[:100_000]
        assert [path.name for path in fetch.folder.iterdir() if path.suffix == ".new"] == []

    def test_part_of_another_file(self, fetch: Fetch) -> None:
        """A part file that does not belong to the official file is downloaded again; the server is not blamed."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(bytes(100_000))
        serve(fetch.server, with_ranges(TRAIN))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN
        assert "was begun with another file; starting again" in fetch.output.getvalue()
        assert fetch.asked_ranges() == ["bytes=100000-", None]

    @pytest.mark.parametrize("stored", [0, 100_000])
    def test_compressed_answer(self, fetch: Fetch, stored: int) -> None:
        """A body that the server compresses without being asked is decompressed."""
        fetch.folder.mkdir()
        fetch.part.write_bytes(TRAIN[:stored])
        serve(fetch.server, lambda _: Response(gzip.compress(TRAIN), headers={"Content-Encoding": "gzip"}))
        fetch()
        assert fetch.whole.read_bytes() == TRAIN

    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (requests.exceptions.SSLError("certificate verify failed"), "its certificate can't be verified"),
            (requests.exceptions.ProxyError("refused"), "the proxy can't be used"),
            (OSError("Could not find a suitable TLS CA certificate bundle"), "suitable TLS CA certificate bundle"),
            (requests.TooManyRedirects("Exceeded 30 redirects."), "Exceeded 30 redirects"),
        ],
    )
    def test_reason_of_a_failed_request(
        self, fetch: Fetch, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
    ) -> None:
        """Certificates, proxies and redirects are named as the reason."""

        def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(requests, "get", fail)
        with pytest.raises(SvhnlabError, match=message) as caught:
            fetch()
        assert "\n" not in str(caught.value)

    def test_refused_connection(self, fetch: Fetch) -> None:
        """A refused connection fails at once with the same advice."""
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{unused.getsockname()[1]}/"
            with pytest.raises(SvhnlabError) as caught:
                fetch("train", "test", base_url=address)
        message = str(caught.value)
        assert message.startswith(f"{address}train_32x32.mat cannot be downloaded: the connection fails; ")
        assert "put train_32x32.mat and test_32x32.mat into" in message
        assert "svhnlab train --profile demo" in message

    def test_unknown_host(self, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
        """A host name that cannot be resolved is reported as such."""

        def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(variable, raising=False)
        with pytest.raises(SvhnlabError, match="the host name cannot be resolved"):
            fetch(base_url="http://mirror.invalid/")

    @pytest.mark.parametrize("address", ["housenumbers", "ftp://127.0.0.1/"])
    def test_address_of_another_kind(self, fetch: Fetch, address: str) -> None:
        """An invalid address of a mirror is an error without a traceback."""
        with pytest.raises(SvhnlabError, match=r"cannot be downloaded"):
            fetch(base_url=address)

    def test_folder_that_is_a_file(self, fetch: Fetch) -> None:
        """The message names a folder that cannot be written."""
        fetch.folder.write_text("not a folder")
        with pytest.raises(SvhnlabError, match=f"{fetch.folder}: cannot be written"):
            fetch()

    def test_two_processes_take_turns(self, fetch: Fetch) -> None:
        """A second process waits, prints a line, and uses the file that the first one downloaded."""
        fetch.folder.mkdir()
        lock = FileLock(fetch.folder / ".train_32x32.mat.lock", thread_local=False)
        lock.acquire()
        second = threading.Thread(target=fetch)
        second.start()
        try:
            while "waiting for it" not in fetch.output.getvalue():
                assert second.is_alive()
            fetch.whole.write_bytes(TRAIN)
        finally:
            lock.release()
            second.join(timeout=10)
        assert not second.is_alive()
        assert fetch.server.log == []
