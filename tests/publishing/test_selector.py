"""The line with the version on every page."""

from __future__ import annotations

from pathlib import Path

import pytest

from svhnlab.config.citation_file import VERSION_VARIABLE
from svhnlab.publishing.selector import stamp
from svhnlab.site.postprocess.metadata import add_metadata
from tests.fixtures.published import CITATION, content, write_site


class TestStamp:
    @pytest.fixture
    def site(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv(VERSION_VARIABLE, "1.0")
        site = tmp_path / "site"
        write_site(site)
        return site

    def test_every_page_tells_where_it_is(self, site: Path) -> None:
        """Each page has its version as text, its path, and the relative path to the root of its version."""
        for path, to_root in (("index.html", ""), ("chapters/cnn.html", "../")):
            text = (site / path).read_text(encoding="utf-8")
            assert f'src="{to_root}version.js" data-root="{to_root}" data-page="{path}" defer' in text
            assert text.count("Version 1.0</p>") == 1
            assert text.index("<main>") < text.index("Version 1.0") < text.index("<h1>")

    def test_preview_has_the_script(self, site: Path) -> None:
        """A rendered version that is not published yet loads no missing script."""
        assert (site / "version.js").read_text(encoding="utf-8").startswith("//")

    def test_second_time_changes_nothing(self, site: Path) -> None:
        """Stamping is idempotent."""
        before = content(site)
        stamp(site, CITATION)
        assert content(site) == before

    def test_report_that_is_not_published_stays_as_it_is(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a version there is no selector and no script."""
        monkeypatch.delenv(VERSION_VARIABLE)
        page = site / "plain.html"
        page.write_text("<html><head></head><body><main></main></body></html>")
        (site / "version.js").unlink()
        stamp(site, CITATION)
        assert "version" not in page.read_text()
        assert not (site / "version.js").exists()

    def test_pages_without_main_stay_as_they_are(self, site: Path) -> None:
        """A redirect page is not a page of the report."""
        page = site / "moved.html"
        page.write_text("<html><head><title>Moved</title></head><body></body></html>")
        stamp(site, CITATION)
        assert page.read_text() == "<html><head><title>Moved</title></head><body></body></html>"

    def test_old_pages_name_the_latest_as_the_original(self, site: Path) -> None:
        """The canonical link of a page of any version is the same page at the root."""
        add_metadata(site, CITATION)
        stamp(site, CITATION)
        text = (site / "chapters" / "cnn.html").read_text(encoding="utf-8")
        assert text.count('<link rel="canonical" href="https://example.org/report/chapters/cnn.html">') == 1
