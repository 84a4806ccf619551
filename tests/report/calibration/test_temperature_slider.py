"""Data of the slider that changes the temperature."""

from __future__ import annotations

from dataclasses import replace

from svhnlab.report.calibration.temperature_slider import payload, slider_part
from svhnlab.web.resources import script_json


def scalings_of(study):
    return {run.title: study.statistics.runs[name].temperature_scaling for name, run in study.runs.items()}


class TestPayload:
    def test_content(self, study):
        """Metrics are written as in the table; a bin without images has no confidence."""
        run = payload(scalings_of(study))["runs"][0]
        grid = study.statistics.runs["cnn"].temperature_scaling.grid
        assert run["temperatures"][run["fitted"]] == "1.40"
        assert run["temperatures"][run["trained"]] == "1.00"
        at = grid[run["fitted"]]
        assert run["values"][run["fitted"]][0] == f"{at.metrics['ece']:.1%}"
        assert run["values"][run["fitted"]][3] == f"{at.metrics['log_loss']:.3f}"
        for images, mean, steps in zip(at.images, at.confidence, run["confidence"][run["fitted"]], strict=True):
            assert steps == (round(1_000 * mean) if images else 0)

    def test_size(self, study):
        """Even if every bin had all 26,032 images of SVHN's test file, the data of four models have less than 60 kB."""
        full = {
            title: replace(
                scaling,
                grid=tuple(
                    replace(at, images=(26_032,) * 15, correct=(26_032,) * 15, confidence=(0.9876,) * 15)
                    for at in scaling.grid
                ),
            )
            for title, scaling in scalings_of(study).items()
        }
        assert len(script_json(payload(full))) < 60_000


class TestSliderPart:
    def test_titles_are_no_markup(self, study):
        """A title from outside is shown literally."""
        (scaling, *_) = scalings_of(study).values()
        assert "<b>" not in slider_part({"<b>": scaling}, "name")
