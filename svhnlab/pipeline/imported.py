"""Import of the predictions of any classifier into a study, and the analysis of the study. Imports no torch.

Only results of trained configurations need torch: it is imported if some of these have to be computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svhnlab.config.initial_weights import InitialWeights
from svhnlab.config.profiles import SplitSettings, profile_named
from svhnlab.data.predictions_check import CheckedSplit, Scores, check_split
from svhnlab.data.predictions_file import SPLITS, read_history, read_predictions
from svhnlab.data.sources.base import DataSource
from svhnlab.errors import InputError
from svhnlab.files import file_sha256
from svhnlab.pipeline.analysis import AnalysisStage
from svhnlab.pipeline.causes import causes_of
from svhnlab.pipeline.data import write_data
from svhnlab.pipeline.images import Images, load_images
from svhnlab.store.analysis_keys import EVIDENCE, AnalysisSpec, Part
from svhnlab.store.cached import get_or_compute
from svhnlab.store.imported import digest_of_arrays
from svhnlab.store.keys import ImportedRun, StudySpec, analysis_of_record, import_key
from svhnlab.store.record import recorded_trainings
from svhnlab.store.required import causes_key
from svhnlab.store.save import save, write_json
from svhnlab.store.schema import Epoch, History, RunPredictions, TrainingPredictions
from svhnlab.store.store import ResultKey, Store

if TYPE_CHECKING:
    import torch


class ImportFaults(InputError):
    """Predictions that cannot be imported.

    Attributes
    ----------
    faults
        One sentence for each fault.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Import:
    """Predictions of a classifier to import.

    Attributes
    ----------
    name, title
        Name of the configuration, and its title in the report.
    file
        The predictions, see `svhnlab.data.predictions_file`.
    scores
        Whether they are logits or probabilities.
    history
        CSV table of the training, if any.
    parameters, seconds
        Number of parameters of the model and seconds of its training, if known.
    """

    name: str
    title: str
    file: Path
    scores: Scores = "auto"
    history: Path | None = None
    parameters: int | None = None
    seconds: float | None = None


def spec_of_record(record: Mapping[str, Any]) -> StudySpec:
    """Return the settings of a recorded study that its data depend on, without configurations."""
    settings = record["settings"]
    names = settings.get("class_names")
    return StudySpec(
        profile_named(record["profile"]),
        settings["data"]["kind"],
        settings["data"]["name"],
        settings["data"]["digest"],
        SplitSettings(**{"unit": "image", **settings["split"]}),
        InitialWeights(**settings["start"]),
        settings["seed"],
        settings["seeds"],
        None if names is None else tuple(names),
        runs=(),
    )


