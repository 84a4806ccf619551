"""The operators of torchvision are declared only if its import fails without them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.paths import ROOT

# Stand-ins for torchvision: outcomes of its import with different builds of torch.
MATCHING = "loaded = True"
WITHOUT_OPERATORS = """
import torch
torch.library.register_fake("torchvision::nms")(lambda dets, scores, iou_threshold: dets)
loaded = True
"""
BROKEN = "raise RuntimeError('something else')"


def import_beside(stand_in: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "torchvision").mkdir()
    (folder / "torchvision" / "__init__.py").write_text(stand_in)
    code = (
        "from svhnlab.models import torchvision_import as mended\n"
        "print(mended.torchvision.loaded, mended._declared is not None)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("stand_in", "declared"), [(MATCHING, False), (WITHOUT_OPERATORS, True)])
def test_mended_only_where_needed(tmp_path: Path, stand_in: str, declared: bool) -> None:
    """A torchvision that can be imported is not changed; otherwise its operators are declared."""
    answer = import_beside(stand_in, tmp_path)
    assert answer.stdout.split() == ["True", str(declared)], answer.stderr


def test_other_failures_are_not_hidden(tmp_path: Path) -> None:
    """Any other error of torchvision's import is raised unchanged."""
    answer = import_beside(BROKEN, tmp_path)
    assert answer.returncode == 1
    assert "something else" in answer.stderr


def test_this_torchvision_works() -> None:
    """With any build ResNet-18, its weights enum, transforms and datasets are available."""
    from svhnlab.models.torchvision_import import torchvision

    assert torchvision.models.ResNet18_Weights.IMAGENET1K_V1.url.startswith("https://")
    assert torchvision.models.resnet18().fc.out_features == 1000
    assert torchvision.datasets.SVHN
