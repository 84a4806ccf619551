"""The order of the work: data, examples of augmentation, runs, and what is computed from the runs together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import from_numpy

from svhnlab.config.parallel import ParallelOptions
from svhnlab.data.image_stats import sample_per_class
from svhnlab.data.source import DataSource
from svhnlab.errors import SvhnlabError
from svhnlab.models.networks import build_model
from svhnlab.pipeline.analysis import AnalysisStage
from svhnlab.pipeline.images import Images, load_images
from svhnlab.pipeline.initial_weights import load_initial_weights
from svhnlab.pipeline.parallel import open_pool, threads_per_worker
from svhnlab.pipeline.pool import WorkerLost
from svhnlab.pipeline.pretraining import pretrained
from svhnlab.pipeline.train_run import RunTrainer
from svhnlab.pipeline.worker import CodeVersion, TrainingTask, Worker, absolute_source, held_lock
from svhnlab.store.cached import get_or_compute
from svhnlab.store.keys import StudySpec
from svhnlab.store.save import save, save_preview, write_arrays
from svhnlab.store.schema import AugmentationPreview, DataSummary, SplitStatistics
from svhnlab.store.store import DamagedResult, ResultKey, Store, StoredResult
from svhnlab.store.study import stored_analysis
from svhnlab.training.allocator import tune_malloc
from svhnlab.training.augmentation import preview
from svhnlab.training.ddp import SINGLE_PROCESS, ProcessGroup
from svhnlab.training.device import DeviceOption, choose_device
from svhnlab.training.progress import counter
from svhnlab.training.wandb_log import Mode

SAMPLES_PER_CLASS = 12
PREVIEW_IMAGES, PREVIEW_VARIANTS = 6, 4
NAMED_AT_MOST = 6  # of the runs that lack, in a message


@dataclass
class StudyPipeline:
    """Makes the missing results of one study.

    Attributes
    ----------
    weights
        Path of the start weights when the plan's start is a file.
    workers
        How many runs are trained at a time, and where.
    team
        The processes that train each run together; this is the leading one.
    """

    plan: StudySpec
    source: DataSource
    store: Store
    console: Console
    device_option: DeviceOption = "auto"
    wandb: Mode = "offline"
    weights: Path | None = None
    workers: ParallelOptions = field(default_factory=ParallelOptions)
    team: ProcessGroup = SINGLE_PROCESS
    _images: Images | None = field(default=None, init=False)

    def say(self, line: str) -> None:
        """Tell the user one line."""
        self.console.print(line, highlight=False, soft_wrap=True, markup=False)

    @cached_property
    def device(self) -> torch.device:
        """Where this process computes."""
        return choose_device(self.device_option)

    def make(self, runs: tuple[str, ...]) -> None:
        """Make the data's description, the examples of augmentation, the chosen runs, and the analysis.

        The analysis covers all runs that are stored by then, the chosen ones and others.
        """
        tune_malloc()
        self._check_initial_weights(runs)
        self._ensure(self.plan.data, self._write_data)
        # from here on the report can show this study, as far as it is stored
        self.store.write_study(self.plan.key, self.plan.record())
        self._ensure(self.plan.augmentation, self._write_preview)
        if any(self.plan.start_of(name).kind == "generated" for name in runs):
            pretrained(self.store, self.console, self.device, self.say)
        # every run once before any is trained again with another seed: so the report is whole as early as can be
        self.train([TrainingTask(self.plan, name) for name in runs])
        analysis = stored_analysis(self.store, self.plan, self.say)
        stored = {name: self.plan.run(name) for name in analysis.runs}
        AnalysisStage(analysis, self.store, stored, self.images, self.device, self.say).make(self._ensure)
        self.train([TrainingTask(self.plan, name, repeat) for repeat in range(1, self.plan.seeds) for name in runs])

    def _check_initial_weights(self, runs: tuple[str, ...]) -> None:
        """Load the weights that each model of the runs starts from, to fail on unusable ones before training starts."""
        for run in {self.plan.recipe(run).model: run for run in runs}.values():
            weights, recipe = self.plan.start_of(run), self.plan.recipe(run)
            if weights.kind in {"imagenet", "file"}:  # those from generated digits are trained later, and fit
                model = build_model(recipe.model, image_size=recipe.image_size, classes=len(self.plan.class_names))
                load_initial_weights(model, weights, self.store, self.weights)

    def train(self, trainings: Sequence[TrainingTask]) -> None:
        """Make those of these runs that are missing: in this process one by one, or several at a time by workers.

        All must be on the data of this study; their recipes and seeds may be others.

        Raises
        ------
        SvhnlabError
            When a worker dies. What it and the others stored stays.
        """
        lacking = [training for training in trainings if not self._there(training.address)]
        gpus = torch.cuda.device_count() if self.device.type == "cuda" else 0
        at_a_time, _ = threads_per_worker(self.workers, len(lacking), gpus)
        if self.team.size > 1 or (self.workers.scheduler is None and at_a_time == 1):
            if self.workers.threads is not None:
                torch.set_num_threads(self.workers.threads)
            for training in trainings:
                self._maker(training.plan).make(training.run, training.repeat)
        elif lacking:
            self._spread(lacking, gpus)

    def _maker(self, plan: StudySpec) -> RunTrainer:
        return RunTrainer(
            plan,
            self.source,
            self.store,
            self.console,
            self.device,
            self.images,
            wandb=self.wandb,
            weights=self.weights,
            team=self.team,
        )

    def _spread(self, trainings: list[TrainingTask], gpus: int) -> None:
        """Have workers make these runs."""
        with held_lock(self.store) as held, open_pool(self.workers, len(trainings), gpus) as pool:
            worker = Worker(
                source=absolute_source(self.source),
                results=self.store.root.absolute(),
                device=self.device_option,
                wandb=self.wandb,
                weights=None if self.weights is None else self.weights.absolute(),
                code=CodeVersion.here(),
                held=held,
                threads=pool.threads,
            )
            self.say(f"Training {len(trainings)} runs {pool.where} ...")
            try:
                with counter(self.console, "Trainings", len(trainings)) as done:
                    for text in pool.run(worker, trainings):
                        done()
                        self.console.print(text, end="", highlight=False, soft_wrap=True, markup=False)
            except WorkerLost as error:
                raise SvhnlabError(self._what_lacks(trainings)) from error

    def _what_lacks(self, trainings: list[TrainingTask]) -> str:
        lacking = [training.title for training in trainings if not self._there(training.address)]
        named = ", ".join(lacking[:NAMED_AT_MOST])
        more = f" and {len(lacking) - NAMED_AT_MOST} more" if len(lacking) > NAMED_AT_MOST else ""
        stored = len(trainings) - len(lacking)
        return (
            f"A worker was lost (killed, out of memory, or its cluster gone). {stored} of {len(trainings)} runs are "
            f"stored; lacking: {named}{more}. The same command goes on where each stopped."
        )

    def _there(self, address: ResultKey) -> bool:
        try:
            return self.store.find(address) is not None
        except DamagedResult:
            return False

    def _ensure(self, address: ResultKey, write: Callable[[Path], dict[str, Any]]) -> StoredResult:
        return get_or_compute(self.store, address, write, self.say)

    # --- data

    def images(self) -> Images:
        """Read and split the images, once."""
        if self._images is None:
            self._images = load_images(self.plan, self.source)
        return self._images

    def _write_data(self, folder: Path) -> dict[str, Any]:
        self.say(f"Reading {self.source.name} from {self.source.folder} ...")
        data = self.images()
        samples = min(SAMPLES_PER_CLASS, int(data.statistics["train"].counts.min()))
        chosen = sample_per_class(data.labels["train"], samples, self.plan.split.seed, len(self.plan.class_names))
        summary = DataSummary(
            kind=self.source.kind,
            name=self.source.name,
            digest=self.source.digest,
            protocol=data.protocol,
            samples=data.images["train"][chosen],
            test_images=data.images["test"],
            test_labels=data.labels["test"],
            injected=data.planted,
        )
        save(summary, folder)
        save(SplitStatistics(**data.statistics), folder)
        write_arrays(folder / "split.npz", data.indices)
        return {}

    def _write_preview(self, folder: Path) -> dict[str, Any]:
        data = self.images()
        n_classes = len(self.plan.class_names)
        each = -(-PREVIEW_IMAGES // n_classes)  # one image of each of the first classes where there are enough classes
        chosen = sample_per_class(data.labels["train"], each, self.plan.split.seed, n_classes)
        originals = data.images["train"][chosen.T.ravel()[:PREVIEW_IMAGES]]
        variants = preview(
            from_numpy(originals), self.plan.shown_augmentation, variants=PREVIEW_VARIANTS, seed=self.plan.seed
        )
        images = {name: outcomes.numpy() for name, outcomes in variants.items()}
        save_preview(AugmentationPreview(originals, images), folder)
        return {}
