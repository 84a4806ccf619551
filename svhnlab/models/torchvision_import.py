"""Import of torchvision that also works with a CPU build of torch; no other module imports it directly.

PyPI's torchvision wheel is built against CUDA. With a CPU build of torch its C extension cannot be loaded, and the
import fails while it registers shape rules for undefined operators ("operator torchvision::nms does not exist";
pytorch/vision issues 9077 and 9085). svhnlab needs none of these operators (box suppression, region pooling, deformable
convolution). If the import fails with this error, their names are declared without an implementation and the import is
repeated; calling one of them raises ``NotImplementedError``.
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

# The operators stay declared as long as this object exists.
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
