"""Sentences that are chosen and filled by the numbers.

No sentence calls a difference between two runs real unless the exact McNemar test supports it after Holm's correction,
at the level of 5%. Where it does not, the sentence says so, and how large a difference these test images could have
shown: a test that finds nothing does not show that two runs are equal.
"""

from svhnlab.displays.comments.comparison import (
    augmentation_comment,
    class_difference_comment,
    comparison_comment,
    cost_comment,
    interaction_comment,
    result_comment,
)
from svhnlab.displays.comments.errors import agreement_comment, confusion_comment
from svhnlab.displays.comments.leads import (
    augmentation_lead,
    comparison_lead,
    data_lead,
    errors_lead,
    model_lead,
    overview_lead,
)
from svhnlab.displays.comments.origin import mirror_comment, origin_comment, picture_comment
from svhnlab.displays.comments.recipes import (
    changes_to_images,
    network_comment,
    training_comment,
    transforms_comment,
)
from svhnlab.displays.comments.seeds import seeds_comment
from svhnlab.displays.comments.study import notice
from svhnlab.displays.comments.training import overfitting_comment

__all__ = [
    "agreement_comment",
    "augmentation_comment",
    "augmentation_lead",
    "changes_to_images",
    "class_difference_comment",
    "comparison_comment",
    "comparison_lead",
    "confusion_comment",
    "cost_comment",
    "data_lead",
    "errors_lead",
    "interaction_comment",
    "mirror_comment",
    "model_lead",
    "network_comment",
    "notice",
    "origin_comment",
    "overfitting_comment",
    "overview_lead",
    "picture_comment",
    "result_comment",
    "seeds_comment",
    "training_comment",
    "transforms_comment",
]
