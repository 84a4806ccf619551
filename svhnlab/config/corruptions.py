"""Corruptions of test images: the changes whose effect on the predictions is measured.

Strengths are those that D. Hendrycks and T. Dietterich (2019), Benchmarking neural network robustness to common
corruptions and perturbations, ICLR, published for images of 32 by 32 pixels (CIFAR-10-C), where they have the
corruption; the others were chosen for this report.
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
        What is done to an image, with a placeholder for the strength, as in "blurred by 0.4 px"; two if the direction
        differs between images, for the directions +1 and −1.
    function
        Function that changes images, as ``module:function``; see :mod:`svhnlab.data.corruptions`.
    strengths
        Strength at each of five severities; a single one for a change without degrees, which counts as severity 5.
    published
        Whether the strengths are those of CIFAR-10-C.
    """

    title: str
    phrases: tuple[str, ...]
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
        return self.phrases[0 if direction > 0 else -1].format(strength)


_MODULE = "svhnlab.data.corruptions"
#: Corruptions by name, in the report's order. Adding an entry adds a corruption to every study.
CORRUPTIONS: dict[str, Corruption] = {
    "blur": Corruption(
        "Gaussian blur", ("blurred by {:g} px",), f"{_MODULE}:blur", (0.4, 0.6, 0.7, 0.8, 1.0), published=True
    ),
    "sharpen": Corruption("Sharpened", ("sharpened by {:.0%}",), f"{_MODULE}:sharpen", (0.5, 1.0, 1.5, 2.0, 3.0)),
    "noise": Corruption(
        "Gaussian noise", ("with noise of {:.0%}",), f"{_MODULE}:noise", (0.04, 0.06, 0.08, 0.09, 0.10), published=True
    ),
    "jpeg": Corruption(
        "JPEG", ("saved as JPEG of quality {:g}",), f"{_MODULE}:jpeg", (80, 65, 58, 50, 40), published=True
    ),
    "contrast-down": Corruption(
        "Contrast down",
        ("with contrast reduced to {:.0%}",),
        f"{_MODULE}:contrast",
        (0.75, 0.5, 0.4, 0.3, 0.15),
        published=True,
    ),
    "contrast-up": Corruption(
        "Contrast up", ("with contrast raised to {:.0%}",), f"{_MODULE}:contrast", (1.25, 1.5, 2.0, 2.5, 3.0)
    ),
    "brighter": Corruption(
        "Brighter", ("brighter by {:.0%}",), f"{_MODULE}:brighten", (0.05, 0.1, 0.15, 0.2, 0.3), published=True
    ),
    "darker": Corruption("Darker", ("darker by {:.0%}",), f"{_MODULE}:darken", (0.05, 0.1, 0.15, 0.2, 0.3)),
    "inverted": Corruption("Inverted", ("inverted",), f"{_MODULE}:invert", (1.0,)),
    "shift": Corruption(
        "Shifted",
        ("shifted to the right by {:g} px", "shifted to the left by {:g} px"),
        f"{_MODULE}:shift",
        (1, 2, 3, 4, 5),
    ),
    "scale": Corruption(
        "Scaled", ("enlarged by {:.0%}", "made smaller by {:.0%}"), f"{_MODULE}:scale", (0.05, 0.1, 0.15, 0.2, 0.3)
    ),
    "rotate": Corruption(
        "Rotated",
        ("turned clockwise by {:g}°", "turned anticlockwise by {:g}°"),
        f"{_MODULE}:rotate",
        (5, 10, 15, 20, 30),
    ),
    "cover": Corruption(
        "Sides covered", ("with {:g} px covered at each side",), f"{_MODULE}:cover_sides", (2, 3, 4, 5, 6)
    ),
    "paste": Corruption(
        "Neighbours added", ("with {:g} px of other digits at each side",), f"{_MODULE}:paste_sides", (2, 3, 4, 5, 6)
    ),
}
