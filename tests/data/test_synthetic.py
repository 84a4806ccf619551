"""Generated digits: reproducibility, label errors, images, and files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.io import loadmat
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from svhnlab.config.recipes import GENERATOR_VERSION
from svhnlab.data.mat import read_format2
from svhnlab.data.synthetic import GeneratedSplit, files, generate, write_generated
from svhnlab.data.synthetic.glyphs import CELL, PER_HEIGHT, load_atlas, sample_fields
from svhnlab.data.synthetic.layout import MARGIN, Layouts, draw_layouts, draw_numbers, number_coordinates
from svhnlab.data.synthetic.other import LETTERS, draw_letters, draw_walls, load_letters
from svhnlab.data.synthetic.split import CLASS_FREQUENCIES
from svhnlab.data.synthetic.strokes import Hand
from svhnlab.errors import InputError


@pytest.fixture(scope="module")
def digits() -> GeneratedSplit:
    return generate(2000, seed=7, split="train")


class TestGenerate:
    def test_shapes_and_types(self, digits: GeneratedSplit) -> None:
        """The arrays have the documented shapes and types."""
        assert digits.images.shape == (2000, 3, 32, 32)
        assert digits.images.dtype == np.uint8
        assert digits.labels.shape == digits.true_labels.shape == (2000,)
        assert digits.labels.dtype == digits.true_labels.dtype == digits.injected.dtype == np.int64
        assert digits.photographs.shape == (2000,)
        assert digits.photographs.dtype == np.int64

    def test_same_seed_same_digits(self) -> None:
        """All randomness comes from the seed."""
        one, two = generate(60, seed=3, split="test"), generate(60, seed=3, split="test")
        for name in ("images", "labels", "injected", "true_labels", "photographs"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))

    def test_other_seed_other_digits(self) -> None:
        """Another seed gives other images and other labels."""
        one, two = generate(60, seed=3, split="test"), generate(60, seed=4, split="test")
        assert (one.images != two.images).any(axis=(1, 2, 3)).all()
        assert (one.labels != two.labels).any()

    def test_splits_share_no_image(self) -> None:
        """Training and test digits of one seed differ."""
        one, two = generate(60, seed=3, split="train"), generate(60, seed=3, split="test")
        assert not {image.tobytes() for image in one.images} & {image.tobytes() for image in two.images}

    @settings(max_examples=3)
    @given(st.integers(1, 1200))
    def test_longer_split_begins_with_the_shorter(self, digits: GeneratedSplit, count: int) -> None:
        """An image does not depend on the number of images, also across chunks and within a photograph."""
        shorter = generate(count, seed=7, split="train")
        for name in ("images", "labels", "true_labels", "photographs"):
            np.testing.assert_array_equal(getattr(shorter, name), getattr(digits, name)[:count])
        np.testing.assert_array_equal(shorter.injected, digits.injected[digits.injected < count])

    @pytest.mark.parametrize("split", ["train", "test"])
    def test_class_frequencies_are_those_of_svhn(self, split: str, request: pytest.FixtureRequest) -> None:
        """Each digit's count is within five standard deviations of SVHN's share."""
        if split == "train":
            found = request.getfixturevalue("digits").true_labels
        else:
            found = generate(1000, seed=11, split=split).true_labels
        share = np.array(CLASS_FREQUENCIES[split]) / sum(CLASS_FREQUENCIES[split])
        spread = np.sqrt(len(found) * share * (1 - share))
        assert (np.abs(np.bincount(found, minlength=10) - len(found) * share) < 5 * spread).all()

    def test_injected_are_exactly_the_wrong_labels(self, digits: GeneratedSplit) -> None:
        """The injected indices are sorted and complete, and about one label in a hundred is wrong."""
        np.testing.assert_array_equal(digits.injected, np.flatnonzero(digits.labels != digits.true_labels))
        assert 1 <= len(digits.injected) <= 42  # 20 expected; five standard deviations are 22
        assert digits.labels.min() >= 0
        assert digits.labels.max() <= 9

    @settings(max_examples=3)
    @given(st.floats(0, 1))
    def test_wrong_share_changes_labels_alone(self, wrong_share: float) -> None:
        """The share of wrong labels is as requested, and changes neither images nor true labels."""
        expected, found = (generate(500, seed=5, split="train", wrong_share=share) for share in (0.0, wrong_share))
        np.testing.assert_array_equal(expected.images, found.images)
        np.testing.assert_array_equal(expected.true_labels, found.true_labels)
        assert not len(expected.injected)
        assert len(found.injected) == pytest.approx(500 * wrong_share, abs=5 * np.sqrt(500 / 4))

    def test_images_are_not_degenerate(self, digits: GeneratedSplit) -> None:
        """Every image has contrast, no two are equal, and brightness varies as in photographs."""
        luma = digits.images.mean(axis=1) / 255
        assert (luma.std(axis=(1, 2)) > 0.015).all()
        assert len({image.tobytes() for image in digits.images}) == len(digits.images)
        assert 0.35 < luma.mean() < 0.55
        assert 0.08 < luma.mean(axis=(1, 2)).std() < 0.25

    def test_images_show_their_labels(self, digits: GeneratedSplit) -> None:
        """A linear classifier on coarse strokes is far more accurate than always predicting 1 (19 %)."""
        luma = digits.images.mean(axis=1)
        # digits are lighter or darker than the background; the absolute deviation from the median ignores the sign
        strokes = np.abs(luma - np.median(luma, axis=(1, 2), keepdims=True))
        coarse = strokes.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)
        coarse /= coarse.sum(axis=1, keepdims=True)
        classifier = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)
        classifier.fit(coarse[:1500], digits.true_labels[:1500])
        assert classifier.score(coarse[1500:], digits.true_labels[1500:]) > 0.32

    @pytest.mark.parametrize(("count", "split"), [(0, "train"), (10, "validation")])
    def test_refuses_what_it_does_not_have(self, count: int, split: str) -> None:
        """An empty or unknown split is an error, not an empty result."""
        with pytest.raises(ValueError, match="has to be"):
            generate(count, seed=0, split=split)


def best_correlation(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the best correlation of luma between images and those to their right, each of shape (N, 3, 32, 32).

    The right image is shifted by 4 to 26 pixels to the right and by up to 3 pixels up or down; the correlation is that
    of the common part.
    """
    one, two = left.mean(axis=1), right.mean(axis=1)
    best = np.full(len(one), -1.0)
    for right_by in range(4, 27):
        for down_by in range(-3, 4):
            a = one[:, max(down_by, 0) : 32 + min(down_by, 0), right_by:]
            b = two[:, max(-down_by, 0) : 32 + min(-down_by, 0), : 32 - right_by]
            a, b = a - a.mean(axis=(1, 2), keepdims=True), b - b.mean(axis=(1, 2), keepdims=True)
            norm = np.sqrt((a**2).sum(axis=(1, 2)) * (b**2).sum(axis=(1, 2))) + 1e-9
            best = np.maximum(best, (a * b).sum(axis=(1, 2)) / norm)
    return best


