"""The making of one run: its model, its training, and what the trained model says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import channels_last, from_numpy, manual_seed

from svhnlab.analysis.metrics import evaluate
from svhnlab.config.initial_weights import InitialWeights
from svhnlab.config.recipes import Recipe
from svhnlab.data.source import DataSource
from svhnlab.models.networks import Classifier, build_model, multiply_adds
from svhnlab.pipeline.images import Images
from svhnlab.pipeline.initial_weights import load_initial_weights
from svhnlab.store import environment
from svhnlab.store.cached import checkpoint_path, get_or_compute
from svhnlab.store.keys import StudySpec
from svhnlab.store.load import load
from svhnlab.store.save import save, write_json
from svhnlab.store.schema import History, Predictions, RunPredictions
from svhnlab.store.store import ResultKey, Store, StoredResult
from svhnlab.training.checkpoint import load_checkpoint, save_checkpoint, write_weights
from svhnlab.training.ddp import SINGLE_PROCESS, ProcessGroup
from svhnlab.training.device import describe_device
from svhnlab.training.loop import Callbacks, Progress, derived_seed, train
from svhnlab.training.predict import predict_arrays
from svhnlab.training.progress import progress_bar
from svhnlab.training.wandb_log import Mode, WandbLog


@dataclass(frozen=True)
class RunTask:
    """What the other processes of a team have to know to train a run with the leading one.

    Attributes
    ----------
    results
        Results folder, in which the weights of a training on generated digits lie.
    progress
        State to go on from: that of the checkpoint, which the leading process has read.
    """

    plan: StudySpec
    source: DataSource
    results: Path
    weights: Path | None
    run: str
    repeat: int
    progress: Progress | None


@dataclass
class RunTrainer:
    """Makes runs of one study, each under its lock, from its checkpoint where it was broken off.

    Attributes
    ----------
    images
        Reads the images of the study; asked only where a run is missing.
    weights
        Path of the start weights when the plan's start is a file.
    team
        The processes that train a run together; the first of them makes the result, the others :meth:`follow`.
    """

    plan: StudySpec
    source: DataSource
    store: Store
    console: Console
    device: torch.device
    images: Callable[[], Images]
    wandb: Mode = "offline"
    weights: Path | None = None
    team: ProcessGroup = SINGLE_PROCESS
    _tracker: WandbLog | None = field(default=None, init=False)

    def say(self, line: str) -> None:
        """Tell the user one line."""
        self.console.print(line, highlight=False, soft_wrap=True, markup=False)

    def make(self, name: str, repeat: int = 0) -> StoredResult:
        """Return the stored run, training it first where it is missing or damaged."""
        address = self.plan.run(name, repeat)
        write, made = partial(self._train, name, repeat), partial(self._after_training, address)
        return get_or_compute(self.store, address, write, self.say, made=made)

    def follow(self, name: str, repeat: int, progress: Progress | None) -> None:
        """Take this process's share in a training that the team's leading process makes; nothing is written."""
        model = self._build(self.plan.recipe(name), self.plan.start_of(name), name, self.plan.seed + repeat)
        self._fit(model, name, repeat, progress, Callbacks())

    def _build(self, recipe: Recipe, start: InitialWeights, name: str, seed: int) -> Classifier:
        manual_seed(derived_seed(seed, "weights", name))
        model = build_model(recipe.model, image_size=recipe.image_size, classes=len(self.plan.class_names))
        load_initial_weights(model, start, self.store, self.weights)
        return model.to(self.device).to(memory_format=channels_last)  # type: ignore[call-overload]

    def _train(self, name: str, repeat: int, folder: Path) -> dict[str, Any]:
        recipe, start = self.plan.recipe(name), self.plan.start_of(name)
        address, title, seed = self.plan.run(name, repeat), self.plan.title(name), self.plan.seed + repeat
        data = self.images()
        model = self._build(recipe, start, name, seed)
        checkpoint = checkpoint_path(self.store, address)
        progress = load_checkpoint(checkpoint, self.say)
        done = len(progress.history) if progress else 0
        if done:
            self.say(f"{title}: going on after epoch {done} of {recipe.epochs}.")
        settings = {
            "run": name,
            "title": title,
            "recipe": asdict(recipe),
            "start": start.as_dict(),
            "seed": seed,
            "data": {"name": self.source.name, "digest": self.source.digest, "protocol": data.protocol},
            "image_count": len(data.images["train"]),
            "parameters": sum(weight.numel() for weight in model.parameters()),
            "multiply_adds": multiply_adds(model),
            "classes": list(self.plan.class_names),
        }
        tracker = self._tracker = WandbLog(
            self.wandb,
            self.store.root,
            name=name,
            run_id=address.key,
            config=settings,
            say=self.say,
        )
        with progress_bar(self.console, title, recipe.epochs, len(data.images["train"]), done) as display:
            callbacks = Callbacks(
                batch_end=display.batch_end,
                epoch_end=[
                    lambda state: save_checkpoint(checkpoint, state),
                    *display.epoch_end,
                    tracker.epochs,
                ],
            )
            self.team.announce(
                partial(RunTask, self.plan, self.source, self.store.root, self.weights, name, repeat, progress)
            )
            progress = self._fit(model, name, repeat, progress, callbacks)
        model.load_state_dict(progress.best_model)
        write_weights(folder / "weights.safetensors", progress.best_model)
        settings["weights_bytes"] = (folder / "weights.safetensors").stat().st_size
        write_json(folder / "settings.json", settings)
        save(History(progress.best_epoch, tuple(progress.history)), folder)
        predictions, speed = self._predictions(model, recipe.test_shift)
        save(predictions, folder)
        return {
            "inference_images_per_second": round(speed, 1),
            **describe_device(self.device),
            **self.team.record(),
            "sessions": progress.sessions,
            "training_seconds": round(sum(epoch.seconds for epoch in progress.history), 3),
        }

    def _fit(
        self, model: Classifier, name: str, repeat: int, progress: Progress | None, callbacks: Callbacks
    ) -> Progress:
        """Train the model on from the given state."""
        data = self.images()
        tensors = {
            split: (
                from_numpy(data.images[split]).to(self.device),
                from_numpy(data.labels[split]).to(self.device),
            )
            for split in ("train", "validation")
        }
        return train(
            model,
            self.plan.recipe(name),
            *tensors["train"],
            tensors["validation"],
            seed=derived_seed(self.plan.seed + repeat, name),
            progress=progress,
            session={**describe_device(self.device), **self.team.record(), "commit": environment.commit()["sha"]},
            callbacks=callbacks,
            team=self.team,
        )

    def _predictions(self, model: Classifier, shift: int) -> tuple[RunPredictions, float]:
        """Predict validation and test images, and measure the test images per second.

        The test images are used here alone. The time includes the copy of features and logits to the CPU.
        """
        data = self.images()
        predictions = {}
        for split in ("validation", "test"):
            started = time.perf_counter()
            features, logits = predict_arrays(model, data.images[split], self.device, shift)
            speed = len(logits) / (time.perf_counter() - started)  # that of the last split, the test, is kept
            predictions[split] = Predictions(data.labels[split], logits, features, data.indices[split])
        return RunPredictions(**predictions), speed

    def _after_training(self, address: ResultKey, stored: StoredResult) -> None:
        """Tell the user and Weights & Biases what came out."""
        test = load(RunPredictions, stored).test
        found = evaluate(test.labels, test.predicted, len(self.plan.class_names))
        seconds = stored.manifest["environment"]["training_seconds"]
        seed = "" if self.plan.seeds == 1 else f" (seed {address.inputs['seed']})"
        self.say(
            f"{self.plan.title(address.label)}{seed}: test accuracy {found.accuracy:.1%}, macro-F1 "
            f"{found.macro_f1:.1%} on {found.n} images of {self.source.name}; trained in {seconds:.0f} s."
        )
        metrics = {"test_accuracy": found.accuracy, "test_macro_f1": found.macro_f1}
        assert self._tracker is not None
        self._tracker.result(metrics, found.confusion, self.plan.class_names, stored.path / "weights.safetensors")
        self._tracker.finish()
