"""How a study of imported predictions grows with the number of images."""

from __future__ import annotations

import pandas as pd

from benchmarks.schema import Imports
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.text import count, duration, number, quantity


def imports_table(imports: Imports) -> pd.DataFrame:
    """List time and memory of each step for each number of images."""
    return pd.DataFrame(
        [
            {
                "Training images": count(study.train_images),
                "Test images": count(study.test_images),
                "Step": step.name,
                "Time": duration(step.seconds),
                "Processor time": duration(step.processor_seconds),
                "Peak memory": f"{number(step.peak_bytes / 1e6, 0)} MB",
            }
            for study in imports.studies
            for step in study.steps
        ]
    )


def describe_imports(imports: Imports) -> Markdown:
    """State what was imported, and the disk space of each study."""
    parts = [
        Markdown("Random images of 32 pixels, and the predictions of {} with {} for every image.").format(
            quantity(imports.classifiers, "classifier"), quantity(imports.features, "feature")
        )
    ]
    parts += [
        Markdown(
            "With {} training and {} test images, the results take {} MB and the website with its PDF {} MB."
        ).format(
            count(study.train_images),
            count(study.test_images),
            number(study.results_bytes / 1e6, 0),
            number(study.site_bytes / 1e6, 0),
        )
        for study in imports.studies
    ]
    return sentences(parts)
