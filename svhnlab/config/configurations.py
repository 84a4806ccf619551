"""Configurations in ``study.toml``: tables that add a configuration to a study or change one of the built-in ones.

.. code-block:: toml

    [configurations.cnn]                    # changes a built-in configuration
    epochs = 60

    [configurations.convnext]               # adds one; `model` is required
    model = "torchvision/convnext_tiny"
    title = "ConvNeXt-T"
    weights = "imagenet"
    image_size = 64
    augmentation = { rotation = 5, inversion = 0 }

Keys that a table leaves out have the values of the profile. All values but title, seeds and weights are part of the
recipe, and therefore of the key of the stored training.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model

from svhnlab.config.architectures import CONFIGURATIONS, architecture_of
from svhnlab.config.initial_weights import WEIGHTS_OPTIONS, InitialWeights
from svhnlab.config.profiles import MAX_SEEDS, Profile
from svhnlab.config.recipes import Augmentation, Recipe
from svhnlab.errors import InputError
from svhnlab.printable import check_printable

MAX_EPOCHS = 10_000
MAX_TITLE = 60  # characters

_Share = Annotated[float, Field(strict=False, ge=0, le=1)]
_Strength = Annotated[float, Field(strict=False, ge=0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


#: Limits of the strengths of an augmentation, by the field of :class:`svhnlab.config.recipes.Augmentation`.
_LIMITS: dict[str, Any] = {
    "rotation": Annotated[float, Field(strict=False, ge=0, le=180)],
    "shear": Annotated[float, Field(strict=False, ge=0, le=60)],
    "scale": Annotated[float, Field(strict=False, ge=0, lt=1)],
    "saturation": _Strength,
    "contrast": _Strength,
    "cutout": Annotated[int, Field(ge=0, le=224)],
}
AugmentationTable: Any = create_model(  # type: ignore[call-overload]
    "AugmentationTable",
    __base__=_Table,
    **{name: (_LIMITS.get(name, _Share) | None, None) for name in Augmentation.__dataclass_fields__},
)


def _known_model(name: str) -> str:
    architecture_of(name)
    return name


def _plain_title(title: str) -> str:
    if "(" in title:  # the report adds the initial weights in brackets
        raise ValueError("has brackets; remove them")
    return check_printable(title)


class ConfigurationTable(_Table):
    """Settings of one configuration in ``study.toml``; None where the profile's value applies.

    Attributes
    ----------
    model
        A key of :data:`svhnlab.config.architectures.ARCHITECTURES`, or a model of torchvision or timm, such as
        ``torchvision/convnext_tiny``.
    title
        Display name.
    seeds
        Number of trainings.
    weights
        As the option ``--weights`` of ``svhnlab train``.
    augmentation
        Whether images are augmented, or the strengths that differ from the built-in ones.
    """

    model: Annotated[str, AfterValidator(_known_model)] | None = None
    title: (
        Annotated[
            str,
            StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE),
            AfterValidator(_plain_title),
        ]
        | None
    ) = None
    image_size: Literal[32, 64, 96, 128, 224] | None = None
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] | None = None
    batch_size: Annotated[int, Field(ge=2, le=65_536)] | None = None
    learning_rate: Annotated[float, Field(strict=False, gt=0, le=10)] | None = None
    weight_decay: Annotated[float, Field(strict=False, ge=0, le=10)] | None = None
    label_smoothing: Annotated[float, Field(strict=False, ge=0, lt=1)] | None = None
    warmup: Annotated[float, Field(strict=False, gt=0, lt=1)] | None = None
    test_shift: Annotated[int, Field(ge=0, le=8)] | None = None
    augmentation: bool | AugmentationTable | None = None
    seeds: Annotated[int, Field(ge=1, le=MAX_SEEDS)] | None = None
    weights: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = None


@dataclass(frozen=True)
class RunSettings:
    """Settings of one configuration that are not part of its recipe; None where those of the study apply."""

    title: str | None = None
    seeds: int | None = None
    weights: InitialWeights | None = None


def check_tables(tables: Mapping[str, ConfigurationTable]) -> None:
    """Raise ``ValueError`` for a name that cannot be used, a table without a model, or a title used twice."""
    for name, table in tables.items():
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
            raise ValueError(f"has the name {name!r}; use at most 40 lower-case letters, digits and hyphens")
        if name not in CONFIGURATIONS and table.model is None:
            raise ValueError(f'has {name!r} without a model; add a line such as model = "cnn"')
    titles = [table.title for table in tables.values() if table.title]
    if len(set(titles)) < len(titles):
        raise ValueError("has two configurations with the same title")


def known_configurations(tables: Mapping[str, ConfigurationTable]) -> tuple[str, ...]:
    """Return the names of all configurations: the built-in ones, then those that the tables add."""
    return tuple(dict.fromkeys((*CONFIGURATIONS, *tables)))


def configured(profile: Profile, tables: Mapping[str, ConfigurationTable]) -> Profile:
    """Return the profile with the recipes that the tables change or add."""
    recipes = {name: _recipe(profile, name, table) for name, table in tables.items()}
    return replace(profile, recipes={**profile.recipes, **recipes})


def _recipe(profile: Profile, name: str, table: ConfigurationTable) -> Recipe:
    base = profile.recipes.get(name)
    if base is None or table.model not in (None, base.model):
        assert table.model is not None
        schedule = architecture_of(table.model).schedules[profile.name]
        plain = next(recipe for recipe in profile.recipes.values() if recipe.augmentation is None)
        base = replace(
            plain,
            model=table.model,
            image_size=schedule.image_size,
            epochs=schedule.epochs,
            batch_size=schedule.batch_size,
            learning_rate=schedule.learning_rate,
            test_shift=schedule.test_shift,
            augmentation=Augmentation() if base is not None and base.augmentation else None,
        )
    changes = table.model_dump(exclude_none=True, exclude={"title", "seeds", "weights", "augmentation", "model"})
    if table.augmentation is False:
        changes["augmentation"] = None
    elif table.augmentation is not None:
        strengths = {} if table.augmentation is True else table.augmentation.model_dump(exclude_none=True)
        changes["augmentation"] = replace(base.augmentation or Augmentation(), **strengths)
    return replace(base, **changes)


def recorded_tables(tables: Mapping[str, ConfigurationTable]) -> dict[str, Any]:
    """Return the tables as JSON values for a study's record, without the paths of weights."""
    kinds = (None, *WEIGHTS_OPTIONS)
    return {
        name: {**table.model_dump(exclude_none=True), **({} if table.weights in kinds else {"weights": "PATH"})}
        for name, table in tables.items()
    }


