"""Start weights of ResNet-18: ImageNet's, generated digits', a file's, or random numbers - never silently another.

Which of them a run starts from is part of its key. Deciding that needs no torch; loading does, and imports it
late so that a cache hit stays quick.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from svhnlab.config.initial_weights import IMAGENET, RANDOM, InitialWeights
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import file_sha256
from svhnlab.models.pretrained import _has_imagenet, imagenet_state
from svhnlab.store.keys import pretraining_key

if TYPE_CHECKING:
    pass


def choose_weights(
    option: str | None,
    *,
    forgiving: bool,
    trained_from_random: Callable[[], bool],
    say: Callable[[str], None],
) -> InitialWeights:
    """Decide what the ResNet runs start from.

    Parameters
    ----------
    option
        "imagenet", "generated", "none", a path, or None for the default (ImageNet).
    forgiving
        Whether to go on from random numbers where the ImageNet weights can't be had (the demo profile).
    trained_from_random
        Whether the study's runs from random numbers are stored already. Then, without an explicit wish, a
        forgiving study keeps to them instead of asking the network each time.
    """
    if option == "none":
        return RANDOM
    if option == "generated":
        return InitialWeights("generated", pretraining_key().key)
    if option not in {None, "imagenet"}:
        path = Path(str(option)).expanduser()
        if not path.is_file():
            raise InputError(
                f"--weights {option}: there is no such file; give imagenet, generated, none or the path of a "
                "state_dict."
            )
        return InitialWeights("file", file_sha256(path))
    if forgiving and option is None and not _has_imagenet() and trained_from_random():
        say("ResNet-18 keeps its random start from before; --weights imagenet tries ImageNet's again.")
        return RANDOM
    return _imagenet_start(forgiving, say)


def _imagenet_start(forgiving: bool, say: Callable[[str], None]) -> InitialWeights:
    try:
        if not _has_imagenet():
            imagenet_state()
    except SvhnlabError as error:
        if not forgiving:
            raise
        say(f"{error} The demo goes on from random numbers and says so on every page.")
        return RANDOM
    return IMAGENET
