"""The stages of a study in order: data, augmentation examples, training runs, and their analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import from_numpy

from svhnlab.config.parallel import ParallelOptions
from svhnlab.data.image_stats import sample_per_class
from svhnlab.data.sources.base import DataSource
from svhnlab.errors import SvhnlabError
from svhnlab.models.networks import build_model
from svhnlab.pipeline.analysis import AnalysisStage
from svhnlab.pipeline.data import write_data
from svhnlab.pipeline.images import Images, load_images, load_task_images
from svhnlab.pipeline.initial_weights import load_initial_weights
from svhnlab.pipeline.parallel import open_pool, threads_per_worker
from svhnlab.pipeline.pool import WorkerLost
from svhnlab.pipeline.pretraining import pretrain
from svhnlab.pipeline.task import TrainingTask
from svhnlab.pipeline.train_run import RunTrainer
from svhnlab.pipeline.worker import CodeVersion, Worker, hold_lock
from svhnlab.store.analysis_keys import AnalysisSpec
from svhnlab.store.cached import get_or_compute
from svhnlab.store.keys import RANDOM_SPLIT_RUN, StudySpec
from svhnlab.store.load import load, load_division
from svhnlab.store.record import random_split, without_suspects, write_record
from svhnlab.store.required import stored_analysis, stored_causes
from svhnlab.store.save import save, save_preview
from svhnlab.store.schema import AugmentationPreview, Repeat, RunPredictions
from svhnlab.store.store import DamagedResult, ResultKey, Store, StoredResult
from svhnlab.training.allocator import tune_malloc
from svhnlab.training.augmentation import preview
from svhnlab.training.ddp import SINGLE_PROCESS, ProcessGroup
from svhnlab.training.device import DeviceOption, choose_device
from svhnlab.training.progress import counter
from svhnlab.training.wandb_log import Mode

PREVIEW_IMAGES, PREVIEW_VARIANTS = 6, 4
MAX_COMPARED = 10  # trainings of a configuration that are compared in pairs; their features are in memory together
MAX_LISTED = 6  # missing runs in a message


@dataclass
class StudyPipeline:
    """Pipeline that computes the missing results of one study.

    Attributes
    ----------
    weights_files
        Paths of initial weights of kind "file", by their digest.
    parallel
        Number and location of parallel training runs.
    group
        Process group that trains each run; this is its main process.
    """

    spec: StudySpec
    source: DataSource
    store: Store
    console: Console
    device_option: DeviceOption = "auto"
    wandb: Mode = "offline"
    weights_files: Mapping[str, Path] = field(default_factory=dict)
    parallel: ParallelOptions = field(default_factory=ParallelOptions)
    group: ProcessGroup = SINGLE_PROCESS
    _images: Images | None = field(default=None, init=False)

    def say(self, line: str) -> None:
        """Print one line."""
        self.console.print(line, highlight=False, soft_wrap=True, markup=False)

    @cached_property
    def device(self) -> torch.device:
        """Device of this process."""
        return choose_device(self.device_option)

    def run(self, runs: tuple[str, ...]) -> None:
        """Compute the missing results: data description, augmentation examples, these runs, and the analysis.

        The analysis covers all runs of the study that are stored when it starts.
        """
        tune_malloc()
        self._check_initial_weights(runs)
        self._get_or_compute(self.spec.data, self._write_data)
        # from here on, the report can show the stored part of this study
        write_record(self.store, self.spec)
        self._get_or_compute(self.spec.augmentation, self._write_preview)
        if any(self.spec.initial_weights_of(name).kind == "generated" for name in runs):
            pretrain(self.store, self.console, self.device, self.say)
        # first seed, then analysis, then trainings for comparison and the other seeds: the report is complete early
        self.train([TrainingTask(self.spec, name) for name in runs])
        analysis = stored_analysis(self.store, self.spec, self.say)
        stored = {name: self.spec.trainings(name)[0] for name in analysis.runs}
        AnalysisStage(analysis, self.store, stored, self.images, lambda: self.device, self.say).run()
        later = [
            TrainingTask(self.spec, name, repeat)
            for repeat in range(1, max(map(self.spec.seeds_of, runs), default=1))
            for name in runs
            if repeat < self.spec.seeds_of(name)
        ]
        compared = [name for name in runs if name == RANDOM_SPLIT_RUN and random_split(self.store, self.spec)]
        complete = RANDOM_SPLIT_RUN in runs and set(analysis.trained) == set(self.spec.runs)
        cleaned = without_suspects(self.store, self.spec) if complete else []
        if complete and self.spec.without_suspects and not cleaned:
            write_record(self.store, self.spec)  # now it is known that no training label is suspected
        self.train(
            [
                *(TrainingTask(self.spec, name, random_split=True) for name in compared),
                *(TrainingTask(self.spec, key.label, without_suspects=True) for key in cleaned),
                *later,
            ]
        )
        for name, key in self.spec.seed_ensembles.items():
            if name in runs:
                self._get_or_compute(key, partial(self._write_seed_ensemble, name))
        for name, key in self.spec.seed_statistics.items():
            if name in runs:
                self._get_or_compute(key, partial(self._write_seed_statistics, name))
        if analysis.runs:
            causes = stored_causes(self.store, self.spec, analysis)
            self._get_or_compute(causes, partial(self._write_causes, analysis, causes))

    def _check_initial_weights(self, runs: tuple[str, ...]) -> None:
        """Load the initial weights of each model, to fail on unusable weights before training starts."""
        for run in {(self.spec.recipe(run).model, self.spec.initial_weights_of(run)): run for run in runs}.values():
            weights, recipe = self.spec.initial_weights_of(run), self.spec.recipe(run)
            if weights.kind in {"imagenet", "file"}:  # weights from generated digits are trained later
                model = build_model(recipe.model, image_size=recipe.image_size, classes=len(self.spec.class_names))
                load_initial_weights(model, weights, self.store, self.weights_files)

    def train(self, tasks: Sequence[TrainingTask]) -> None:
        """Run the tasks that are not stored yet, one by one in this process or in parallel in workers.

        All tasks must use the data of this study; recipes and seeds may differ.

        Raises
        ------
        SvhnlabError
            If a worker dies. Results that were already stored remain.
        """
        missing = [task for task in tasks if not self._is_stored(task.key)]
        gpus = torch.cuda.device_count() if self.device.type == "cuda" else 0
        count, _ = threads_per_worker(self.parallel, len(missing), gpus)
        if self.group.size > 1 or (self.parallel.scheduler is None and count == 1):
            if self.parallel.threads is not None:
                torch.set_num_threads(self.parallel.threads)
            trainer = self.run_trainer()
            for task in tasks:
                trainer.get_or_train(task)
        elif missing:
            self._train_in_parallel(missing, gpus)

    def run_trainer(self) -> RunTrainer:
        """Return the trainer of this study's runs in this process."""
        return RunTrainer(
            self.source,
            self.store,
            self.console,
            self.device,
            self._task_images,
            wandb=self.wandb,
            weights_files=self.weights_files,
            group=self.group,
        )

    def _train_in_parallel(self, tasks: list[TrainingTask], gpus: int) -> None:
        """Send training tasks to workers, and print their output."""
        with hold_lock(self.store) as lock_name, open_pool(self.parallel, len(tasks), gpus) as pool:
            worker = Worker(
                source=self.source.absolute(),
                results=self.store.root.absolute(),
                device=self.device_option,
                wandb=self.wandb,
                weights_files={digest: path.absolute() for digest, path in self.weights_files.items()},
                code=CodeVersion.here(),
                lock_name=lock_name,
                threads=pool.threads,
            )
            self.say(f"Training {len(tasks)} runs {pool.description} ...")
            try:
                with counter(self.console, "Trainings", len(tasks)) as count_one:
                    for output in pool.map(worker, tasks):
                        count_one()
                        self.console.print(output, end="", highlight=False, soft_wrap=True, markup=False)
            except WorkerLost as error:
                raise SvhnlabError(self._describe_missing(tasks)) from error

    def _describe_missing(self, tasks: list[TrainingTask]) -> str:
        missing = [task.with_seed(task.name) for task in tasks if not self._is_stored(task.key)]
        listed = ", ".join(missing[:MAX_LISTED])
        more = f" and {len(missing) - MAX_LISTED} more" if len(missing) > MAX_LISTED else ""
        return (
            "A worker died (killed, out of memory, or the cluster stopped). "
            f"{len(tasks) - len(missing)} of {len(tasks)} runs are stored; missing: {listed}{more}. Run the same "
            "command again to resume each from its last epoch."
        )

    def _is_stored(self, key: ResultKey) -> bool:
        try:
            return self.store.find(key) is not None
        except DamagedResult:
            return False

    def _get_or_compute(self, key: ResultKey, write: Callable[[Path], dict[str, Any]]) -> None:
        get_or_compute(self.store, key, write, self.say)

    def images(self) -> Images:
        """Read and split the images, once."""
        if self._images is None:
            self._images = load_images(self.spec, self.source, self.store.find(self.spec.data))
        return self._images

    def _task_images(self, task: TrainingTask) -> Images:
        """Read the images of a training task; those of the study only once."""
        own = task.random_split or task.without_suspects
        return load_task_images(task, self.source, self.store) if own else self.images()

    def _write_data(self, folder: Path) -> dict[str, Any]:
        self.say(f"Reading {self.source.name} from {self.source.folder} ...")
        write_data(self.spec, self.source, self.images(), folder)
        return {}

    def _write_seed_ensemble(self, name: str, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.ensemble import compare_average  # noqa: PLC0415 (imports take seconds)

        self.say(f"{name}: averaging its {self.spec.seeds_of(name)} trainings ...")
        photographs, trainings = self._stored_trainings(name)
        repeats = [load(Repeat, one, seed=one.manifest["inputs"]["seed"]) for one in trainings]
        average = compare_average(
            repeats[0].test.labels,
            {str(one.seed): one.test.probabilities for one in repeats},
            resamples=self.spec.profile.resamples,
            seed=self.spec.seed,
            photographs=photographs,
        )
        save(average, folder)
        return {"device": "cpu"}

    def _write_seed_statistics(self, name: str, folder: Path) -> dict[str, Any]:
        from svhnlab.analysis.similarity import seed_statistics  # noqa: PLC0415 (imports take seconds)

        self.say(f"{name}: comparing its {self.spec.seeds_of(name)} trainings ...")
        photographs, trainings = self._stored_trainings(name)
        tests = [load(Repeat, one, seed=one.manifest["inputs"]["seed"]).test for one in trainings]
        features = (load(RunPredictions, one).test.features for one in trainings[:MAX_COMPARED])
        known = [one for one in features if one is not None]
        save(seed_statistics(tests, known, self.spec.seed, photographs), folder)
        return {"device": "cpu"}

    def _stored_trainings(self, name: str) -> tuple[NDArray[np.int64] | None, list[StoredResult]]:
        """Return the photograph of each test image, and the stored trainings of a configuration."""
        keys = (self.spec.data, *self.spec.trainings(name))
        data, *trainings = [stored for key in keys if (stored := self.store.find(key)) is not None]
        return load_division(data).photographs_of("test"), trainings

    def _write_causes(self, analysis: AnalysisSpec, key: ResultKey, folder: Path) -> dict[str, Any]:
        from svhnlab.pipeline.causes import causes_of  # noqa: PLC0415 (imports take seconds)

        self.say(f"Causes of the errors of {len(analysis.runs)} runs ...")
        trainings = {name: self.spec.trainings(name) for name in analysis.runs}
        protocol = self.spec.split.protocol
        save(causes_of(key, self.store, trainings, analysis, self.source, protocol, self.images()), folder)
        return {"device": "cpu"}

    def _write_preview(self, folder: Path) -> dict[str, Any]:
        data = self.images()
        n_classes = len(self.spec.class_names)
        per_class = -(-PREVIEW_IMAGES // n_classes)  # one image per class if there are enough classes, else several
        chosen = sample_per_class(data.labels["train"], per_class, self.spec.split.seed, n_classes)
        originals = data.shown["train"][chosen.T.ravel()[:PREVIEW_IMAGES]]
        variants = preview(
            from_numpy(originals), self.spec.shown_augmentation, variants=PREVIEW_VARIANTS, seed=self.spec.seed
        )
        images = {name: outcomes.numpy() for name, outcomes in variants.items()}
        save_preview(AugmentationPreview(originals, images), folder)
        return {}
