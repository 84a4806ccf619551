"""Single pictures: colour modes, sizes, orientation, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svhnlab.data.pictures import MAX_PIXELS, UnreadablePicture, fit, read_picture, strict_decoding, to_rgb

RED = (200, 40, 20)


def one_colour(mode: str, colour: object, size: tuple[int, int] = (8, 8)) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


class TestReadPicture:
    @pytest.mark.parametrize(
        ("picture", "suffix", "expected", "found"),
        [
            (one_colour("RGB", RED), "png", RED, ()),
            (one_colour("L", 90), "png", (90, 90, 90), ("grey",)),
            (one_colour("1", 1), "png", (255, 255, 255), ("grey",)),
            (one_colour("RGB", RED).quantize(4), "png", RED, ("with a palette",)),
            (one_colour("RGBA", (*RED, 0)), "png", (255, 255, 255), ("with transparency",)),
            (one_colour("RGBA", (0, 0, 0, 51)), "webp", (204, 204, 204), ("with transparency",)),
            (one_colour("LA", (90, 255)), "png", (90, 90, 90), ("with transparency",)),
            (one_colour("CMYK", (0, 255, 255, 0)), "tif", (255, 0, 0), ("in CMYK",)),
            (one_colour("RGB", RED), "bmp", RED, ()),
        ],
    )
    def test_colour_modes(
        self, tmp_path: Path, picture: Image.Image, suffix: str, expected: tuple[int, ...], found: tuple[str, ...]
    ) -> None:
        """Every mode becomes RGB with 8 bits, and the conversion is named."""
        picture.save(tmp_path / f"a.{suffix}", **({"lossless": True} if suffix == "webp" else {}))
        read, kinds = read_picture(tmp_path / f"a.{suffix}", 8)
        assert read.mode == "RGB"
        assert (read.getpixel((3, 3)), kinds) == (expected, found)

    def test_sixteen_bits(self, tmp_path: Path) -> None:
        """Values of 16 bits are scaled to 8, not cut off."""
        values = np.array([[0, 257, 32_896, 65_535]], dtype=np.uint16)
        Image.fromarray(values).save(tmp_path / "a.png")
        read, kinds = read_picture(tmp_path / "a.png", 8)
        assert np.asarray(read)[0, :, 0].tolist() == [0, 1, 128, 255]
        assert kinds == ("of 16 bits",)

    def test_orientation(self, tmp_path: Path) -> None:
        """The orientation in the EXIF metadata is applied."""
        picture = one_colour("RGB", (0, 0, 0), (16, 8))
        picture.paste((255, 255, 255), (0, 0, 8, 8))
        exif = Image.Exif()
        exif[0x0112] = 6  # turn clockwise
        picture.save(tmp_path / "a.png", exif=exif)
        read, kinds = read_picture(tmp_path / "a.png", 16)
        assert read.size == (8, 16)
        assert (read.getpixel((4, 2)), read.getpixel((4, 12))) == ((255, 255, 255), (0, 0, 0))
        assert kinds == ("turned by their metadata",)

    def test_several_frames(self, tmp_path: Path) -> None:
        """The first frame of an animation is used."""
        frames = [one_colour("RGB", colour) for colour in (RED, (0, 0, 0))]
        frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
        read, kinds = read_picture(tmp_path / "a.gif", 8)
        assert np.abs(np.subtract(read.getpixel((0, 0)), RED)).max() < 8  # type: ignore[arg-type]
        assert kinds[0] == "with several frames"

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("empty.png", b"", "not a PNG"),
            ("text.jpg", b"hello", "not a PNG"),
            ("page.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a PNG"),
            ("header.png", b"\x89PNG\r\n\x1a\n", "not a PNG"),
        ],
    )
    def test_no_picture(self, tmp_path: Path, name: str, content: bytes, words: str) -> None:
        """A file with another content is refused, whatever its suffix; only decoders of the listed formats are used."""
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadablePicture, match=words):
            read_picture(tmp_path / name, 8)

    @pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tif"])
    def test_cut_off(self, tmp_path: Path, suffix: str) -> None:
        """The first half of a file is refused, not filled with grey."""
        rng = np.random.default_rng(0)
        path = tmp_path / f"a.{suffix}"
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(UnreadablePicture, match=r"damaged|not a PNG"):
            read_picture(path, 8)

    def test_too_many_pixels(self, tmp_path: Path) -> None:
        """A small file that decodes to a huge picture is refused before it is decoded."""
        side = int(MAX_PIXELS**0.5) + 10
        Image.new("1", (side, side)).save(tmp_path / "a.png")
        assert (tmp_path / "a.png").stat().st_size < 100_000
        with strict_decoding(), pytest.raises(UnreadablePicture, match="more than 89,478,485 pixels"):
            read_picture(tmp_path / "a.png", 8)

    def test_unusual_pixels(self) -> None:
        """Floating-point pixels and 32-bit integers beyond 16 bits have no defined scale."""
        for picture in (one_colour("F", 0.5), Image.fromarray(np.array([[70_000]], dtype=np.int32))):
            with pytest.raises(UnreadablePicture, match="8 or 16 bits"):
                to_rgb(picture)


class TestFit:
    def test_right_size_is_unchanged(self) -> None:
        """The pixels of a picture of the right size are those of the file."""
        pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        assert np.array_equal(fit(Image.fromarray(pixels), 32), np.moveaxis(pixels, -1, 0))

    def test_proportions(self) -> None:
        """The longer side fills the square, and the rest has the mean colour, evenly at both ends."""
        picture = one_colour("RGB", RED, (40, 10))
        picture.paste((0, 0, 0), (0, 0, 20, 10))
        square = fit(picture, 32)
        assert square.shape == (3, 32, 32)
        assert np.array_equal(square[:, 0, 0], square[:, -1, -1])
        assert square[:, 0, 0].tolist() == [100, 20, 10]
        assert square[:, 16, 2].tolist() == [0, 0, 0]
        assert square[:, 16, -3].tolist() == list(RED)

    def test_reduction_averages(self) -> None:
        """A pattern of single pixels becomes grey; without antialiasing it would alias."""
        pattern = np.indices((256, 256)).sum(axis=0) % 2 * 255
        square = fit(Image.fromarray(pattern.astype(np.uint8)).convert("RGB"), 32)
        assert np.abs(square.astype(int) - 127).max() <= 4

    @pytest.mark.parametrize("size", [(1, 1), (1, 5000), (3, 2)])
    def test_extreme_sizes(self, size: tuple[int, int]) -> None:
        """One pixel, a line, and a picture that is enlarged."""
        square = fit(one_colour("RGB", RED, size), 64)
        assert np.array_equal(square, np.broadcast_to(np.array(RED, dtype=np.uint8)[:, None, None], (3, 64, 64)))
