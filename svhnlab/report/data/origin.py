"""What the images are, told as the data of a study are: SVHN, generated digits, or files of the user's own."""

from __future__ import annotations

from svhnlab.report.core.markdown import Markdown, escape_markdown
from svhnlab.store.schema import Study

_HOUSE_NUMBERS = (
    "House numbers photographed from the street are easy for people and were, for a long time, hard for machines "
    "[@netzer2011; @goodfellow2014]: the digits are small, blurred and slanted, their neighbours crowd in from both "
    "sides, and light falls as it likes."
)


def describe_origin(study: Study) -> Markdown:
    """Say what the images are and where they come from."""
    return Markdown(
        {
            "official": f"{_HOUSE_NUMBERS} The images are those of SVHN.",
            "generated": f"{_HOUSE_NUMBERS} The images here are generated in the manner of SVHN; they are not SVHN.",
            "custom": f"The images are {escape_markdown(study.data.name)}, files in the format of SVHN [@netzer2011], "
            "not SVHN itself.",
        }[study.data.kind]
    )


def describe_picture(study: Study) -> Markdown:
    """Say what an image shows."""
    size = "by".join(f" {side} " for side in study.data.test_images.shape[-2:]).strip()
    if study.data.kind == "custom":
        return Markdown(f"Each image is {size} pixels in colour and belongs to one class.")
    return Markdown(
        f"Each image is {size} pixels in colour, with the digit to recognise in the middle. Where a house number has "
        "several digits, its other digits intrude at the sides; only the middle one counts."
    )
