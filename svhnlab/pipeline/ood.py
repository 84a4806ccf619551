"""Answers of the stored models to images that show none of their classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from svhnlab.analysis.ood import ScoredImages, compare_kinds, ood_scores
from svhnlab.config.recipes import REFERENCE_SIDE
from svhnlab.data.pictures import THUMBNAIL, at_most, resized
from svhnlab.data.synthetic.other import OtherImages, draw_letters, draw_walls
from svhnlab.image_rows import ImageArray
from svhnlab.pipeline.evaluate import load_model
from svhnlab.pipeline.images import Images
from svhnlab.store.analysis_keys import ood_kinds
from svhnlab.store.save import save
from svhnlab.store.schema import Centroids, ClassScores, OutOfDistribution, RunPredictions
from svhnlab.store.store import StoredResult
from svhnlab.training.predict import predict_arrays

IMAGES = 200
"""Images of each kind."""
EXAMPLES = 8
"""The most confident images of each kind that are stored."""
RESAMPLES = 500
"""Bootstrap resamples; the draws contain every test image, and percentiles of 500 are precise enough."""
_ZERO = "0"  # the digit that may look the same after a turn by 90 degrees


@dataclass
class OodStage:
    """Computes the answers of each model to the same images.

    Attributes
    ----------
    class_names
        Name of each class, which decides the kinds of images; see `svhnlab.store.keys.ood_kinds`.
    images
        Reads the images of the study.
    device
        Device for inference.
    seed
        Seed of the images and of the bootstrap.
    """

    class_names: tuple[str, ...]
    images: Callable[[], Images]
    device: torch.device
    seed: int

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of images."""
        return ood_kinds(self.class_names)

    @cached_property
    def other_images(self) -> dict[str, OtherImages]:
        """Images of each kind; turned test images keep the number of their photograph, all others have their own."""
        images = self.images()
        test, photographs = images.images["test"], _photographs(images)
        side = test.shape[-1]
        zero = self.class_names.index(_ZERO) if "turned" in self.kinds else None
        draw: dict[str, Callable[[np.random.Generator], OtherImages]] = {
            "letters": lambda rng: _of_side(draw_letters(IMAGES, rng), side),
            "walls": lambda rng: _of_side(draw_walls(IMAGES, rng), side),
            "turned": lambda rng: _turned(test, photographs, images.labels["test"] != zero, rng),
            "noise": lambda rng: _noise(test, rng),
        }
        drawn, start = {}, int(photographs.max()) + 1
        for kind in self.kinds:
            sequence = np.random.SeedSequence(self.seed, spawn_key=(list(draw).index(kind),))
            one = draw[kind](np.random.default_rng(sequence))
            if kind != "turned":
                one = OtherImages(one.images, one.photographs + start)
                start = int(one.photographs.max()) + 1
            drawn[kind] = one
        return drawn

    def write(
        self, stored: StoredResult, predictions: RunPredictions, centroids: Centroids, folder: Path
    ) -> dict[str, Any]:
        """Store the answers of one model.

        Parameters
        ----------
        stored, predictions
            The training run and its predictions.
        centroids
            Of its training images' features.
        folder
            Folder of the result.
        """
        model, shift = load_model(stored).to(self.device), stored.json("settings.json")["recipe"]["test_shift"]
        assert predictions.validation is not None
        reference = predictions.validation.features
        assert reference is not None
        outside: dict[str, ScoredImages] = {}
        answers: dict[str, ClassScores] = {}
        for kind, other in self.other_images.items():
            features, logits = predict_arrays(model, other.images, self.device, shift)
            answers[kind] = ClassScores(np.full(len(logits), -1, dtype=np.int64), logits)
            outside[kind] = ScoredImages(ood_scores(answers[kind], features, reference, centroids), other.photographs)
        test = predictions.test
        assert test.features is not None
        inside = ScoredImages(ood_scores(test, test.features, reference, centroids), _photographs(self.images()))
        order = {kind: np.argsort(-one.confidence, kind="stable") for kind, one in answers.items()}
        result = OutOfDistribution(
            kinds=compare_kinds(inside, outside, resamples=RESAMPLES, seed=self.seed),
            confidence={kind: one.confidence[order[kind]].astype(np.float32) for kind, one in answers.items()},
            predicted={kind: one.predicted[order[kind]] for kind, one in answers.items()},
            examples={
                kind: at_most(other.images[order[kind][:EXAMPLES]], THUMBNAIL)
                for kind, other in self.other_images.items()
            },
            seed=self.seed,
        )
        save(result, folder)
        return {"device": self.device.type}


def _photographs(images: Images) -> NDArray[np.int64]:
    """Return the number of the photograph of each test image; each is its own if they are unknown."""
    known = images.division.photographs_of("test")
    return np.arange(len(images.labels["test"])) if known is None else known


def _of_side(other: OtherImages, side: int) -> OtherImages:
    """Return the images at the size of the test images."""
    return OtherImages(resized(other.images, side), other.photographs)


def _turned(
    test: ImageArray, photographs: NDArray[np.int64], turnable: NDArray[np.bool_], rng: np.random.Generator
) -> OtherImages:
    """Turn some of the turnable test images by 90 degrees to the left or to the right."""
    rows = np.flatnonzero(turnable)
    rows = np.sort(rng.choice(rows, min(IMAGES, len(rows)), replace=False))
    turns = rng.choice([1, 3], len(rows))
    turned = [np.rot90(image, turn, axes=(1, 2)) for image, turn in zip(test[rows], turns, strict=True)]
    return OtherImages(np.stack(turned), photographs[rows])


def _noise(test: ImageArray, rng: np.random.Generator) -> OtherImages:
    """Draw noise with the mean and standard deviation of test images; two thirds are blurred by 1 or 2 pixels of 32."""
    like = test[rng.choice(len(test), IMAGES)].astype(np.float32)
    noise = rng.standard_normal(like.shape, dtype=np.float32)
    for image, sigma in zip(noise, rng.choice([0.0, 1.0, 2.0], IMAGES), strict=True):
        if sigma:
            pixels = sigma * like.shape[-1] / REFERENCE_SIDE
            image[:] = gaussian_filter(image, (0, pixels, pixels))
    noise /= noise.std(axis=(1, 2, 3), keepdims=True)
    pixels = like.mean(axis=(1, 2, 3), keepdims=True) + like.std(axis=(1, 2, 3), keepdims=True) * noise
    return OtherImages(np.clip(pixels + 0.5, 0, 255).astype(np.uint8), np.arange(IMAGES))
