"""The variants: a recipe with one part taken out or put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from svhnlab.config.profiles import Profile
from svhnlab.config.recipes import Recipe
from svhnlab.models.networks import Classifier, TwoLayerCNN, build_model
from svhnlab.models.torchvision_import import torchvision
from svhnlab.store.ablation_file import About

Change = Callable[[Classifier], Classifier]


@dataclass(frozen=True)
class Variant:
    """One way to train a run.

    Attributes
    ----------
    title
        For people; "as it is" is what the others are compared with.
    change
        What is done to the model before the training.
    start
        Kind of start weights: "random" or "generated".
    about
        What it changes.
    """

    title: str
    recipe: Recipe
    change: Change | None = None
    start: str = "random"
    about: About = "training"

    def model(self, classes: int) -> Classifier:
        """Build the model with fresh random weights."""
        model = build_model(self.recipe.model, image_size=self.recipe.image_size, classes=classes)
        return model if self.change is None else self.change(model)

    def shortened(self, epochs: int) -> Variant:
        """Return the variant with so many epochs."""
        return replace(self, recipe=replace(self.recipe, epochs=epochs))


AS_IT_IS = "as it is"

#: Mean and deviation of 0-1 pixels of SVHN's training photographs, which the images were given instead.
_MEAN, _DEVIATION = 0.45, 0.2


def _fixed_standardisation(model: Classifier) -> Classifier:
    """Subtract one mean and divide by one deviation, the same for all images."""
    model.standardise = lambda images: (images - _MEAN) / _DEVIATION  # type: ignore[method-assign]
    return model


def _without_batch_norm(model: Classifier) -> Classifier:
    """Leave batch norm out; biases take its place."""
    assert isinstance(model, TwoLayerCNN)
    for norm, layer in (("norm1", model.conv1), ("norm2", model.conv2), ("norm3", model.hidden)):
        setattr(model, norm, nn.Identity())
        layer.bias = nn.Parameter(torch.zeros(layer.weight.shape[0]))
    return model


def _smaller_kernels(model: Classifier) -> Classifier:
    """Kernels of 3 by 3 pixels in the second layer."""
    assert isinstance(model, TwoLayerCNN)
    model.conv2 = nn.Conv2d(32, 64, kernel_size=3, padding=1, bias=False)
    return model


def _policy(transform: Callable[[Tensor], Tensor], model: Classifier) -> Classifier:
    """Augment each image of a batch by itself, as torchvision's policies do, in training alone."""
    standardise = model.preprocess

    def preprocess(images: Tensor) -> Tensor:
        if model.training:
            pixels = (images * 255).round().to(torch.uint8)
            images = torch.stack([transform(image) for image in pixels]).float() / 255
        return standardise(images)

    model.preprocess = preprocess  # type: ignore[method-assign]
    return model


def _auto_augment(model: Classifier) -> Classifier:
    """AutoAugment's policy that was searched for SVHN (Cubuk et al., 2019), as in torchvision."""
    transforms = torchvision.transforms
    return _policy(transforms.AutoAugment(transforms.AutoAugmentPolicy.SVHN), model)


def _rand_augment(model: Classifier) -> Classifier:
    """RandAugment (Cubuk et al., 2020) with torchvision's two operations of magnitude 9."""
    return _policy(torchvision.transforms.RandAugment(), model)


def variants(profile: Profile, run: str) -> list[Variant]:
    """List the variants of a run that augments, in the order of the table."""
    recipe = profile.recipes[run]
    kept = recipe.augmentation
    if kept is None:
        raise ValueError(f"{run} does not augment")

    def augmented(title: str, **strengths: float) -> Variant:
        changed = replace(kept, **strengths)  # type: ignore[arg-type]
        return Variant(title, replace(recipe, augmentation=changed), about="augmentation")

    plain = replace(recipe, augmentation=None)
    common = [Variant(AS_IT_IS, recipe), Variant("without augmentation", plain, about="augmentation")]
    if recipe.model == "cnn":
        return [
            *common,
            augmented("without turning, moving, scaling, slanting", rotation=0, translation=0, scale=0, shear=0),
            augmented("without changes of colour", brightness=0, contrast=0, saturation=0),
            augmented("without inversion", inversion=0),
            augmented("without cutout", cutout_probability=0),
            Variant("AutoAugment’s policy for SVHN instead", plain, _auto_augment, about="augmentation"),
            Variant("RandAugment instead", plain, _rand_augment, about="augmentation"),
            Variant("the same mean and deviation for all images", recipe, _fixed_standardisation),
            Variant("without batch norm", recipe, _without_batch_norm),
            Variant("without label smoothing", replace(recipe, label_smoothing=0.0)),
            Variant("second kernels 3 by 3", recipe, _smaller_kernels),
        ]
    return [*common, Variant("started from generated digits", recipe, start="generated")]