class TestPhotographs:
    def test_images_of_a_photograph_are_contiguous(self, digits: GeneratedSplit) -> None:
        """Photographs are numbered from 0 in the order of the images, and none is left out."""
        assert digits.photographs[0] == 0
        assert set(np.diff(digits.photographs)) == {0, 1}

    def test_number_lengths(self, digits: GeneratedSplit) -> None:
        """A photograph gives one to four images, 2.47 on average."""
        sizes = np.bincount(digits.photographs)
        assert set(sizes) == {1, 2, 3, 4}
        assert sizes.mean() == pytest.approx(2.47, abs=5 * sizes.std() / np.sqrt(len(sizes)))

    def test_no_number_starts_with_zero(self, digits: GeneratedSplit) -> None:
        """The first image of a photograph does not show 0."""
        first = np.flatnonzero(np.diff(digits.photographs, prepend=-1))
        assert (digits.true_labels[first] != 0).all()

    def test_crops_of_a_number_overlap(self, digits: GeneratedSplit) -> None:
        """Shifted onto one another, adjacent crops show the same scene if they are from one photograph only."""
        best = best_correlation(digits.images[:-1], digits.images[1:])
        same = digits.photographs[:-1] == digits.photographs[1:]
        assert (best[same] > 0.9).mean() > 0.65
        assert (best[~same] > 0.9).mean() < 0.03

    def test_crops_of_a_number_have_the_same_light(self, digits: GeneratedSplit) -> None:
        """Brightness and colours differ far less within a photograph than between photographs."""
        colours = digits.images.mean(axis=(2, 3))
        same = digits.photographs[:-1] == digits.photographs[1:]
        steps = np.abs(np.diff(colours, axis=0)).mean(axis=1)
        assert np.median(steps[same]) < np.median(steps[~same]) / 3


