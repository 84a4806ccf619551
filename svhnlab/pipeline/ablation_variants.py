"""The variants of an ablation: a recipe with one part removed, added or replaced."""

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
    """One variant of a run's recipe.

    Attributes
    ----------
    title
        Name shown in the report; `UNCHANGED` is the reference of the comparison.
    change
        Function that changes the model before training. Its name is part of the stored result's key.
    start
        Kind of initial weights: "random" or "generated".
    about
        What the variant changes; the report groups variants by it.
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

    def with_epochs(self, epochs: int) -> Variant:
        """Return the variant with another number of epochs."""
        return replace(self, recipe=replace(self.recipe, epochs=epochs))


UNCHANGED = "unchanged recipe"

# Mean and standard deviation of the pixels (scaled to 0–1) of the SVHN training images.
_MEAN, _DEVIATION = 0.45, 0.2


def _fixed_standardisation(model: Classifier) -> Classifier:
    """Standardise all images with one mean and standard deviation."""
    model.standardise = lambda images: (images - _MEAN) / _DEVIATION  # type: ignore[method-assign]
    return model


def _without_batch_norm(model: Classifier) -> Classifier:
    """Replace batch normalisation with biases."""
    assert isinstance(model, TwoLayerCNN)
    for norm, layer in (("norm1", model.conv1), ("norm2", model.conv2), ("norm3", model.hidden)):
        setattr(model, norm, nn.Identity())
        layer.bias = nn.Parameter(torch.zeros(layer.weight.shape[0]))
    return model


def _smaller_kernels(model: Classifier) -> Classifier:
    """Use 3 × 3 kernels in the second convolution layer."""
    assert isinstance(model, TwoLayerCNN)
    model.conv2 = nn.Conv2d(32, 64, kernel_size=3, padding=1, bias=False)
    return model


def _policy(transform: Callable[[Tensor], Tensor], model: Classifier) -> Classifier:
    """Apply a torchvision augmentation policy to each image of a batch, in training mode only."""
    standardise = model.preprocess

    def preprocess(images: Tensor) -> Tensor:
        if model.training:
            pixels = (images * 255).round().to(torch.uint8)
            images = torch.stack([transform(image) for image in pixels]).float() / 255
        return standardise(images)

    model.preprocess = preprocess  # type: ignore[method-assign]
    return model


def _auto_augment(model: Classifier) -> Classifier:
    """Use the AutoAugment policy for SVHN (Cubuk et al., 2019) from torchvision."""
    transforms = torchvision.transforms
    return _policy(transforms.AutoAugment(transforms.AutoAugmentPolicy.SVHN), model)


def _rand_augment(model: Classifier) -> Classifier:
    """Use RandAugment (Cubuk et al., 2020) with torchvision's defaults: two operations of magnitude 9."""
    return _policy(torchvision.transforms.RandAugment(), model)


def variants(profile: Profile, run: str) -> list[Variant]:
    """List the variants of a run with augmentation in the order of the table, the unchanged recipe first."""
    recipe = profile.recipes[run]
    augmentation = recipe.augmentation
    if augmentation is None:
        raise ValueError(f"{run} has no augmentation")

    def augmented(title: str, **strengths: float) -> Variant:
        changed = replace(augmentation, **strengths)  # type: ignore[arg-type]
        return Variant(title, replace(recipe, augmentation=changed), about="augmentation")

    plain = replace(recipe, augmentation=None)
    tried = [Variant(UNCHANGED, recipe), Variant("without augmentation", plain, about="augmentation")]
    if recipe.model == "cnn":
        tried += [
            augmented("without rotation, translation, scaling and shear", rotation=0, translation=0, scale=0, shear=0),
            augmented("without colour jitter", brightness=0, contrast=0, saturation=0),
            augmented("without inversion", inversion=0),
            augmented("without cutout", cutout_probability=0),
            Variant("AutoAugment policy for SVHN instead", plain, _auto_augment, about="augmentation"),
            Variant("RandAugment instead", plain, _rand_augment, about="augmentation"),
            Variant("one mean and standard deviation for all images", recipe, _fixed_standardisation),
            Variant("without batch normalisation", recipe, _without_batch_norm),
            Variant("without label smoothing", replace(recipe, label_smoothing=0.0)),
            Variant("3 × 3 kernels in the second convolution layer", recipe, _smaller_kernels),
        ]
    if recipe.model == "resnet18":
        tried.append(Variant("pretrained on generated digits", recipe, start="generated"))
    return tried
