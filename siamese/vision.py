"""torchvision's transforms, also beside the CPU build of torch.

The registry's torchvision wheel is linked against CUDA torch. On a CPU torch its compiled
operators do not load and the plain import dies looking for `torchvision::nms`. We use no detection
operator, so two empty schemas are enough to make it import. Where the plain import works, nothing
is changed.
"""

import torch

try:
    from torchvision.transforms import v2
except RuntimeError as error:
    if "torchvision::" not in str(error):
        raise
    _SCHEMAS = torch.library.Library("torchvision", "DEF")  # kept: without it they vanish again
    for _name in ("nms", "qnms"):
        _SCHEMAS.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from torchvision.transforms import v2

__all__ = ["v2"]
