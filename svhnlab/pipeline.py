"""What ``svhnlab train`` does: make every result of a study that is not stored yet, in order."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from safetensors.torch import save_file
from torch import Tensor, channels_last, from_numpy, manual_seed

from svhnlab import environment
from svhnlab.analysis.embedding import FEWEST_POINTS, embed, stratified
from svhnlab.analysis.metrics import evaluate
from svhnlab.augment import preview
from svhnlab.config import Recipe
from svhnlab.data.format2 import read_format2
from svhnlab.data.photometry import image_statistics, sample_per_class
from svhnlab.data.source import DataSource
from svhnlab.data.splits import Split, describe, split_indices
from svhnlab.errors import InputError
from svhnlab.models import Classifier, ResNet18, build_model
from svhnlab.results import DIGITS, ImageStatistics
from svhnlab.store import Address, Store, Stored
from svhnlab.study import StudyPlan, read_predictions
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


@dataclass(frozen=True)
class Images:
    """The images of a study by split, with their positions in the files they come from."""

    images: dict[str, NDArray[np.uint8]]
    labels: dict[str, NDArray[np.int64]]
    indices: dict[str, NDArray[np.int64]]
    statistics: dict[str, ImageStatistics]
    planted: NDArray[np.int64]  # rows of the test split whose label is known to be wrong
    protocol: str


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
        """Make the data's description, the examples of augmentation, and the chosen runs with their maps."""
        keep_memory()
        self.device = choose_device(self.device_option)
        if self.weights is not None:
            # a file that does not fit is to be told before anything is trained, not after the first runs
            backbone = build_model("resnet18", mean=(0, 0, 0), std=(1, 1, 1), image_size=32).backbone
            starts.load_backbone(backbone, starts.file_state(self.weights), str(self.weights))
        self._ensure(self.plan.data, self._write_data)
        # from here on the report can show this study, as far as it is stored
        self.store.write_study(self.plan.key, self.plan.record())
        self._ensure(self.plan.augmentation, self._write_preview)
        for name in runs:
            stored = self._ensure(self.plan.run(name), partial(self._train, name))
            self._ensure(self.plan.embedding(name), partial(self._write_embedding, stored))

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
        chosen = sample_per_class(data.labels["train"], samples, self.plan.split.seed)
        np.savez(
            folder / "images.npz",
            samples=data.images["train"][chosen],
            test_images=data.images["test"],
            test_labels=data.labels["test"],
            planted=data.planted,
        )
        _write_arrays(
            folder / "statistics.npz",
            {
                f"{split}_{name}": value
                for split in data.statistics
                for name, value in vars(data.statistics[split]).items()
            },
        )
        _write_arrays(folder / "split.npz", data.indices)
        summary = {
            "kind": self.source.kind,
            "name": self.source.name,
            "digest": self.source.digest,
            "protocol": data.protocol,
        }
        _write_json(folder / "summary.json", summary)
        return {}

    def _write_preview(self, folder: Path) -> dict[str, Any]:
        data = self.images()
        one_each = sample_per_class(data.labels["train"], 1, self.plan.split.seed)[:, 0]
        originals = data.images["train"][one_each[:PREVIEW_IMAGES]]
        variants = preview(
            from_numpy(originals), self.plan.shown_augmentation, variants=PREVIEW_VARIANTS, seed=self.plan.seed
        )
        arrays = {f"variant_{position}": found.numpy() for position, found in enumerate(variants.values())}
        _write_arrays(folder / "images.npz", {"originals": originals, **arrays})
        _write_json(folder / "names.json", list(variants))
        return {}

    # --- runs

    def _build(self, recipe: Recipe, start: starts.Start, name: str) -> Classifier:
        normal = self.images().statistics["train"]
        mean, std = tuple(normal.channel_mean.tolist()), tuple(normal.channel_std.tolist())
        if start.kind == "imagenet":
            mean, std = starts.IMAGENET_MEAN, starts.IMAGENET_STD
        manual_seed(derived_seed(self.plan.seed, "weights", name))
        model = build_model(recipe.model, mean=mean, std=std, image_size=recipe.image_size, classes=len(DIGITS))
        if isinstance(model, ResNet18) and start.kind == "imagenet":
            starts.load_backbone(model.backbone, starts.imagenet_state(), "The ImageNet weights")
        elif isinstance(model, ResNet18) and start.kind == "file":
            assert self.weights is not None
            starts.load_backbone(model.backbone, starts.file_state(self.weights), str(self.weights))
        return model.to(self.device).to(memory_format=channels_last)  # type: ignore[call-overload]

    def _train(self, name: str, folder: Path) -> dict[str, Any]:
        recipe, start = self.plan.recipe(name), self.plan.start_of(name)
        address, title = self.plan.run(name), self.plan.title(name)
        data = self.images()
        model = self._build(recipe, start, name)
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
            "seed": self.plan.seed,
            "data": {"name": self.source.name, "digest": self.source.digest, "protocol": data.protocol},
            "image_count": len(data.images["train"]),
            "parameters": sum(weight.numel() for weight in model.parameters()),
            "normalisation": {
                "mean": model.mean.flatten().tolist(),
                "std": model.std.flatten().tolist(),
            },
            "classes": list(DIGITS),
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
                seed=derived_seed(self.plan.seed, name),
                progress=progress,
                session={**describe_device(self.device), "commit": environment.commit()["sha"]},
                callbacks=callbacks,
            )
        model.load_state_dict(progress.best_model)
        _write_weights(folder / "weights.safetensors", progress.best_model)
        _write_json(folder / "settings.json", settings)
        history = {
            "best_epoch": progress.best_epoch,
            "epochs": [asdict(epoch) for epoch in progress.history],
        }
        _write_json(folder / "history.json", history)
        _write_arrays(folder / "predictions.npz", self._predictions(model))
        return {
            **describe_device(self.device),
            "sessions": progress.sessions,
            "training_seconds": round(sum(epoch.seconds for epoch in progress.history), 3),
        }

    def _predictions(self, model: Classifier) -> dict[str, NDArray[Any]]:
        """Logits and features of validation, test, and a stratified sample of train: the test's only look."""
        data = self.images()
        size = min(self.plan.profile.feature_sample, len(data.labels["train"]))
        sample = stratified(data.labels["train"], size, np.random.default_rng(self.plan.split.seed))
        arrays: dict[str, NDArray[Any]] = {}
        for split in ("train", "validation", "test"):
            rows = sample if split == "train" else slice(None)
            features, logits = predict_arrays(model, data.images[split][rows], self.device)
            arrays[f"{split}_features"], arrays[f"{split}_logits"] = features, logits
            arrays[f"{split}_labels"] = data.labels[split][rows]
            arrays[f"{split}_indices"] = data.indices[split][rows]
        return arrays

    def _checkpoint(self, address: Address) -> Path:
        return self.store.root / "checkpoints" / f"{address.name}.ckpt"

    def _after_training(self, address: Address, stored: Stored) -> None:
        """Tell the user and Weights & Biases what came out."""
        test = read_predictions(stored.arrays("predictions.npz"), "test")
        found = evaluate(test.labels, test.predicted, len(DIGITS))
        seconds = stored.manifest["environment"]["training_seconds"]
        self.say(
            f"{self.plan.title(address.label)}: test accuracy {found.accuracy:.1%}, macro-F1 "
            f"{found.macro_f1:.1%} on {found.n} images of {self.source.name}; trained in {seconds:.0f} s."
        )
        metrics = {"test_accuracy": found.accuracy, "test_macro_f1": found.macro_f1}
        assert self._tracker is not None
        self._tracker.result(metrics, found.confusion, DIGITS, stored.path / "weights.safetensors")
        self._tracker.finish()

    def _write_embedding(self, run: Stored, folder: Path) -> dict[str, Any]:
        test = read_predictions(run.arrays("predictions.npz"), "test")
        settings = self.plan.profile.embedding
        self.say(f"{run.manifest['label']}: t-SNE of {min(settings.points, len(test.labels))} test features ...")
        maps = embed(
            test.features,
            test.labels,
            test.wrong,
            points=settings.points,
            components=settings.components,
            seed=self.plan.seed,
        )
        np.savez(folder / "maps.npz", rows=maps.rows, planar=maps.planar, spatial=maps.spatial)
        _write_json(folder / "about.json", {"scores": maps.scores, "settings": maps.settings})
        return {"device": "cpu"}


