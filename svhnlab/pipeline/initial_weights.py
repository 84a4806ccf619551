"""Initial weights of a study's pretrained models: selection and loading.

Selection imports torch only if weights must be downloaded, which keeps cache hits fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from svhnlab.config.architectures import ARCHITECTURES, LIBRARIES, architecture_of
from svhnlab.config.initial_weights import IMAGENET, RANDOM, InitialWeights
from svhnlab.config.recipes import PRETRAINING
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.files import file_sha256
from svhnlab.models.pretrained import digest_in_name, file_state, has_imagenet, imagenet_state
from svhnlab.store.keys import pretraining_key
from svhnlab.store.store import Store

if TYPE_CHECKING:
    from svhnlab.models.networks import Classifier


def choose_weights(
    option: str | None,
    models: Sequence[str],
    *,
    allow_random: bool,
    trained_from_random: Callable[[], bool],
    say: Callable[[str], None],
) -> InitialWeights:
    """Choose the initial weights of the study's pretrained models.

    Parameters
    ----------
    option
        "imagenet", "generated", "none", the path of a state_dict, or None for the default (ImageNet).
    models
        The models that start from these weights: built-in ones, or one of torchvision or timm; see
        :func:`svhnlab.config.architectures.architecture_of`.
    allow_random
        Use random initial weights if the ImageNet weights are not available (the demo profile).
    trained_from_random
        Returns whether the runs are already stored with random initial weights. With `allow_random` and without an
        explicit `option`, the study then keeps them instead of retrying the download.

    Raises
    ------
    InputError
        If the file does not exist, or a model has no weights of the chosen kind.
    SvhnlabError
        If the ImageNet weights cannot be downloaded.
    """
    if option == "none":
        return RANDOM
    if option == "generated":
        _check_generated(models)
        return InitialWeights("generated", pretraining_key().key)
    if option not in {None, "imagenet"}:
        path = Path(str(option)).expanduser()
        if not path.is_file():
            raise InputError(
                f"--weights {option}: there is no such file; give imagenet, generated, none or the path of a "
                "state_dict."
            )
        return InitialWeights("file", file_sha256(path))
    if allow_random and option is None and not all(map(_is_cached, models)) and trained_from_random():
        say("Keeping the random initial weights of the stored runs; --weights imagenet tries to download ImageNet's.")
        return RANDOM
    try:
        fetched = [_fetch_imagenet(model) for model in models]
    except SvhnlabError as error:
        if not allow_random:
            raise
        say(f"{error} The demo continues with random initial weights and states this on every page.")
        return RANDOM
    return fetched[-1] if fetched else IMAGENET


def weights_file(weights: InitialWeights, option: str | None) -> dict[str, Path]:
    """Return the path of weights of kind "file" by their digest; empty for other kinds."""
    if weights.kind != "file":
        return {}
    assert weights.digest is not None and option is not None
    return {weights.digest: Path(option).expanduser()}


def load_initial_weights(model: Classifier, weights: InitialWeights, store: Store, files: Mapping[str, Path]) -> None:
    """Load initial weights into a model; keep its weights if they are random.

    Parameters
    ----------
    store
        Contains the pretraining on generated digits.
    files
        Paths of weights of kind "file", by their digest.

    Raises
    ------
    InputError
        If the model does not support pretrained weights, or the weights do not fit it.
    """
    if weights.kind == "imagenet":
        model.load_pretrained(imagenet_state(model.imagenet_weights), "the ImageNet weights")
    elif weights.kind == "generated":
        stored = store.find(pretraining_key())
        assert stored is not None
        model.load_pretrained(file_state(stored.file("weights.safetensors")), "the weights from generated digits")
    elif weights.kind == "file":
        assert weights.digest is not None
        file = files[weights.digest]
        model.load_pretrained(file_state(file), str(file))


def _is_cached(model: str) -> bool:
    file_name = architecture_of(model).imagenet_file
    return file_name is not None and has_imagenet(file_name)


def _fetch_imagenet(model: str) -> InitialWeights:
    """Return a model's ImageNet weights; download them unless they are in torch's cache."""
    architecture = architecture_of(model)
    if _is_cached(model):
        return IMAGENET
    library = model.partition("/")[0]
    weights = None
    if architecture.imagenet_file is not None or library in LIBRARIES:
        from svhnlab.models.networks import imagenet_weights  # noqa: PLC0415

        weights = imagenet_weights(model)
    if weights is None:
        saved = f", saved with timm.create_model({architecture.title!r}, pretrained=True)" if library == "timm" else ""
        raise InputError(
            f"There are no ImageNet weights for {architecture.title}; choose the weights none or the path of a "
            f"state_dict{saved}, or train other runs."
        )
    imagenet_state(weights)
    return IMAGENET if model in ARCHITECTURES else InitialWeights("imagenet", digest_in_name(Path(weights.url).name))


def _check_generated(models: Sequence[str]) -> None:
    """Raise ``InputError`` for models of another architecture than the one pretrained on generated digits."""
    trained = PRETRAINING.recipe.model
    others = [architecture_of(model).title for model in models if model != trained]
    if others:
        raise InputError(
            f"--weights generated: these weights are those of {ARCHITECTURES[trained].title} and do not fit "
            f"{', '.join(others)}; choose --weights imagenet, none or PATH, or train other runs."
        )
