"""The order of the work: data, examples of augmentation, runs, and what is computed from the runs together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from torch import channels_last, from_numpy, manual_seed

from svhnlab import environment
from svhnlab.analysis.embedding import stratified
from svhnlab.analysis.metrics import evaluate
from svhnlab.augment import preview
from svhnlab.config import Recipe
from svhnlab.data.photometry import sample_per_class
from svhnlab.data.source import DataSource
from svhnlab.models import Classifier, ResNet18, build_model, multiply_adds
from svhnlab.pipeline.analysis import Analyst
from svhnlab.pipeline.files import write_arrays, write_json, write_weights
from svhnlab.pipeline.images import Images, load_images
from svhnlab.plan import StudyPlan
from svhnlab.reading import read_predictions
from svhnlab.store import Address, Store, Stored
from svhnlab.study import stored_analysis
from svhnlab.training import start as starts
from svhnlab.training.allocator import keep_memory
from svhnlab.training.checkpoint import load_checkpoint, save_checkpoint
from svhnlab.training.device import DeviceOption, choose_device, describe_device
from svhnlab.training.loop import Callbacks, derived_seed, train
from svhnlab.training.predict import predict_arrays
from svhnlab.training.progress import shown
from svhnlab.training.tracking import Mode, Tracker

SAMPLES_PER_CLASS = 12
PREVIEW_IMAGES, PREVIEW_VARIANTS = 6, 4


@dataclass
class Trainer:
    """Makes the missing results of one study.

    Attributes
    ----------
    weights
        Path of the start weights when the plan's start is a file.
    """

    plan: StudyPlan
    source: DataSource
    store: Store
    console: Console
    device_option: DeviceOption = "auto"
    wandb: Mode = "offline"
    weights: Path | None = None
    _images: Images | None = field(default=None, init=False)
    _tracker: Tracker | None = field(default=None, init=False)

    def say(self, line: str) -> None:
        """Tell the user one line."""
        self.console.print(line, highlight=False, soft_wrap=True, markup=False)

    def make(self, runs: tuple[str, ...]) -> None:
        """Make the data's description, the examples of augmentation, the chosen runs, and the analysis.

        The analysis covers all runs that are stored by then, the chosen ones and others.
        """
        keep_memory()
        self.device = choose_device(self.device_option)
        if self.weights is not None:
            # a file that does not fit is to be told before anything is trained, not after the first runs
            backbone = build_model("resnet18", mean=(0, 0, 0), std=(1, 1, 1), image_size=32, classes=1).backbone
            starts.load_backbone(backbone, starts.file_state(self.weights), str(self.weights))
        self._ensure(self.plan.data, self._write_data)
        # from here on the report can show this study, as far as it is stored
        self.store.write_study(self.plan.key, self.plan.record())
        self._ensure(self.plan.augmentation, self._write_preview)
        # every run once before any is trained again with another seed: so the report is whole as early as can be
        for repeat in range(self.plan.seeds):
            for name in runs:
                self._ensure(self.plan.run(name, repeat), partial(self._train, name, repeat))
            if repeat == 0:
                analysis = stored_analysis(self.store, self.plan, self.say)
                stored = {name: self.plan.run(name) for name in analysis.runs}
                analyst = Analyst(analysis, self.store, stored, self.images, self.device, self.say)
                analyst.make(self._ensure)

    def _ensure(self, address: Address, write: Callable[[Path], dict[str, Any]]) -> Stored:
        """Return the stored result, making it first where it is missing or damaged."""
        with self.store.lock(address, self.say):
            stored = self.store.find_sound(address, self.say)
            if stored is None:
                started = time.perf_counter()
                record = environment.describe()
                with self.store.writing(address, record) as folder:
                    record.update(write(folder))
                    record["wall_seconds"] = round(time.perf_counter() - started, 3)
                stored = self.store.find(address)
                assert stored is not None
                if address.kind == "run":
                    self._after_training(address, stored)
            for leftover in self._checkpoint(address).parent.glob(f"*{address.name}.ckpt*"):
                leftover.unlink()
        return stored

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
        np.savez(
            folder / "images.npz",
            samples=data.images["train"][chosen],
            test_images=data.images["test"],
            test_labels=data.labels["test"],
            planted=data.planted,
        )
        write_arrays(
            folder / "statistics.npz",
            {
                f"{split}_{name}": value
                for split in data.statistics
                for name, value in vars(data.statistics[split]).items()
            },
        )
        write_arrays(folder / "split.npz", data.indices)
        summary = {
            "kind": self.source.kind,
            "name": self.source.name,
            "digest": self.source.digest,
            "protocol": data.protocol,
        }
        write_json(folder / "summary.json", summary)
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
        arrays = {f"variant_{position}": found.numpy() for position, found in enumerate(variants.values())}
        write_arrays(folder / "images.npz", {"originals": originals, **arrays})
        write_json(folder / "names.json", list(variants))
        return {}

    # --- runs

    def _build(self, recipe: Recipe, start: starts.Start, name: str, seed: int) -> Classifier:
        normal = self.images().statistics["train"]
        mean, std = tuple(normal.channel_mean.tolist()), tuple(normal.channel_std.tolist())
        if start.kind == "imagenet":
            mean, std = starts.IMAGENET_MEAN, starts.IMAGENET_STD
        manual_seed(derived_seed(seed, "weights", name))
        model = build_model(
            recipe.model, mean=mean, std=std, image_size=recipe.image_size, classes=len(self.plan.class_names)
        )
        if isinstance(model, ResNet18) and start.kind == "imagenet":
            starts.load_backbone(model.backbone, starts.imagenet_state(), "The ImageNet weights")
        elif isinstance(model, ResNet18) and start.kind == "file":
            assert self.weights is not None
            starts.load_backbone(model.backbone, starts.file_state(self.weights), str(self.weights))
        return model.to(self.device).to(memory_format=channels_last)  # type: ignore[call-overload]

    def _train(self, name: str, repeat: int, folder: Path) -> dict[str, Any]:
        recipe, start = self.plan.recipe(name), self.plan.start_of(name)
        address, title, seed = self.plan.run(name, repeat), self.plan.title(name), self.plan.seed + repeat
        data = self.images()
        model = self._build(recipe, start, name, seed)
        tensors = {
            split: (
                from_numpy(data.images[split]).to(self.device),
                from_numpy(data.labels[split]).to(self.device),
            )
            for split in ("train", "validation")
        }
        checkpoint = self._checkpoint(address)
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
            "normalisation": {
                "mean": model.mean.flatten().tolist(),
                "std": model.std.flatten().tolist(),
            },
            "classes": list(self.plan.class_names),
        }
        tracker = self._tracker = Tracker(
            self.wandb,
            self.store.root,
            name=name,
            run_id=address.key,
            config=settings,
            say=self.say,
        )
        with shown(self.console, title, recipe.epochs, len(data.images["train"]), done) as display:
            callbacks = Callbacks(
                batch_end=display.batch_end,
                epoch_end=[
                    lambda state: save_checkpoint(checkpoint, state),
                    *display.epoch_end,
                    tracker.epochs,
                ],
            )
            progress = train(
                model,
                recipe,
                *tensors["train"],
                tensors["validation"],
                seed=derived_seed(seed, name),
                progress=progress,
                session={**describe_device(self.device), "commit": environment.commit()["sha"]},
                callbacks=callbacks,
            )
        model.load_state_dict(progress.best_model)
        write_weights(folder / "weights.safetensors", progress.best_model)
        settings["weights_bytes"] = (folder / "weights.safetensors").stat().st_size
        write_json(folder / "settings.json", settings)
        history = {
            "best_epoch": progress.best_epoch,
            "epochs": [asdict(epoch) for epoch in progress.history],
        }
        write_json(folder / "history.json", history)
        predictions, speed = self._predictions(model)
        write_arrays(folder / "predictions.npz", predictions)
        return {
            "inference_images_per_second": round(speed, 1),
            **describe_device(self.device),
            "sessions": progress.sessions,
            "training_seconds": round(sum(epoch.seconds for epoch in progress.history), 3),
        }

    def _predictions(self, model: Classifier) -> tuple[dict[str, NDArray[Any]], float]:
        """Logits and features of validation, test, and a stratified sample of train: the test's only look.

        Also test images per second, with features and logits brought back to the CPU.
        """
        data = self.images()
        size = min(self.plan.profile.feature_sample, len(data.labels["train"]))
        sample = stratified(data.labels["train"], size, np.random.default_rng(self.plan.split.seed))
        arrays: dict[str, NDArray[Any]] = {}
        for split in ("train", "validation", "test"):
            rows = sample if split == "train" else slice(None)
            started = time.perf_counter()
            features, logits = predict_arrays(model, data.images[split][rows], self.device)
            speed = len(logits) / (time.perf_counter() - started)  # that of the last split, the test, is kept
            arrays[f"{split}_features"], arrays[f"{split}_logits"] = features, logits
            arrays[f"{split}_labels"] = data.labels[split][rows]
            arrays[f"{split}_indices"] = data.indices[split][rows]
        return arrays, speed

    def _checkpoint(self, address: Address) -> Path:
        return self.store.root / "checkpoints" / f"{address.name}.ckpt"

    def _after_training(self, address: Address, stored: Stored) -> None:
        """Tell the user and Weights & Biases what came out."""
        test = read_predictions(stored.arrays("predictions.npz"), "test")
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
