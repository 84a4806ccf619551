"""Options of ``data``, ``train`` and ``ablation``, whose defaults come from ``study.toml``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from svhnlab.cli.options import console, in_project, options, say
from svhnlab.config.profiles import PROFILES
from svhnlab.config.recipes import STORED_SIZES
from svhnlab.errors import InputError
from svhnlab.files import locked
from svhnlab.store.schema import DIGITS

if TYPE_CHECKING:
    from svhnlab.config.recipes import Recipe
    from svhnlab.config.study_file import StudyFile
    from svhnlab.data.pictures import ReadingOptions
    from svhnlab.data.sources.base import DataSource

SVHN_FOLDER = "data/svhn"


class StudyCommand(click.Command):
    """Command whose options default to the settings in the project's ``study.toml``.

    The settings are in the ``obj`` of the command's context.
    """

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Create the context with defaults from ``study.toml``; the command line overrides them."""
        from svhnlab.config.study_file import project_settings  # noqa: PLC0415

        settings = project_settings()
        values = settings.model_dump(exclude_none=True)
        defaults = {parameter.name: values[_key(parameter)] for parameter in self.params if _key(parameter) in values}
        return super().make_context(*arguments, **extra, obj=settings, default_map=defaults)


def _key(parameter: click.Parameter) -> str:
    """Return the key of an option in the file, e.g. "split_by" for ``--split-by``."""
    return parameter.opts[0].removeprefix("--").replace("-", "_")


def options_from_file(context: click.Context) -> tuple[str, ...]:
    """Return the names of the options whose values come from ``study.toml``."""
    return tuple(
        _key(parameter)
        for parameter in context.command.params
        if context.get_parameter_source(str(parameter.name)) is ParameterSource.DEFAULT_MAP
    )


profile_option = click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="quick",
    help="; ".join(f"{name}: {profile.summary}" for name, profile in PROFILES.items()) + ".",
)
data_option = click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path),
    default=None,
    show_default=f"{SVHN_FOLDER}; for the demo, digits generated below data/",
    help="Folder of pictures (train/CLASS/*.png and test/CLASS/*.png), of images.csv or images.npz, of a saved dataset "
    "of Hugging Face, or of train_32x32.mat and test_32x32.mat (Format 2); a .csv, .parquet or .npz file; or the root "
    "of a dataset of torchvision with its name, e.g. data/CIFAR10.",
)
stored_size_option = click.option(
    "--stored-size",
    type=click.Choice(STORED_SIZES),
    default=None,
    show_default="the largest input of the runs, at least 64",
    help="Height and width in pixels at which pictures are stored; Format 2 files keep their 32.",
)
skip_broken_option = click.option(
    "--skip-broken", is_flag=True, help="Leave out files that are no pictures or damaged, and list them in the report."
)
base_url_option = click.option("--base-url", default=None, help="Address of a mirror with the SVHN files.")
#: Options of the commands that read the images of the current study.
images_options = options(profile_option, data_option, stored_size_option, skip_broken_option, base_url_option)


def download_missing(folder: Path, base_url: str | None, *, extra: bool = False) -> None:
    """Download the official files that a folder lacks; with `extra`, also the extra training images."""
    from svhnlab.data.download import download_svhn  # noqa: PLC0415
    from svhnlab.data.svhn import BASE_URL  # noqa: PLC0415

    existing = [name for name in ("train", "test") if (folder / f"{name}_32x32.mat").is_file()]
    # a complete pair may be custom data; a single file is checked, and the other one is downloaded
    names = [] if len(existing) == 2 else ["train", "test"]
    names += ["extra"] if extra else []
    if names:
        download_svhn(folder, names=names, base_url=base_url or BASE_URL, console=console)


def apply_names(source: DataSource, settings: StudyFile) -> DataSource:
    """Return the source with the name in ``study.toml``; SVHN and generated digits keep their names.

    For these digits, print which digit each class name of ``study.toml`` stands for; ``InputError`` if they do not fit.
    """
    if source.kind != "custom":
        if settings.class_names is not None:
            _match_to_digits(settings.class_names, source.name)
        return source
    if settings.class_names is not None and source.class_names is not None:
        _match_to_classes(settings.class_names, source.class_names)
    return source if settings.data_name is None else replace(source, name=settings.data_name)


