"""Training of one run: model, training loop, and predictions of the trained model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import channels_last, from_numpy, manual_seed

from svhnlab.analysis.metrics import evaluate
from svhnlab.data.sources.base import DataSource
from svhnlab.models.networks import Classifier, build_model, multiply_adds
from svhnlab.pipeline.images import Images
from svhnlab.pipeline.initial_weights import load_initial_weights
from svhnlab.pipeline.task import GroupTask, TrainingTask
from svhnlab.store import environment
from svhnlab.store.cached import checkpoint_path, get_or_compute
from svhnlab.store.load import load
from svhnlab.store.save import save, save_division, write_json
from svhnlab.store.schema import History, Predictions, RunPredictions
from svhnlab.store.store import Store, StoredResult
from svhnlab.training.checkpoint import load_checkpoint, save_checkpoint, write_weights
from svhnlab.training.ddp import SINGLE_PROCESS, ProcessGroup
from svhnlab.training.device import describe_device
from svhnlab.training.device_images import to_device
from svhnlab.training.loop import Callbacks, TrainingState, derive_seed, train
from svhnlab.training.predict import predict_arrays
from svhnlab.training.progress import progress_bar
from svhnlab.training.wandb_log import Mode, WandbLog


@dataclass
class RunTrainer:
    """Trainer that stores each run under a lock, and resumes from a checkpoint if there is one.

    Attributes
    ----------
    images
        Reads the images of a task; called only if its run is missing.
    weights_files
        Paths of initial weights of kind "file", by their digest.
    group
        Process group that trains each run. The main process stores the result; the others call :meth:`join`.
    check
        Called after every epoch, when its checkpoint is stored; may raise an error to end the training.
    """

    source: DataSource
    store: Store
    console: Console
    device: torch.device
    images: Callable[[TrainingTask], Images]
    wandb: Mode = "offline"
    weights_files: Mapping[str, Path] = field(default_factory=dict)
    group: ProcessGroup = SINGLE_PROCESS
    check: Callable[[], None] = lambda: None
    _wandb_log: WandbLog | None = field(default=None, init=False)

    def say(self, line: str) -> None:
        """Print one line."""
        self.console.print(line, highlight=False, soft_wrap=True, markup=False)

    def get_or_train(self, task: TrainingTask) -> StoredResult:
        """Return the stored run; train it first if it is missing or damaged."""
        report = partial(self._report, task)
        return get_or_compute(self.store, task.key, partial(self._train, task), self.say, on_computed=report)

    def join(self, task: TrainingTask, state: TrainingState | None) -> None:
        """Take part in a training run of the main process; nothing is stored."""
        self._fit(self.build_model(task), task, self.images(task), state, Callbacks())

    def build_model(self, task: TrainingTask) -> Classifier:
        """Build the model of a task with its initial weights, on the device."""
        recipe, classes = task.recipe, len(task.spec.class_names)
        manual_seed(derive_seed(task.seed, "weights", task.configuration))
        model = build_model(recipe.model, image_size=recipe.image_size, classes=classes)
        load_initial_weights(model, task.initial_weights, self.store, self.weights_files)
        return model.to(self.device).to(memory_format=channels_last)  # type: ignore[call-overload]

    def _train(self, task: TrainingTask, folder: Path) -> dict[str, Any]:
        """Train a run, write its files to a folder, and return entries for its record."""
        recipe, title = task.recipe, task.title
        data = self.images(task)
        model = self.build_model(task)
        checkpoint = checkpoint_path(self.store, task.key)
        state = load_checkpoint(checkpoint, self.say)
        done = len(state.history) if state else 0
        if done:
            self.say(f"{title}: resumed after epoch {done} of {recipe.epochs}.")
        settings = {
            "run": task.configuration,
            "title": title,
            "recipe": asdict(recipe),
            "start": task.initial_weights.as_dict(),
            "seed": task.seed,
            "data": {"name": self.source.name, "digest": self.source.digest, "protocol": data.protocol},
            "image_count": len(data.images["train"]),
            "stored_size": data.images["train"].shape[-1],
            "parameters": sum(weight.numel() for weight in model.parameters()),
            "multiply_adds": multiply_adds(model),
            "classes": list(task.spec.class_names),
        }
        log = self._wandb_log = WandbLog(
            self.wandb, self.store.root, name=task.name, run_id=task.key.key, config=settings, say=self.say
        )
        with progress_bar(self.console, title, recipe.epochs, len(data.images["train"]), done) as display:
            callbacks = Callbacks(
                batch_end=display.batch_end,
                epoch_end=[
                    partial(save_checkpoint, checkpoint),
                    lambda _: self.check(),
                    *display.epoch_end,
                    log.epochs,
                ],
            )
            self.group.broadcast(partial(GroupTask, task, self.source, self.store.root, self.weights_files, state))
            state = self._fit(model, task, data, state, callbacks)
        model.load_state_dict(state.best_model)
        write_weights(folder / "weights.safetensors", state.best_model)
        settings["weights_bytes"] = (folder / "weights.safetensors").stat().st_size
        write_json(folder / "settings.json", settings)
        save(History(state.best_epoch, tuple(state.history)), folder)
        if (dynamics := state.dynamics.finish(len(state.history))) is not None:
            save(dynamics, folder)
        predictions, speed = self._predict(model, data, recipe.test_shift)
        save(predictions, folder)
        if task.random_split:
            save_division(data.division, folder)
        return {
            "inference_images_per_second": round(speed, 1),
            **describe_device(self.device),
            **self.group.describe(),
            "sessions": state.sessions,
            "training_seconds": round(sum(epoch.seconds for epoch in state.history), 3),
        }

    def _fit(
        self,
        model: Classifier,
        task: TrainingTask,
        data: Images,
        state: TrainingState | None,
        callbacks: Callbacks,
    ) -> TrainingState:
        """Train the model, from the first epoch or from a given state."""
        tensors = {
            split: (to_device(data.images[split], self.device), from_numpy(data.labels[split]).to(self.device))
            for split in ("train", "validation")
        }
        return train(
            model,
            task.recipe,
            *tensors["train"],
            tensors["validation"],
            seed=derive_seed(task.seed, task.configuration),
            state=state,
            session={**describe_device(self.device), **self.group.describe(), "commit": environment.commit()["sha"]},
            callbacks=callbacks,
            group=self.group,
        )

    def _predict(self, model: Classifier, data: Images, shift: int) -> tuple[RunPredictions, float]:
        """Predict validation and test images, and measure the test images per second.

        Test images are used only here, after training. The time includes copying features and logits to the CPU.
        """
        predictions = {}
        for split in ("validation", "test"):
            started = time.perf_counter()
            features, logits = predict_arrays(model, data.images[split], self.device, shift)
            speed = len(logits) / (time.perf_counter() - started)  # after the loop, that of the test split
            predictions[split] = Predictions(data.labels[split], logits, features, data.division.indices[split])
        return RunPredictions(**predictions), speed

    def _report(self, task: TrainingTask, stored: StoredResult) -> None:
        """Print the test metrics of a trained run, and log them to Weights & Biases."""
        test = load(RunPredictions, stored).test
        evaluation = evaluate(test.labels, test.predicted, len(task.spec.class_names))
        seconds = stored.manifest["environment"]["training_seconds"]
        self.say(
            f"{task.with_seed(task.title)}: test accuracy {evaluation.accuracy:.1%}, macro-F1 "
            f"{evaluation.macro_f1:.1%} on {evaluation.n} images of {self.source.name}; trained in {seconds:.0f} s."
        )
        metrics = {"test_accuracy": evaluation.accuracy, "test_macro_f1": evaluation.macro_f1}
        assert self._wandb_log is not None
        weights = stored.path / "weights.safetensors"
        self._wandb_log.result(metrics, evaluation.confusion, task.spec.class_names, weights)
        self._wandb_log.finish()