@dataclass
class ImportPipeline:
    """Pipeline that stores imported predictions and computes what follows from them.

    Attributes
    ----------
    spec
        Settings of the data, see `spec_of_record`.
    say
        Called with one line for each message to the user.
    """

    spec: StudySpec
    source: DataSource
    store: Store
    say: Callable[[str], None]
    _images: Images | None = field(default=None, init=False)

    def images(self) -> Images:
        """Read and split the images, once."""
        if self._images is None:
            self.say(f"Reading {self.source.name} from {self.source.folder} ...")
            self._images = load_images(self.spec, self.source, self.store.find(self.spec.data))
        return self._images

    def store_data(self) -> None:
        """Store the description of the data, if it is missing."""

        def write(folder: Path) -> dict[str, Any]:
            write_data(self.spec, self.source, self.images(), folder)
            return {}

        get_or_compute(self.store, self.spec.data, write, self.say)

    def store_import(self, given: Import) -> ImportedRun:
        """Validate and store predictions.

        Raises
        ------
        ImportFaults
            With every fault of the predictions.
        InputError
            If a file cannot be read.
        """
        arrays = read_predictions(given.file, self.spec.class_names)
        history = () if given.history is None else read_history(given.history)
        images = self.images()
        checked = {
            split: check_split(
                split,
                arrays[split],
                images.labels[split],
                images.division.indices[split],
                self.spec.class_names,
                given.scores,
                names=None if images.names is None else images.names[split],
            )
            for split in SPLITS
            if split in arrays
        }
        faults = [fault for one in checked.values() for fault in one.faults]
        widths = {one.features.shape[1] for one in arrays.values() if one.features is not None and not faults}
        if len(widths) > 1:
            faults.append(f"The splits have different numbers of features: {', '.join(map(str, sorted(widths)))}.")
        if faults:
            raise ImportFaults([f"{given.file}: {fault}" for fault in faults])
        read_as = ", ".join(f"{split} as {one.read_as}" for split, one in checked.items())
        self.say(f"{given.name}: read {read_as}.")
        return self._store(given, checked, history)

    def _store(self, given: Import, checked: Mapping[Any, CheckedSplit], history: tuple[Epoch, ...]) -> ImportedRun:
        predictions = {split: one.predictions for split, one in checked.items() if one.predictions is not None}
        parts: list[Part] = [split for split in predictions if split != "test"]
        for split, one in predictions.items():
            parts += [f"{split}_features"] if one.features is not None else []  # type: ignore[list-item]
        parts += ["history"] if history else []
        contents = {
            f"{split}_{name}": array
            for split, one in predictions.items()
            for name, array in (("logits", one.logits), ("features", one.features))
            if array is not None
        }
        cost = {"parameters": given.parameters, "training_seconds": given.seconds}
        key = import_key(
            given.name,
            self.spec.data.key,
            digest_of_arrays(contents, {**cost, "history": [_finite(asdict(epoch)) for epoch in history]}),
        )

        def write(folder: Path) -> dict[str, Any]:
            save(RunPredictions(predictions.get("validation"), predictions["test"]), folder)
            if "train" in predictions:
                save(TrainingPredictions(predictions["train"]), folder)
            if history:
                save(History(len(history), history), folder)
            imported = {
                "file": given.file.name,
                "sha256": file_sha256(given.file),
                "read_as": {split: one.read_as for split, one in checked.items()},
            }
            settings = {"run": given.name, "title": given.title, "imported": imported, "parts": parts, **cost}
            write_json(folder / "settings.json", {**settings, "classes": list(self.spec.class_names)})
            return {}

        get_or_compute(self.store, key, write, self.say)
        return ImportedRun(given.name, given.title, key, tuple(parts))

    def analyse(self, record: Mapping[str, Any]) -> AnalysisSpec:
        """Compute the missing results of all stored configurations of a study."""
        trainings = recorded_trainings(record)
        stored = {
            key.key: key
            for keys in trainings.values()
            for key in keys
            if self.store.find_intact(key, self.say) is not None
        }
        first = {name: keys[0] for name, keys in trainings.items() if keys[0].key in stored}
        analysis = analysis_of_record(record, {name: key.key for name, key in first.items()})
        AnalysisStage(analysis, self.store, first, self.images, _choose_device, self.say).run()
        if analysis.runs:
            causes = causes_key(analysis, trainings, stored)
            get_or_compute(self.store, causes, partial(self._write_causes, analysis, causes, trainings), self.say)
        return analysis

    def _write_causes(
        self, analysis: AnalysisSpec, key: ResultKey, trainings: Mapping[str, list[ResultKey]], folder: Path
    ) -> dict[str, Any]:
        self.say(f"Causes of the errors of {len(analysis.runs)} runs ...")
        protocol = self.spec.split.protocol
        save(causes_of(key, self.store, trainings, analysis, self.source, protocol, self.images()), folder)
        return {"device": "cpu"}


def describe_missing(imported: ImportedRun) -> str:
    """Say which parts of the report an import does not have; empty if it has all that can be imported."""
    lacking = []
    if not set(EVIDENCE) <= set(imported.parts):
        lacking.append("features of the test and training images (centroids, nearest images, geometry)")
    if "test_features" not in imported.parts:
        lacking.append("features of the test images (maps)")
    if "validation" not in imported.parts:
        lacking.append("validation predictions (temperature, prediction sets, deferral)")
    if "history" not in imported.parts:
        lacking.append("history (training curves)")
    return "; ".join(lacking)


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """Replace NaN by None, which JSON has."""
    return {name: None if value != value else value for name, value in values.items()}  # noqa: PLR0124


def _choose_device() -> torch.device:
    from svhnlab.training.device import choose_device  # noqa: PLC0415 (it imports torch)

    return choose_device("auto")
