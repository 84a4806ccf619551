"""Settings in which two runs differ, in words, so that a comparison says what it compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from svhnlab.config.initial_weights import WEIGHTS_WORDS
from svhnlab.report.core.markdown import Markdown, sentences
from svhnlab.report.core.text import listing
from svhnlab.report.core.words import in_sentence, sentence_start
from svhnlab.store.schema import RunResult

#: Names of settings in a sentence; other fields of a recipe have their own name.
_WORDS = {
    "learning_rate": "peak learning rate",
    "warmup": "warm-up",
    "test_shift": "test-time augmentation",
    "start": "initial weights",
    "image_count": "number of training images",
}
#: Settings whose values are not given, because a name says enough.
_WITHOUT_VALUES = ("model", "augmentation", "test_shift")


def _settings(run: RunResult) -> dict[str, Any]:
    """Return everything that a comparison may differ in, the model and the augmentation first."""
    if run.imported:
        return {}
    recipe, start = run.recipe, run.settings["start"]
    first = {name: recipe[name] for name in ("model", "augmentation")}
    muon = recipe.pop("muon")
    return {
        **first,
        **recipe,
        "optimiser": "AdamW with Muon" if muon else "AdamW",
        "start": (WEIGHTS_WORDS[start["kind"]].title, start["digest"]),
        "image_count": run.settings["image_count"],
        "seed": run.settings["seed"],
    }


def differing_settings(first: RunResult, second: RunResult) -> list[str]:
    """List the settings in which two runs differ, with their values in the order of the runs.

    All settings of the recipe are compared, the initial weights, the number of training images and the seed.
    Consequences of the model, such as its number of parameters, are not settings.

    Returns
    -------
    For example ``["model", "epochs (8 and 3)", "peak learning rate (0.002 and 0.001)"]``.
    """
    one, other = _settings(first), _settings(second)
    differences = []
    for name in dict.fromkeys((*one, *other)):
        values = one.get(name), other.get(name)  # runs of older versions lack some settings
        if values[0] == values[1]:
            continue
        shown = ["none" if value is None else str(value[0] if name == "start" else value) for value in values]
        words = _WORDS.get(name, name.replace("_", " "))
        without_values = name in _WITHOUT_VALUES or shown[0] == shown[1]
        differences.append(words if without_values else f"{words} ({shown[0]} and {shown[1]})")
    return differences


def describe_settings(pairs: Sequence[tuple[RunResult, RunResult]]) -> Markdown:
    """State for pairs of trained runs in which settings they differ; pairs with the same differences share a sentence.

    Pairs with an imported run are left out, since its settings are not known.
    """
    groups: dict[tuple[str, ...], list[Markdown]] = {}
    for first, second in pairs:
        if first.imported or second.imported:
            continue  # the settings of an imported one are not known
        names = Markdown("{} and {}").format(in_sentence(first.title), in_sentence(second.title))
        groups.setdefault(tuple(differing_settings(first, second)), []).append(names)
    return sentences(_sentence(names, differences) for differences, names in groups.items())


def _sentence(names: Sequence[Markdown], differences: Sequence[str]) -> Markdown:
    only = "only in" if len(differences) == 1 else "in"
    settings = f"{only} {listing(differences)}" if differences else "in no setting"
    if len(names) == 1:
        return Markdown("{} differ {}.").format(sentence_start(names[0]), settings)
    return Markdown("These pairs differ {}: {}.").format(settings, Markdown("; ").join(names))
