"""A tiny book that uses every construct chapters may use; shared by the tests of the report engines."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

INDEX = """\
# Overview {.unnumbered}

```{python}
#| include: false
six = 6
```

The answer is `{python} six * 7`, and the name is `{python} "a_b*c <i>"`. See @fig-square in chapter two,
@tbl-numbers and [the data](chapters/one.qmd#sec-one).

::: {#tbl-numbers}
| Model | Accuracy |
|:--|--:|
| a model with a name so long that the line of this Markdown table is longer than any line may be | 0.9 |

Numbers of the index.
:::
"""

ONE = """\
# Data {#sec-one}

A citation [@netzer2011], a footnote[^1], math $a^2$ and a section: @sec-deep. Both figures: [@fig-bar; @fig-square].

[^1]: The note.

```{python}
#| include: false
from pathlib import Path

class Shown:
    def _repr_mimebundle_(self, include=None, exclude=None):
        Path("figures").mkdir(exist_ok=True)
        svg = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><rect width="90" height="60"/></svg>'
        for theme in ("light", "dark", "print"):
            Path(f"figures/bar-{theme}.svg").write_text(svg)
        alt = 'A bar of 3 \\\\"units\\\\" < 4.'
        return {"text/markdown": (
            '::: {.content-visible when-format="html"}\\n'
            f'![](figures/bar-light.svg){{.light-content fig-alt="{alt}"}}\\n'
            f'![](figures/bar-dark.svg){{.dark-content fig-alt="{alt}"}}\\n'
            ':::\\n\\n'
            '::: {.content-visible unless-format="html"}\\n'
            f'![](figures/bar-print.svg){{fig-alt="{alt}"}}\\n'
            ':::'), "text/plain": "bar"}
```

::: {#fig-bar}
```{python}
Shown()
```
A bar with `{python} 1 + 2` units & more.
:::

## First section

::: {.panel-tabset}
### Left {.unnumbered}
Left text.

### Right {.unnumbered}
Right text.
:::

::: {.callout-note title="Folded" collapse="true"}
Inside the note.
:::

::: {.callout-warning}
## A heading as title
Inside the warning.
:::

## Second section

### Deep {#sec-deep}

```{python}
#| echo: true
#| code-fold: true
print("printed <b>")
```

```{python}
#| output: false
print("never shown")
```
"""

TWO = """\
---
title: Model
---

Back to @fig-bar and @sec-one; ahead to @sec-end; only its number: [-@fig-bar].

::: {#fig-square}
![](figures/square.svg){fig-alt="A square."}

A square.
:::

::: {.content-visible when-format="html"}
Only on the page.
:::

::: {.content-hidden when-format="html"}
Only on paper.
:::

```{=html}
<div id="raw-html"></div>
```

```{=typst}
#text(fill: red)[raw typst]
```
"""

END = """\
# Provenance {#sec-end}

Made from @tbl-keys.

::: {#tbl-keys}
| Key |
|:--|
| `abc` |

Keys.
:::
"""


class Page(HTMLParser):
    """Elements of a page: (tag, attributes) in order, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.words += data

    def find(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """Return the attributes of the elements of a kind that have the wanted ones."""
        return [a for t, a in self.elements if t == tag and wanted.items() <= a.items()]


def write_project(root: Path, **changes: str) -> Path:
    """Write the tiny book to ``root``; ``changes`` replace whole chapters by name (index, one, two, end)."""
    chapters = {"index": INDEX, "one": ONE, "two": TWO, "end": END, **changes}
    (root / "chapters").mkdir(parents=True)
    for name, text in chapters.items():
        folder = root if name == "index" else root / "chapters"
        (folder / f"{name}.qmd").write_text(text, encoding="utf-8")
    pictures = root / "chapters" / "figures"
    ignore = shutil.ignore_patterns("plotly.min.js", "__pycache__")
    shutil.copytree(ROOT / "assets", root / "assets", ignore=ignore)
    shutil.copy(ROOT / "references.bib", root)
    settings = (ROOT / "_quarto.yml").read_text(encoding="utf-8")
    before, rest = settings.split("  chapters:\n")
    after = rest.split("\nbibliography:")[1]
    listed = "  chapters: [index.qmd, chapters/one.qmd, chapters/two.qmd]\n  appendices: [chapters/end.qmd]\n"
    # A made-up study is not finished as a stored one is.
    text = f"{before}{listed}\nbibliography:{after}".replace("  post-render: assets/finish.py\n", "")
    (root / "_quarto.yml").write_text(text, encoding="utf-8")
    (root / "CITATION.cff").write_text(
        (ROOT / "CITATION.cff").read_text(encoding="utf-8").replace("What digit", "<what> digit"), encoding="utf-8"
    )
    # The tiny book has no stored study: a made-up one gives the evidence, and the foot is a fixed line.
    square = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
    (root / "assets" / "prepare.py").write_text(
        "from pathlib import Path\n"
        "from svhnlab.site import prepare as module\n"
        "from tests.fakes import fake_study\n"
        "module.open_study = fake_study\n"
        "module.footer_line = lambda: 'The foot of a page'\n"
        "module.drawing_inputs = lambda project, store: 'those of a made-up study'\n"
        "if __name__ == '__main__':\n"
        f"    pictures = Path({str(pictures)!r})\n"
        "    pictures.mkdir(parents=True, exist_ok=True)\n"
        f"    (pictures / 'square.svg').write_text({square!r})\n"
        f"    module.prepare(Path({str(root)!r}))\n",
        encoding="utf-8",
    )
    return root
