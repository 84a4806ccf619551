"""Export of a stored run: the file gives the same answers, and a wrong one is not written."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from svhnlab.cli import cli
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.pipeline import export
from svhnlab.store.required import stored_run
from svhnlab.store.store import Store
from svhnlab.store.study import open_study

ONNX = all(find_spec(name) for name in ("onnx", "onnxscript", "onnxruntime"))


class TestExport:
    def test_torchscript(self, cnn_results: Path, tmp_path: Path) -> None:
        """A program without svhnlab loads the file and gets the stored predictions; the card is beside it."""
        file = tmp_path / "cnn.pt"
        answer = CliRunner().invoke(cli, ["export", "cnn", "--output", str(file), "--results", str(cnn_results)])
        assert answer.exit_code == 0, answer.output
        assert "for 150 of 150 test images" in answer.output
        study = open_study(cnn_results)
        pixels = torch.from_numpy(study.data.test_images[:7]).float() / 255
        logits = torch.jit.load(str(file))(pixels)
        np.testing.assert_allclose(logits.detach().numpy(), study.runs["cnn"].test.logits[:7], atol=1e-3)
        card = file.with_suffix(".md").read_text(encoding="utf-8")
        assert card.startswith("---\n")
        assert "model-index:" in card

    def test_resnet_with_test_time_augmentation(self) -> None:
        """Shifted views and convolutions on small maps are traced for any number of images."""
        from svhnlab.models.networks import build_model
        from svhnlab.training.predict import predict_arrays

        torch.manual_seed(0)
        model = build_model("resnet18", image_size=32, classes=4).eval()
        with warnings.catch_warnings(action="ignore"):
            exported = torch.jit.trace(export.ExportedModel(model, 2), torch.rand(2, 3, 32, 32))
        images = np.random.default_rng(0).integers(0, 256, (5, 3, 32, 32), dtype=np.uint8)
        _, logits = predict_arrays(model, images, torch.device("cpu"), 2)
        with torch.inference_mode():
            answers = exported(torch.from_numpy(images).float() / 255).numpy()
        assert export.compare(logits, answers).difference < 1e-5

    @pytest.mark.skipif(not ONNX, reason="onnx, onnxscript and onnxruntime are not installed")
    def test_onnx(self, cnn_results: Path, tmp_path: Path) -> None:
        """ONNX Runtime gives the same answers."""
        images = open_study(cnn_results).data.test_images
        check = export.export_model(stored_run(Store(cnn_results), "cnn"), tmp_path / "cnn.onnx", "onnx", images)
        assert (check.images, check.same) == (150, 150)
        assert [path.name for path in tmp_path.iterdir()] == ["cnn.onnx"]

    @pytest.mark.skipif(ONNX, reason="the packages for ONNX are installed")
    def test_onnx_without_packages(self, cnn_results: Path, tmp_path: Path) -> None:
        """One line names the packages."""
        images = open_study(cnn_results).data.test_images
        with pytest.raises(InputError, match="pip install"):
            export.export_model(stored_run(Store(cnn_results), "cnn"), tmp_path / "cnn.onnx", "onnx", images)

    def test_other_answers(self, cnn_results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file that gives other answers is not written."""
        monkeypatch.setattr(
            export.ExportedModel, "forward", lambda self, pixels: pixels.mean(dim=(2, 3)) @ torch.ones(3, 10)
        )
        images = open_study(cnn_results).data.test_images
        with pytest.raises(SvhnlabError, match="differs from the stored one"):
            export.export_model(stored_run(Store(cnn_results), "cnn"), tmp_path / "cnn.pt", "torchscript", images)
        assert list(tmp_path.iterdir()) == []