class TestDrawNumbers:
    @settings(max_examples=20)
    @given(st.lists(st.floats(0.05, 1), min_size=10, max_size=10), st.integers(0, 2**32 - 1))
    def test_digits_have_their_frequencies(self, weights: list[float], seed: int) -> None:
        """All digits together have the requested shares, although no number starts with 0."""
        share = np.array(weights) / sum(weights)
        # more zeros than digits after the first are impossible
        share[0] = min(share[0], 0.3)
        share /= share.sum()
        numbers = draw_numbers(4000, share, np.random.default_rng(seed))
        assert (numbers[:, 0] > 0).all()
        assert (np.diff((numbers >= 0).astype(int), axis=1) <= 0).all()
        shown = numbers[numbers >= 0]
        spread = np.sqrt(share * (1 - share) / len(shown))
        np.testing.assert_array_less(np.abs(np.bincount(shown, minlength=10) / len(shown) - share), 6 * spread)


@pytest.fixture(scope="module")
def layouts() -> Layouts:
    rng = np.random.default_rng(5)
    return draw_layouts(draw_numbers(300, np.full(10, 0.1), rng), load_atlas(), rng)


class TestDrawLayouts:
    def test_photograph_is_its_crops_and_a_margin(self, layouts: Layouts) -> None:
        """The crops touch the margin on all four sides and do not exceed it."""
        shown = (layouts.digits >= 0)[:, :, None]
        end = np.where(shown, layouts.corner + layouts.side[:, :, None], 0).max(axis=1)
        start = np.where(shown, layouts.corner, 10_000).min(axis=1)
        assert (start == MARGIN).all()
        np.testing.assert_array_equal(end + MARGIN, layouts.size)

    def test_crops_show_their_digits(self, layouts: Layouts) -> None:
        """Whatever the slant, rotation and perspective, the centre of a digit is near the centre of its crop."""
        height, width = layouts.size.max(axis=0)
        x, y = number_coordinates(layouts, int(height), int(width))
        photograph, place = np.nonzero(layouts.digits >= 0)
        middle = layouts.corner[photograph, place] + layouts.side[photograph, place, None] // 2
        at = (photograph, middle[:, 0], middle[:, 1])
        distance = np.hypot(x[at] - layouts.centre_x[photograph, place], y[at] - layouts.centre_y[photograph, place])
        assert np.median(distance) < 0.15
        assert distance.max() < 0.6

    def test_boxes_of_a_number_differ_a_little(self, layouts: Layouts) -> None:
        """The sides of the crops of most numbers are within a tenth of one another, but not all equal."""
        spread = np.array(
            [
                side[shown].max() / side[shown].min()
                for side, shown in zip(layouts.side, layouts.digits >= 0, strict=True)
            ]
        )
        assert 1 < spread.mean() < 1.15
        assert (spread < 1.1).mean() > 0.5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "new" / "generated"
    write_generated(folder, train=300, test=120, seed=2)
    return folder


