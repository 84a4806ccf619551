"""Frozen results have the blocks of one format."""

from __future__ import annotations

from svhnlab.site.quarto.freeze import visible

TEXT = """Before.

::::: {.panel-tabset}

### A

::: {#fig-a}
a
:::

:::: {.content-visible when-format="html"}

### B

::: {#fig-b}
```
:::: {.content-visible when-format="html"}
```
:::

::::

:::::

:::: {.content-visible unless-format="html"}

Only the PDF.

::::

After.
"""


class TestVisible:
    def test_blocks_of_the_format(self) -> None:
        """Blocks of the other format are left out, and those of this one have no fences; code is not changed."""
        html, pdf = visible(TEXT, html=True), visible(TEXT, html=False)
        assert "### B" in html
        assert "Only the PDF." not in html
        assert html.count("content-visible") == 1  # in the block of code
        assert "### B" not in pdf
        assert "Only the PDF." in pdf
        assert "content-visible" not in pdf
        for text in (html, pdf):
            assert text.startswith("Before.")
            assert text.endswith("After.\n")
            outside_code = [line for line in text.splitlines() if line.startswith(":::")]
            opened = sum("{" in line for line in outside_code) - (text is html)
            assert opened == sum("{" not in line for line in outside_code)