def load_images(plan: StudyPlan, source: DataSource) -> Images:
    """Read the two files of a data source and divide them as the plan says."""
    training, test = read_format2(source.train), read_format2(source.test)
    settings = plan.split
    split: Split = split_indices(
        training.labels,
        len(test.labels),
        protocol=settings.protocol,
        seed=settings.seed,
        validation_share=settings.validation_share,
    )
    protocol = describe(settings.protocol, seed=settings.seed, validation_share=settings.validation_share)
    rows = split.train
    if settings.train_limit is not None and len(rows) > settings.train_limit:
        kept = stratified(training.labels[rows], settings.train_limit, np.random.default_rng(settings.seed))
        rows = rows[kept]
        protocol += f" Of the training images, a stratified sample of {len(rows):,} is used."
    from_training_file = split.test_file == "train"
    tested = training if from_training_file else test
    known = source.planted_train if from_training_file else source.planted_test
    parts = {
        "train": (training, rows),
        "validation": (training, split.validation),
        "test": (tested, split.test),
    }
    images = {name: file.images[chosen] for name, (file, chosen) in parts.items()}
    labels = {name: file.labels[chosen] for name, (file, chosen) in parts.items()}
    if len(labels["test"]) < FEWEST_POINTS:
        raise InputError(
            f"{source.test} has {len(labels['test'])} images; a study needs at least {FEWEST_POINTS} for its test."
        )
    return Images(
        images=images,
        labels=labels,
        indices={name: chosen for name, (_, chosen) in parts.items()},
        statistics={name: image_statistics(images[name], labels[name], len(DIGITS)) for name in parts},
        planted=np.flatnonzero(np.isin(split.test, known.indices)).astype(np.int64),
        protocol=protocol,
    )


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


def _write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    np.savez(path, **dict(arrays))  # type: ignore[arg-type]  # numpy's stub types every keyword as a flag


def _write_weights(path: Path, state: dict[str, Tensor]) -> None:
    save_file({name: value.contiguous().cpu() for name, value in state.items()}, path)