class TestWriteGenerated:
    def test_files_and_nothing_else(self, folder: Path) -> None:
        """The folder is complete, and no temporary folder remains."""
        names = {path.name for path in folder.iterdir()}
        assert names == {"train_32x32.mat", "test_32x32.mat", "generated.json", "parameters.npz"}
        assert list(folder.parent.iterdir()) == [folder]

    @pytest.mark.parametrize(("split", "count"), [("train", 300), ("test", 120)])
    def test_official_layout(self, folder: Path, split: str, count: int) -> None:
        """The MAT files read like the official ones: X (32, 32, 3, N), y (N, 1), label 10 for the digit 0."""
        mat = loadmat(folder / f"{split}_32x32.mat")
        digits = generate(count, seed=2, split=split)
        assert mat["X"].shape == (32, 32, 3, count)
        assert mat["y"].shape == (count, 1)
        assert mat["X"].dtype == mat["y"].dtype == np.uint8
        np.testing.assert_array_equal(mat["X"].transpose(3, 2, 0, 1), digits.images)
        np.testing.assert_array_equal(mat["y"].ravel() % 10, digits.labels)
        assert set(mat["y"].ravel()) <= set(range(1, 11))
        assert 10 in mat["y"]

    def test_record_agrees(self, folder: Path) -> None:
        """generated.json has the settings of the generator and the label errors."""
        record = json.loads((folder / "generated.json").read_text(encoding="utf-8"))
        assert record["generator_version"] == GENERATOR_VERSION
        assert record["seed"] == 2
        for split, count in (("train", 300), ("test", 120)):
            digits = generate(count, seed=2, split=split)
            entry = record["files"][f"{split}_32x32.mat"]
            assert entry["count"] == count
            assert entry["planted"] == digits.injected.tolist()
            assert entry["true_labels"] == digits.true_labels[digits.injected].tolist()
            mat = loadmat(folder / f"{split}_32x32.mat")
            assert (mat["y"].ravel()[entry["planted"]] % 10 != entry["true_labels"]).all()

    def test_photographs_are_read_back(self, folder: Path) -> None:
        """The photograph of every image survives writing and reading, also where the file ends within one."""
        for split, count in (("train", 300), ("test", 120)):
            found = read_format2(folder / f"{split}_32x32.mat").photographs
            assert found is not None
            np.testing.assert_array_equal(found, generate(count, seed=2, split=split).photographs)

    def test_refuses_existing_folder(self, tmp_path: Path) -> None:
        """An existing folder is not changed."""
        with pytest.raises(InputError, match="exists already"):
            write_generated(tmp_path, train=1, test=1)
        assert not list(tmp_path.iterdir())

    def test_failure_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A failed write leaves neither the folder nor a temporary one."""

        def full_disk(*_: object, **__: object) -> None:
            raise OSError("No space left on device")

        monkeypatch.setattr(files, "write_format2", full_disk)
        with pytest.raises(OSError, match="No space"):
            write_generated(tmp_path / "generated", train=1, test=1)
        assert not list(tmp_path.iterdir())


class TestLoadAtlas:
    def test_digits_are_one_high_and_centred(self) -> None:
        """Glyphs have a height of one and are centred in their cells, as layout and crop assume."""
        rows = (load_atlas().fields > 0).any(axis=3)
        top, bottom = rows.argmax(axis=2), CELL - 1 - rows[:, :, ::-1].argmax(axis=2)
        np.testing.assert_allclose((bottom - top + 1) / PER_HEIGHT, 1, atol=0.08)
        np.testing.assert_allclose((bottom + top) / 2, (CELL - 1) / 2, atol=1.5)

    def test_every_glyph_fits_its_cell(self) -> None:
        """Nothing is cut off at a cell's border."""
        fields = load_atlas().fields
        assert (fields[:, :, [0, -1], :] < 0).all()
        assert (fields[:, :, :, [0, -1]] < 0).all()


class TestSampleFields:
    def test_reads_samples_back(self) -> None:
        """Interpolation at the sample points of a field returns the samples."""
        fields = load_atlas().fields[0, :2]
        axis = ((np.arange(CELL - 1) - (CELL - 1) / 2) / PER_HEIGHT).astype(np.float32)
        y, x = (np.stack([grid] * 2) for grid in np.meshgrid(axis, axis, indexing="ij"))
        found = sample_fields(fields, np.array([1, 0]), x, y)
        np.testing.assert_allclose(found, fields[::-1, :-1, :-1], atol=1e-3)


class TestHand:
    @settings(max_examples=25)
    @given(st.integers(0, 2**32 - 1), st.integers(0, 9))
    def test_pen_has_its_thickness(self, seed: int, digit: int) -> None:
        """The largest distance inside a digit is half the stroke width, or the radius of the balls."""
        hand = Hand.draw(np.random.default_rng(seed))
        axis = np.linspace(-0.6, 0.6, 121)
        y, x = np.meshgrid(axis, axis, indexing="ij")
        distance = hand.distance(digit, x, y)
        assert hand.pen - 0.02 < distance.max() <= max(hand.pen, hand.ball)
        assert (distance < 0).mean() > 0.4


class TestOtherImages:
    def test_letters_are_cut_from_words(self) -> None:
        """There are as many letters as asked for, and photographs of one to four of them."""
        letters = draw_letters(50, np.random.default_rng(0))
        assert letters.images.shape == (50, 3, 32, 32)
        sizes = np.bincount(letters.photographs)
        assert sizes.min() >= 1
        assert sizes.max() <= 4
        again = draw_letters(50, np.random.default_rng(0))
        np.testing.assert_array_equal(letters.images, again.images)

    def test_each_letter_has_its_shape(self) -> None:
        """Every letter is drawn in every style, in the height of a digit, and no two are equal."""
        atlas = load_letters()
        rows = (atlas.fields > 0).any(axis=3)
        assert atlas.fields.shape[1] == len(LETTERS)
        assert np.abs(rows.sum(axis=2) / PER_HEIGHT - 1).max() < 0.08
        assert len({field.tobytes() for field in atlas.fields[-1]}) == len(LETTERS)

    def test_walls_are_empty(self) -> None:
        """Each wall is its own photograph, and shows as much contrast as photographs of digits."""
        walls = draw_walls(40, np.random.default_rng(0))
        assert walls.photographs.tolist() == list(range(40))
        assert walls.images.std(axis=(1, 2, 3)).min() > 2
