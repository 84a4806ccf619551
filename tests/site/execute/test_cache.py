"""Chapters are executed only if something changed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from svhnlab.errors import SvhnlabError
from svhnlab.site.book import CACHE, Book, read_book
from svhnlab.site.execute.cache import all_executed, execute_chapters
from svhnlab.site.output import child_environment
from svhnlab.site.quarto.freeze import freeze_chapters, visible

SQUARE = '<svg xmlns="http://www.w3.org/2000/svg"/>'
CELL = f"""# A chapter

```{{python}}
from pathlib import Path
Path("count.txt").open("a").write("x")
Path("figures").mkdir(exist_ok=True)
Path("figures/square.svg").write_text('{SQUARE}')
```

![](figures/square.svg)
"""


@pytest.fixture
def book(tmp_path: Path) -> Book:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_quarto.yml").write_text("book:\n  title: T\n  chapters: [index.qmd, chapters/one.qmd]\n")
    (tmp_path / "index.qmd").write_text("# Start\n\nText.\n")
    (tmp_path / "chapters" / "one.qmd").write_text(CELL)
    return read_book(tmp_path)


def times_drawn(book: Book) -> int:
    return len((book.root / "chapters" / "count.txt").read_text())


def draw(book: Book, inputs: str = "the same") -> str:
    markdown = execute_chapters(book, env=child_environment(os.environ), inputs=inputs)
    return markdown[book.chapters[1]]


class TestDrawChapters:
    def test_same_inputs(self, book: Book) -> None:
        """An execution with the same inputs is reused."""
        assert draw(book) == draw(book)
        assert times_drawn(book) == 1

    def test_other_inputs(self, book: Book) -> None:
        """Other results or other code cause another execution."""
        draw(book, "some")
        draw(book, "others")
        assert times_drawn(book) == 2

    def test_unknown_inputs(self, book: Book) -> None:
        """Without known inputs, no execution is reused."""
        draw(book, "")
        draw(book, "")
        assert times_drawn(book) == 2

    def test_other_text(self, book: Book) -> None:
        """A changed text causes another execution of its chapter."""
        draw(book)
        file = book.root / "chapters" / "one.qmd"
        file.write_text(file.read_text() + "\nMore.\n")
        assert "More." in draw(book)
        assert times_drawn(book) == 2

    @pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_text("<svg")])
    def test_damaged_picture(self, book: Book, damage) -> None:  # type: ignore[no-untyped-def]
        """A missing or changed picture is created again."""
        draw(book)
        picture = book.root / "chapters" / "figures" / "square.svg"
        damage(picture)
        draw(book)
        assert picture.read_text() == SQUARE

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"digest": "0"}'])
    def test_damaged_cache(self, book: Book, content: str) -> None:
        """A chapter whose cache file can't be used is executed again."""
        draw(book)
        (book.root / CACHE / "chapters-one.qmd.json").write_text(content)
        draw(book)
        assert times_drawn(book) == 2

    def test_cache_of_another_form(self, book: Book) -> None:
        """So is one whose cache file has the same digest but lists its pictures in another form."""
        draw(book)
        file = book.root / CACHE / "chapters-one.qmd.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "files": ["figures/square.svg"]}))
        draw(book)
        assert times_drawn(book) == 2

    def test_all_executed(self, book: Book) -> None:
        """It is known before whether any text or input has changed."""
        env = child_environment(os.environ)
        assert not all_executed(book, env=env, inputs="the same")
        draw(book)
        assert all_executed(book, env=env, inputs="the same")
        assert not all_executed(book, env=env, inputs="others")
        (book.root / "index.qmd").write_text("# Start\n\nAnother text.\n")
        assert not all_executed(book, env=env, inputs="the same")
        draw(book, "")
        assert not all_executed(book, env=env, inputs="")

    def test_pictures_of_before(self, book: Book) -> None:
        """Pictures that no chapter shows any longer are removed."""
        draw(book)
        (book.root / "chapters" / "figures" / "older.svg").write_text(SQUARE)
        draw(book)
        assert [file.name for file in (book.root / "chapters" / "figures").iterdir()] == ["square.svg"]

    def test_killed_process(self, book: Book) -> None:
        """A killed process, for example out of memory, gives one line and no deadlock."""
        (book.root / "chapters" / "one.qmd").write_text("```{python}\nimport os\nos._exit(9)\n```\n")
        with pytest.raises(SvhnlabError, match="was killed"):
            draw(book)

    def test_script_without_guard(self, book: Book) -> None:
        """A script that renders on import gets an error instead of a deadlock."""
        script = book.root / "script.py"
        script.write_text(
            "import os\nfrom pathlib import Path\nfrom svhnlab.site.execute.cache import execute_chapters\n"
            "from svhnlab.site.book import read_book\n"
            f"execute_chapters(read_book(Path({str(book.root)!r})), env=dict(os.environ), inputs='')\n"
        )
        done = subprocess.run(
            [sys.executable, script],
            env=child_environment(os.environ),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 1
        assert "must do so under `if __name__" in done.stderr

    def test_one_chapter_cannot_change_another(self, book: Book) -> None:
        """Each chapter runs in its own process, so its state does not affect the next."""
        (book.root / "chapters" / "one.qmd").write_text("```{python}\nimport string\nstring.mark = 1\n```\n")
        (book.root / "index.qmd").write_text("```{python}\nimport string\n```\n\n`{python} hasattr(string, 'mark')`\n")
        markdown = execute_chapters(book, env=child_environment(os.environ), inputs="")
        assert "False" in markdown[book.chapters[0]]


class TestFreezeChapters:
    def test_what_quarto_looks_for(self, book: Book) -> None:
        """Quarto finds frozen results by the MD5 of the chapter's text, one file for each format."""
        freeze_chapters(book, {chapter: f"text of {chapter.source}" for chapter in book.chapters})
        source = (book.root / "chapters" / "one.qmd").read_bytes()
        for suffix in ("html", "typ"):
            file = book.root / "_freeze" / "chapters" / "one" / "execute-results" / f"{suffix}.json"
            frozen = json.loads(file.read_text())
            assert frozen["hash"] == hashlib.md5(source).hexdigest()
            assert frozen["result"]["markdown"] == "text of chapters/one.qmd"

    def test_each_format_gets_its_own(self) -> None:
        """Blocks that only the other format shows are left out; those of this format have no fences, so can be tabs."""
        pages, paper = ":::: {#x}\na\n::::\n```\n:::\n```\nb\n", "### c\n"
        only_pages = f'::: {{.content-visible when-format="html"}}\n{pages}:::\n'
        only_paper = f'::: {{.content-visible unless-format="html"}}\n{paper}:::\n'
        around = "::: {.lead}\n{}:::\n\nlast\n"
        both = around.replace("{}", f"{only_pages}d\n{only_paper}")
        assert visible(both, html=True) == around.replace("{}", f"{pages}d\n")
        assert visible(both, html=False) == around.replace("{}", f"d\n{paper}")

    def test_nothing_of_before(self, book: Book) -> None:
        """Frozen results of removed chapters are deleted."""
        freeze_chapters(book, dict.fromkeys(book.chapters, ""))
        freeze_chapters(book, {book.chapters[0]: ""})
        assert not (book.root / "_freeze" / "chapters").exists()
