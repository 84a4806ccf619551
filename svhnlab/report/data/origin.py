"""What the images are: SVHN, generated digits, or files of the user's own."""

from __future__ import annotations

from svhnlab.report.core.markdown import Markdown
from svhnlab.store.schema import Study

_HOUSE_NUMBERS = Markdown(
    "House numbers photographed from the street are easy for people and were, for a long time, hard for machines "
    "[@netzer2011; @goodfellow2014]: the digits are small, blurred and slanted, neighbouring digits intrude from both "
    "sides, and lighting varies."
)
_ORIGINS = {
    "official": Markdown("{house_numbers} The images are those of SVHN."),
    "generated": Markdown("{house_numbers} The images here are generated in the manner of SVHN; they are not SVHN."),
    "custom": Markdown("The images are {name}, files in the format of SVHN [@netzer2011], not SVHN itself."),
}


def describe_origin(study: Study) -> Markdown:
    """State what the images are and where they come from."""
    return _ORIGINS[study.data.kind].format(house_numbers=_HOUSE_NUMBERS, name=study.data.name)


def describe_picture(study: Study) -> Markdown:
    """State what an image shows."""
    height, width = study.data.test_images.shape[-2:]
    template = (
        Markdown("Each image is {height} by {width} pixels in colour and belongs to one class.")
        if study.data.kind == "custom"
        else Markdown(
            "Each image is {height} by {width} pixels in colour, with the digit to recognise in the middle. Where a "
            "house number has several digits, the others intrude at the sides; only the middle one counts."
        )
    )
    return template.format(height=height, width=width)
