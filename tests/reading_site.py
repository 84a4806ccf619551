"""A small site with all that a reader meets on a page, made by the built-in engine from the made-up study."""

from __future__ import annotations

from pathlib import Path

from svhnlab.site.build import build
from svhnlab.site.search import write_search
from svhnlab.site.sources import write_sources
from tests.site_project import write_project

SETUP = """\
```{python}
#| include: false
from svhnlab.displays.comparison import AccuracyChart
from svhnlab.displays.maps import EmbeddingMaps2D
from svhnlab.displays.evaluation import ConfusionMatrix, PerClassTable
from svhnlab.displays.gallery import ErrorGallery
from svhnlab.displays.training import TrainingCurves
from tests.fakes import fake_study

study = fake_study()
run = study.runs["cnn"]
```
"""
INDEX = """\
# Overview {.unnumbered}

::: {.lead}
What was found.
:::

The [calibration](chapters/end.qmd#term-calibration) of @fig-curves is told in a note[^1] and elsewhere
[@netzer2011]. See also @fig-gallery.

[^1]: A note about *calibration*.
"""
ONE = f"""\
# Matrix {{#sec-one}}

{SETUP}

## Curves {{#sec-curves}}

An ünusual word stands here.

::: {{#fig-curves}}
```{{python}}
TrainingCurves.from_results(run)
```

Loss and accuracy of a *zebra*.
:::

::: {{.panel-tabset}}
### Matrix {{.unnumbered}}

::: {{#fig-matrix}}
```{{python}}
ConfusionMatrix.from_results(run, study.class_names)
```

Which digit is taken for which.
:::

### Table {{.unnumbered}}

::: {{#tbl-classes}}
```{{python}}
PerClassTable.from_results(study, "cnn")
```

Each class.
:::
:::

::: {{.callout-note}}
Something to note.
:::
"""
TWO = f"""\
# Gallery {{#sec-two}}

{SETUP}

::: {{#fig-gallery}}
```{{python}}
ErrorGallery.from_results(study)
```

All errors.
:::

::: {{#fig-map}}
```{{python}}
EmbeddingMaps2D.from_results(study.runs, study.class_names)
```

Where they lie.
:::

::: {{#fig-accuracy}}
```{{python}}
AccuracyChart.from_results(study)
```

How many are right.
:::
"""
END = """\
# Glossary {#sec-end}

### Calibration {#term-calibration .unnumbered}

How far the confidence is right.
"""
#: Where the repository of the made-up site lies.
REPOSITORY = "https://example.org/svhnlab"


def build_site(root: Path) -> Path:
    """Write the project below ``root``, build its pages, and return their folder."""
    site = root / "site"
    build(write_project(root / "project", index=INDEX, one=ONE, two=TWO, end=END), site, formats=("html",))
    write_sources(site, REPOSITORY)
    write_search(site)
    return site
