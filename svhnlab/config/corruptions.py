"""Corruptions of test images: the changes whose effect on the predictions is measured.

Strengths are those that D. Hendrycks and T. Dietterich (2019), Benchmarking neural network robustness to common
corruptions and perturbations, ICLR, published for images of 32 by 32 pixels (CIFAR-10-C), where they have the
corruption; the others were chosen for this report. On larger images, lengths in pixels are as much larger.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Severities that a study evaluates, of five.
SEVERITIES = (1, 3, 5)


@dataclass(frozen=True)
class Corruption:
    """A change of test images with a strength.

    Attributes
    ----------
    title
        Display name.
    phrases
        What is done to an image, with a placeholder for the strength and its unit, as in "blurred by {}"; two if the
        direction differs between images, for the directions +1 and −1.
    unit
        Strength with its unit, as in "{:g} px"; empty for a change without degrees.
    function
        Function that changes images, as ``module:function``; see :mod:`svhnlab.data.corruptions`.
    strengths
        Strength at each of five severities; a single one for a change without degrees, which counts as severity 5.
    published
        Whether the strengths are those of CIFAR-10-C.
    """

    title: str
    phrases: tuple[str, ...]
    unit: str
    function: str
    strengths: tuple[float, ...]
    published: bool = False

    @property
    def steps(self) -> dict[int, float]:
        """Strength by severity, of those that a study evaluates."""
        if len(self.strengths) == 1:
            return {max(SEVERITIES): self.strengths[0]}
        return {severity: self.strengths[severity - 1] for severity in SEVERITIES}

    def describe(self, strength: float, direction: int = 1) -> str:
        """Write what is done to an image, e.g. "blurred by 0.4 px"."""
        return self.phrases[0 if direction > 0 else -1].format(self.unit.format(strength))


_MODULE = "svhnlab.data.corruptions"
#: Corruptions by name, in the report's order. Adding an entry adds a corruption to every study.
CORRUPTIONS: dict[str, Corruption] = {
    "blur": Corruption(
        title="Gaussian blur",
        phrases=("blurred by {}",),
        unit="{:g} px",
        function=f"{_MODULE}:blur",
        strengths=(0.4, 0.6, 0.7, 0.8, 1.0),
        published=True,
    ),
    "sharpen": Corruption(
        title="Sharpening",
        phrases=("sharpened by {}",),
        unit="{:.0%}",
        function=f"{_MODULE}:sharpen",
        strengths=(0.5, 1.0, 1.5, 2.0, 3.0),
    ),
    "noise": Corruption(
        title="Gaussian noise",
        phrases=("with noise of {}",),
        unit="{:.0%}",
        function=f"{_MODULE}:noise",
        strengths=(0.04, 0.06, 0.08, 0.09, 0.10),
        published=True,
    ),
    "jpeg": Corruption(
        title="JPEG compression",
        phrases=("saved as JPEG of quality {}",),
        unit="{:g}",
        function=f"{_MODULE}:jpeg",
        strengths=(80, 65, 58, 50, 40),
        published=True,
    ),
    "contrast-down": Corruption(
        title="Lower contrast",
        phrases=("with contrast reduced to {}",),
        unit="{:.0%}",
        function=f"{_MODULE}:contrast",
        strengths=(0.75, 0.5, 0.4, 0.3, 0.15),
        published=True,
    ),
    "contrast-up": Corruption(
        title="Higher contrast",
        phrases=("with contrast raised to {}",),
        unit="{:.0%}",
        function=f"{_MODULE}:contrast",
        strengths=(1.25, 1.5, 2.0, 2.5, 3.0),
    ),
    "brighter": Corruption(
        title="Brightening",
        phrases=("brighter by {}",),
        unit="{:.0%}",
        function=f"{_MODULE}:brighten",
        strengths=(0.05, 0.1, 0.15, 0.2, 0.3),
        published=True,
    ),
    "darker": Corruption(
        title="Darkening",
        phrases=("darker by {}",),
        unit="{:.0%}",
        function=f"{_MODULE}:darken",
        strengths=(0.05, 0.1, 0.15, 0.2, 0.3),
    ),
    "inverted": Corruption(
        title="Inversion", phrases=("inverted",), unit="", function=f"{_MODULE}:invert", strengths=(1.0,)
    ),
    "shift": Corruption(
        title="Shift",
        phrases=("shifted to the right by {}", "shifted to the left by {}"),
        unit="{:g} px",
        function=f"{_MODULE}:shift",
        strengths=(1, 2, 3, 4, 5),
    ),
    "scale": Corruption(
        title="Scaling",
        phrases=("enlarged by {}", "made smaller by {}"),
        unit="{:.0%}",
        function=f"{_MODULE}:scale",
        strengths=(0.05, 0.1, 0.15, 0.2, 0.3),
    ),
    "rotate": Corruption(
        title="Rotation",
        phrases=("turned clockwise by {}", "turned anticlockwise by {}"),
        unit="{:g}°",
        function=f"{_MODULE}:rotate",
        strengths=(5, 10, 15, 20, 30),
    ),
    "cover": Corruption(
        title="Covered sides",
        phrases=("with {} covered at each side",),
        unit="{:g} px",
        function=f"{_MODULE}:cover_sides",
        strengths=(2, 3, 4, 5, 6),
    ),
    "paste": Corruption(
        title="Pasted neighbours",
        phrases=("with {} of other images at each side",),
        unit="{:g} px",
        function=f"{_MODULE}:paste_sides",
        strengths=(2, 3, 4, 5, 6),
    ),
}
