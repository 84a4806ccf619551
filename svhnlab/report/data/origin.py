"""Origin of the images: SVHN, generated digits, or the user's own files."""

from __future__ import annotations

from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.truth import explain_wrong_labels
from svhnlab.report.data.reading import describe_reading
from svhnlab.store.schema import Study

_HOUSE_NUMBERS = Markdown(
    "House numbers in street photographs are easy for people to read and were, for a long time, difficult for machines "
    "[@netzer2011; @goodfellow2014]: the digits are small, blurred and slanted, neighbouring digits appear at the "
    "sides, and lighting varies."
)
_ORIGINS = {
    "official": Markdown("{house_numbers} The images are those of SVHN."),
    "generated": Markdown("{house_numbers} The images here are generated to resemble SVHN; they are not SVHN."),
    "custom": Markdown("The images are {name}, files in the format of SVHN [@netzer2011], not SVHN itself."),
}


def describe_origin(study: Study) -> Markdown:
    """State what the images are and where they come from."""
    if study.data.reading is not None:
        return Markdown("The images are {name}.").format(name=study.data.name)
    return _ORIGINS[study.data.kind].format(house_numbers=_HOUSE_NUMBERS, name=study.data.name)


def describe_picture(study: Study) -> Markdown:
    """State the format and the content of an image, and which share of the labels is wrong on purpose."""
    height, width = study.data.test_images.shape[-2:]
    if study.data.reading is not None:
        return sentences(
            [
                Markdown("The report shows each image at {height} by {width} pixels in colour.").format(
                    height=height, width=width
                ),
                Markdown("Each belongs to one class."),
                describe_reading(study),
                explain_wrong_labels(study),
            ]
        )
    template = (
        Markdown("The images are {height} by {width} pixels in colour, and each belongs to one class.")
        if study.data.kind == "custom"
        else Markdown(
            "The images are {height} by {width} pixels in colour, with the digit to recognise in the middle. If a "
            "house number has several digits, others may be visible at the sides; the label is that of the middle one."
        )
    )
    return sentences([template.format(height=height, width=width), explain_wrong_labels(study)])
