"""The one place where torchvision is imported: ``from svhnlab.models.torchvision_import import torchvision``.

The registry's torchvision wheel is built against CUDA. Beside a CPU build of torch its C extension can't be
loaded, and the import then fails while it registers shape rules for operators that were never defined
("operator torchvision::nms does not exist"; pytorch/vision issues 9077 and 9085). Nothing that svhnlab uses
needs these operators (box suppression, region pooling, deformable convolution), so when, and only when, the
plain import fails that way their names are declared without an implementation and the import is repeated.
Calling one of them raises ``NotImplementedError``, as it should.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import torch

_DECLARATIONS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    *(
        f"{name}(Tensor input) -> Tensor"
        for name in (
            "roi_align",
            "roi_pool",
            "ps_roi_align",
            "ps_roi_pool",
            "qroi_align",
            "deform_conv2d",
            "_roi_align_backward",
            "_roi_pool_backward",
            "_ps_roi_align_backward",
            "_ps_roi_pool_backward",
            "_deform_conv2d_backward",
        )
    ),
)

# A torch library lives as long as its Python object: dropping it would undo the declarations.
_declared: torch.library.Library | None = None


def _import_torchvision() -> ModuleType:
    global _declared  # noqa: PLW0603
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    _declared = torch.library.Library("torchvision", "FRAGMENT")
    for declaration in _DECLARATIONS:
        _declared.define(declaration)
    return importlib.import_module("torchvision")


torchvision = _import_torchvision()
