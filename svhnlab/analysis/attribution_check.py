"""Checks of occlusion maps: deletion curves against random order, and maps of a network with random weights.

References
----------
W. Samek, A. Binder, G. Montavon, S. Lapuschkin, K.-R. Müller (2017), Evaluating the visualization of what a deep neural
network has learned, IEEE Transactions on Neural Networks and Learning Systems 28, 2660-2673 (deletion against random
order). J. Adebayo, J. Gilmer, M. Muelly, I. Goodfellow, M. Hardt, B. Kim (2018), Sanity checks for saliency maps,
NeurIPS (random weights).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata

from svhnlab.analysis.attribution import explain_errors
from svhnlab.analysis.clusters import estimate_by_photograph
from svhnlab.models.networks import Classifier
from svhnlab.store.schema import UNDEFINED, AttributionCheck
from svhnlab.training.device import autocast
from svhnlab.training.predict import batch_of

GRID = 8  # cells along each side of an image, which are covered one after the other
STEPS = 8  # in which all cells are covered
RANDOM_ORDERS = 3  # of each image

Floats = NDArray[np.float64]


def deletion_areas(
    model: Classifier,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    orders: NDArray[np.int64],
    device: torch.device,
) -> Floats:
    """Compute the area under the deletion curve of misclassified images.

    The cells of an image are covered with its mean colour in an order, an eighth of them at a time. The curve is the
    probability of the predicted class, of this class and the true one alone; its area is the mean over the steps at
    which some but not all cells are covered.

    Parameters
    ----------
    model
        In evaluation mode, on the device.
    images
        uint8, shape (N, 3, H, H), H a multiple of 8.
    labels, predicted
        True and predicted classes, shape (N,).
    orders
        The 64 cells of each image in the order in which they are covered, row by row, shape (N, 64).

    Returns
    -------
    Area, 0 to 1, shape (N,). It is small if the cells that support the predicted class come first.

    Examples
    --------
    >>> from svhnlab.models.networks import build_model
    >>> images = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32), dtype=np.uint8)
    >>> model = build_model("cnn", image_size=32, classes=10).eval()
    >>> orders = np.tile(np.arange(64), (2, 1))
    >>> areas = deletion_areas(model, images, np.array([3, 5]), np.array([8, 1]), orders, torch.device("cpu"))
    >>> areas.shape, bool(((areas > 0) & (areas < 1)).all())
    ((2,), True)
    """
    rank = np.argsort(orders, axis=1).reshape(-1, GRID, GRID)
    side = images.shape[-1] // GRID
    ranks = torch.from_numpy(rank.repeat(side, axis=1).repeat(side, axis=2)).to(device)
    pixels = torch.from_numpy(images).to(device).float().div_(255)
    mean = pixels.mean(dim=(2, 3), keepdim=True)
    pair = torch.from_numpy(np.stack([predicted, labels], axis=1)).to(device)
    areas = torch.zeros(len(images), device=device)
    batch = batch_of(model)
    with torch.inference_mode(), autocast(device, cpu_too=True):
        for step in range(1, STEPS):
            covered = torch.where(ranks[:, None] < step * GRID**2 // STEPS, mean, pixels)
            for start in range(0, len(images), batch):
                rows = slice(start, start + batch)
                logits = model.forward_head(model.forward_features(covered[rows])).float()
                areas[rows] += logits.gather(1, pair[rows]).softmax(dim=1)[:, 0] / (STEPS - 1)
    return areas.cpu().numpy().astype(np.float64)


def order_of(maps: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the cells of each image, those that support the predicted class most first, shape (N, 64).

    Parameters
    ----------
    maps
        Occlusion maps, shape (N, 16, 16), see `svhnlab.analysis.attribution.explain_errors`.

    Examples
    --------
    >>> maps = np.full((1, 16, 16), 128, dtype=np.uint8)
    >>> maps[0, 2:4, 4:6] = 255
    >>> order_of(maps)[0, :2].tolist()
    [10, 0]
    """
    width = maps.shape[-1] // GRID
    cells = maps.astype(np.float64).reshape(-1, GRID, width, GRID, width).mean(axis=(2, 4))
    return np.argsort(-cells.reshape(len(maps), -1), axis=1, kind="stable").astype(np.int64)


def rank_correlations(maps: NDArray[np.uint8], others: NDArray[np.uint8]) -> Floats:
    """Compute Spearman's rank correlation of two maps of each image, shape (N,); 0 where a map is constant.

    Examples
    --------
    >>> maps = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    >>> rank_correlations(maps, maps[:, ::-1, ::-1]).round(3).tolist()
    [-1.0]
    """
    one, two = (rankdata(values.reshape(len(values), -1), axis=1) for values in (maps, others))
    one, two = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in (one, two))
    norm = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))
    return np.divide((one * two).sum(axis=1), norm, out=np.zeros(len(norm)), where=norm > 0)


def check_attribution(
    model: Classifier,
    random_model: Classifier,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    maps: NDArray[np.uint8],
    photographs: NDArray[np.int64],
    device: torch.device,
    seed: int,
) -> AttributionCheck:
    """Check the occlusion maps of misclassified images.

    Parameters
    ----------
    model, random_model
        The trained network, and the same one with random weights, in evaluation mode, on the device.
    images, labels, predicted
        Misclassified images with their true and predicted classes, as for `deletion_areas`.
    maps
        Their occlusion maps by the trained network, shape (N, 16, 16).
    photographs
        Number of the photograph of each image, shape (N,).
    seed
        Seed of the random orders.

    Returns
    -------
    Intervals and p-value by photograph; all are NaN without images.

    Examples
    --------
    >>> from svhnlab.models.networks import build_model
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 3, 32, 32), dtype=np.uint8)
    >>> labels, predicted, cpu = np.arange(4), np.arange(1, 5), torch.device("cpu")
    >>> model, other = (build_model("cnn", image_size=32, classes=10).eval() for _ in range(2))
    >>> maps = explain_errors(model, images, labels, predicted, cpu)
    >>> check_attribution(model, other, images, labels, predicted, maps, np.arange(4), cpu, seed=0).images
    4
    """
    count, nan = len(images), float("nan")
    if not count:
        return AttributionCheck(0, nan, nan, UNDEFINED, nan, UNDEFINED)
    rng = np.random.default_rng(seed)
    own = deletion_areas(model, images, labels, predicted, order_of(maps), device)
    orders = rng.permuted(np.tile(np.arange(GRID**2), (RANDOM_ORDERS * count, 1)), axis=1)
    rows = np.tile(np.arange(count), RANDOM_ORDERS)
    areas = deletion_areas(model, images[rows], labels[rows], predicted[rows], orders, device)
    random = areas.reshape(RANDOM_ORDERS, count).mean(axis=0)
    others = explain_errors(random_model, images, labels, predicted, device)
    correlations = rank_correlations(maps, others)
    gain, correlation = random - own, float(correlations.mean())
    difference, p_value = estimate_by_photograph(float(gain.mean()), (gain - gain.mean()) / count, photographs, (-1, 1))
    return AttributionCheck(
        images=count,
        area=float(own.mean()),
        random_area=float(random.mean()),
        difference=difference,
        p_value=p_value,
        random_weights=estimate_by_photograph(correlation, (correlations - correlation) / count, photographs, (-1, 1))[
            0
        ],
    )