def with_overrides(
    tables: Mapping[str, ConfigurationTable], names: Sequence[str], overrides: Sequence[str]
) -> dict[str, ConfigurationTable]:
    """Return the tables of all these configurations, with the same settings changed in each (``--set``).

    Parameters
    ----------
    overrides
        Settings as ``KEY=VALUE``; the value is written as in ``study.toml``.

    Raises
    ------
    InputError
        If one has another form, or there is no such setting, or the value is invalid.
    """
    changes = dict(_parse(text) for text in overrides)
    result = {}
    for name in names:
        table = tables.get(name, ConfigurationTable())
        try:
            result[name] = ConfigurationTable(**{**table.model_dump(exclude_none=True), **changes})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise InputError(f"--set {first['loc'][0]}: {first['msg'].lower()}.") from error
    return result


def _parse(text: str) -> tuple[str, Any]:
    key, equals, value = (part.strip() for part in text.partition("="))
    allowed = [name for name in ConfigurationTable.model_fields if name not in {"model", "title", "weights", "seeds"}]
    if not equals or key not in allowed:
        raise InputError(f"--set {text}: write KEY=VALUE, where KEY is one of {', '.join(allowed)}.")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"--set {text}: {value!r} is not a value as in study.toml, such as 40, 0.001 or true."
        ) from error