def names_of_classes(source: DataSource, settings: StudyFile) -> tuple[str, ...] | None:
    """Return the names of the classes: those in ``study.toml``, else those of the source; None for the ten digits.

    Raises
    ------
    InputError
        If the source has more classes than a report can show.
    """
    from svhnlab.config.study_file import MAX_CLASSES  # noqa: PLC0415

    if source.class_names is not None and len(source.class_names) > MAX_CLASSES:
        raise InputError(
            f"{source.folder} has {len(source.class_names)} classes, but a report can show {MAX_CLASSES}; merge some."
        )
    return settings.class_names or source.class_names


def tell_warnings(source: DataSource) -> None:
    """Print what is unusual about the data."""
    for warning in source.warnings:
        say(f"Note: {warning}")


def _match_to_classes(names: Sequence[str], classes: Sequence[str]) -> None:
    """Print the class of the data that each class name of ``study.toml`` stands for."""
    if len(names) != len(classes):
        raise InputError(
            f"study.toml names {len(names)} classes, but the data have {len(classes)}; name one for each, or remove "
            "class_names to use the names in the data."
        )
    pairs = [f"{own!r} is {name!r}" for own, name in zip(classes, names, strict=True) if own != name]
    if pairs:
        say(f"Class names: {', '.join(pairs)}")


def _match_to_digits(names: Sequence[str], data: str) -> None:
    """Print the digit of each class name. The files' labels are 1 to 10, and label 10 is digit 0."""
    if len(names) != len(DIGITS):
        raise InputError(f"study.toml names {len(names)} classes, but {data} has 10: the digits 1 to 9 and 0.")
    if names[0].casefold() in ("0", "zero"):
        raise InputError(
            f"class_names in study.toml begins with {names[0]!r}, but the labels of {data} begin with digit 1: move "
            "the name of digit 0 to the end."
        )
    digits = [*DIGITS[1:], DIGITS[0]]
    say("Class names: " + ", ".join(f"digit {digit} is {name!r}" for digit, name in zip(digits, names, strict=True)))


def _generate(folder: Path) -> None:
    """Generate the digits of the demo, unless another process is doing so: then wait for it."""
    from svhnlab.config.recipes import DEMO_TEST, DEMO_TRAIN  # noqa: PLC0415
    from svhnlab.data.synthetic import write_generated  # noqa: PLC0415

    waiting = f"Another process is generating digits into {folder}; waiting for it."
    with locked(folder.with_name(f".{folder.name}.lock"), lambda: say(waiting)):
        if not folder.exists():
            say(f"Generating {DEMO_TRAIN + DEMO_TEST:,} digits into {folder} ...")
            write_generated(folder)


def reading_options(side: int | None, skip_broken: bool, results: Path, recipes: Iterable[Recipe]) -> ReadingOptions:
    """Return how pictures are read: at the given size, else at the largest input of the recipes, at least 64 pixels."""
    from svhnlab.data.pictures import THUMBNAIL, ReadingOptions  # noqa: PLC0415

    largest = max([THUMBNAIL, *(recipe.image_size for recipe in recipes)])
    chosen = side or next((one for one in STORED_SIZES if one >= largest), STORED_SIZES[-1])
    return ReadingOptions(chosen, skip_broken, results / ".pictures")


def study_data(
    profile: str, folder: Path | None, base_url: str | None, options: ReadingOptions | None = None
) -> DataSource:
    """Find the images; generate or download them first if they are missing from the profile's default folder."""
    from svhnlab.data.source import find_data  # noqa: PLC0415

    if folder is None and profile == "demo":
        from svhnlab.config.recipes import DEMO_TRAIN, GENERATOR_VERSION  # noqa: PLC0415

        # earlier versions generated fewer of the same images
        folder = in_project(f"data/generated-{GENERATOR_VERSION}-{DEMO_TRAIN}")
        if not folder.exists():
            _generate(folder)
    elif folder is None:
        folder = in_project(SVHN_FOLDER)
        download_missing(folder, base_url)
    elif base_url is not None:
        download_missing(folder, base_url)
    return find_data(folder, options)
