"""The training loop learns, depends only on its seed, and gives the same numbers when resumed from a checkpoint."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from svhnlab.config.profiles import PROFILES
from svhnlab.config.recipes import Recipe
from svhnlab.models.networks import Classifier, build_model
from svhnlab.store.schema import Epoch
from svhnlab.training.checkpoint import load_checkpoint, save_checkpoint
from svhnlab.training.loop import Callbacks, TrainingState, derive_seed, one_cycle, train, within_one_standard_error
from svhnlab.training.predict import evaluate_split, features_and_logits

RECIPE = replace(PROFILES["demo"].recipes["cnn-aug"], epochs=3, batch_size=32)


def striped(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images that are easy to classify: the class is the bright row."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 10
    images = torch.randint(0, 60, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[:, 3 * label : 3 * label + 3] += 150
    return images, labels


TRAINING, VALIDATION = striped(200, 0), striped(60, 1)


def fresh() -> Classifier:
    torch.manual_seed(0)
    return build_model("cnn", image_size=32, classes=10)


def run(recipe: Recipe = RECIPE, **options: object) -> TrainingState:
    return train(fresh(), recipe, *TRAINING, VALIDATION, seed=7, **options)  # type: ignore[arg-type]


def numbers(progress: TrainingState) -> list[dict[str, float]]:
    """Return the history without times."""
    clock = {"seconds", "images_per_second"}
    return [{k: v for k, v in asdict(epoch).items() if k not in clock} for epoch in progress.history]


class TestTrain:
    def test_it_learns(self) -> None:
        """An easy task is learned."""
        progress = run(replace(RECIPE, epochs=6, augmentation=None))
        assert progress.history[-1].validation_accuracy > 0.9
        assert progress.history[-1].train_loss < progress.history[0].train_loss

    def test_same_seed_same_numbers(self) -> None:
        """All randomness comes from the seed."""
        assert numbers(run()) == numbers(run())

    def test_resumed_is_undisturbed(self, tmp_path: Path) -> None:
        """A training that is stopped and resumed ends with the weights of an uninterrupted one."""
        whole = run()

        class Stop(Exception):
            pass

        def stop(state: TrainingState) -> None:
            save_checkpoint(tmp_path / "state", state)
            if len(state.history) == 2:
                raise Stop

        with pytest.raises(Stop):
            run(callbacks=Callbacks(epoch_end=[stop]))
        epochs: set[int] = set()
        resumed = run(
            state=load_checkpoint(tmp_path / "state", print),
            callbacks=Callbacks(batch_end=[lambda epoch, *_: epochs.add(epoch)]),
        )
        assert epochs == {3}
        assert numbers(resumed) == numbers(whole)
        for name, value in whole.model.items():
            assert torch.equal(resumed.model[name], value), name
        assert resumed.best_epoch == whole.best_epoch

    def test_kept_epoch_is_by_validation(self) -> None:
        """The best epoch is the last one within a standard error of the highest accuracy."""
        progress = run(replace(RECIPE, epochs=5, learning_rate=0.02))
        accuracies = [epoch.validation_accuracy for epoch in progress.history]
        error = (max(accuracies) * (1 - max(accuracies)) / len(VALIDATION[1])) ** 0.5
        kept = max(i for i, accuracy in enumerate(accuracies, 1) if accuracy >= max(accuracies) - error)
        assert progress.best_epoch == kept
        model = fresh()
        model.load_state_dict(progress.best_model)
        best = progress.history[kept - 1]
        assert evaluate_split(model, *VALIDATION) == (best.validation_loss, best.validation_accuracy)

    def test_every_image_counts_once_an_epoch(self) -> None:
        """Every image is used once, also those of the last small batch."""
        seen: list[tuple[int, int, int]] = []
        run(callbacks=Callbacks(batch_end=[lambda *arguments: seen.append(arguments)]))
        assert [done for epoch, done, _ in seen if epoch == 1] == [32, 64, 96, 128, 160, 192, 200]
        assert {count for *_, count in seen} == {200}

    def test_last_batch_of_one_is_trained(self) -> None:
        """A last batch of one image is merged into the batch before it."""
        torch.manual_seed(0)
        model = build_model("resnet18", image_size=32, classes=10)
        images, labels = TRAINING[0][:17], TRAINING[1][:17]
        seen: list[int] = []
        train(
            model,
            replace(RECIPE, epochs=1, batch_size=8),
            images,
            labels,
            (images, labels),
            seed=0,
            callbacks=Callbacks(batch_end=[lambda epoch, done, count: seen.append(done)]),
        )
        assert seen == [8, 17]

    def test_sessions_are_recorded(self, tmp_path: Path) -> None:
        """The state records every session of a training."""
        first = run(replace(RECIPE, epochs=1), session={"device": "a"})
        save_checkpoint(tmp_path / "state", first)
        second = run(state=load_checkpoint(tmp_path / "state", print), session={"device": "b"})
        assert second.sessions == [{"from_epoch": 1, "device": "a"}, {"from_epoch": 2, "device": "b"}]


class TestWithinOneStandardError:
    @staticmethod
    def keeps_last(*accuracies: float) -> bool:
        history = [Epoch(i, 0.0, 0.0, 0.0, accuracy, 0.0, 0.0, 0.0) for i, accuracy in enumerate(accuracies, start=1)]
        return within_one_standard_error(history, 100)

    def test_small_difference(self) -> None:
        """A later epoch is kept although an earlier one was better by less than a standard error (3 points)."""
        assert self.keeps_last(0.5, 0.91, 0.90)

    def test_large_difference(self) -> None:
        """An earlier epoch is kept if the last one is worse by more than a standard error."""
        assert not self.keeps_last(0.5, 0.91, 0.80)

    def test_first_epoch(self) -> None:
        """The first epoch is kept, even with an accuracy of zero."""
        assert self.keeps_last(0.0)


class TestOneCycle:
    @given(st.integers(1, 500), st.floats(0.0, 0.9))
    def test_rises_then_falls_within_bounds(self, steps: int, warmup: float) -> None:
        """The learning rate is between zero and its peak, and has one maximum."""
        rates = [one_cycle(step, steps, warmup) for step in range(steps)]
        assert all(0 <= rate <= 1 for rate in rates)
        summit = rates.index(max(rates))
        assert rates[: summit + 1] == sorted(rates[: summit + 1])
        assert rates[summit:] == sorted(rates[summit:], reverse=True)


class TestDerivedSeed:
    def test_uses_are_independent(self) -> None:
        """Seeds for different purposes and epochs differ."""
        seeds = [derive_seed(seed, use, epoch) for seed in (0, 1) for use in ("order", "dropout") for epoch in (1, 2)]
        assert len(set(seeds)) == len(seeds)
        assert derive_seed(0, "order", 1) == seeds[0]


class TestCheckpoint:
    def test_damage_is_noticed(self, tmp_path: Path) -> None:
        """A truncated or changed checkpoint is reported, moved and not used."""
        path = tmp_path / "state.ckpt"
        save_checkpoint(path, run(replace(RECIPE, epochs=1)))
        content = path.read_bytes()
        for damaged in (content[:-10], content[:100], content[:-1] + bytes([content[-1] ^ 1]), b""):
            path.write_bytes(damaged)
            said: list[str] = []
            assert load_checkpoint(path, said.append) is None
            assert "damaged" in said[0].lower()
            assert not path.exists()

    def test_none_where_there_is_none(self, tmp_path: Path) -> None:
        """Without a file there is no state."""
        assert load_checkpoint(tmp_path / "state.ckpt", print) is None


class TestFeaturesAndLogits:
    def test_batches_do_not_matter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Features do not depend on the batches."""
        model = fresh()
        whole = features_and_logits(model, TRAINING[0])
        monkeypatch.setattr("svhnlab.training.predict.BATCH", 7)
        parts = features_and_logits(model, TRAINING[0])
        for one, other in zip(whole, parts, strict=True):
            torch.testing.assert_close(one, other)

    @pytest.mark.parametrize("shift", [1, 2])
    def test_moved_images_are_averaged(self, shift: int) -> None:
        """With a shift, features are means over the image and its four shifted copies, and logits follow from them."""
        model, images = fresh().eval(), TRAINING[0][:4]
        features, logits = features_and_logits(model, images, shift)
        with torch.inference_mode():
            pixels = images.float() / 255
            views = [pixels]
            for axis in (2, 3):
                for sign in (-1, 1):
                    view = pixels
                    for _ in range(shift):  # one pixel at a time, the edge repeated
                        kept = view.narrow(axis, 0 if sign > 0 else 1, 31)
                        edge = view.narrow(axis, 0 if sign > 0 else 31, 1)
                        view = torch.cat([edge, kept] if sign > 0 else [kept, edge], dim=axis)
                    views.append(view)
            expected = torch.stack([model.forward_features(view) for view in views]).mean(dim=0)
            torch.testing.assert_close(features, expected)
            torch.testing.assert_close(logits, model.forward_head(expected))
