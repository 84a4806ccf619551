"""Pretrained weights match the hash in their file name, and no code in them is executed."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
import torch
from pytest_httpserver import HTTPServer
from safetensors.torch import save_file

from svhnlab.config.architectures import ARCHITECTURES
from svhnlab.config.initial_weights import IMAGENET
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.models.networks import build_model, imagenet_weights
from svhnlab.models.pretrained import file_state, has_imagenet, imagenet_path, imagenet_state
from svhnlab.models.torchvision_import import torchvision

ENUM = torchvision.models.ResNet18_Weights.IMAGENET1K_V1


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or fills the user's torch cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return torchvision.models.resnet18().state_dict()


def served(server: HTTPServer, content: bytes, name: str) -> object:
    """Return a torchvision weights entry with the URL of a local server."""
    server.expect_request(f"/{name}").respond_with_data(content, content_type="application/octet-stream")

    class Entry:
        url = server.url_for(f"/{name}")
        get_state_dict = type(ENUM).get_state_dict

    return Entry()


class TestImagenetState:
    @pytest.mark.parametrize("name", [name for name, own in ARCHITECTURES.items() if own.pretrained])
    def test_file_name_is_torchvisions(self, name: str) -> None:
        """The torch-free file name is the one that torchvision's enum downloads."""
        weights = imagenet_weights(name)
        assert weights.url.rpartition("/")[2] == ARCHITECTURES[name].imagenet_file

    def test_key_names_the_file(self) -> None:
        """The digest in keys is the hash in the file name of ResNet-18."""
        assert str(IMAGENET.digest) in ENUM.url

    def test_path_is_torch_hubs(self) -> None:
        """The path is in torch's cache."""
        assert imagenet_path("w.pth") == Path(torch.hub.get_dir()) / "checkpoints" / "w.pth"

    def test_cached_file_is_checked_by_its_hash(self) -> None:
        """A file in the cache counts only if its SHA-256 matches its name."""
        digest = hashlib.sha256(b"weights").hexdigest()[:8]
        imagenet_path("").mkdir(parents=True)
        for name in (f"w-{digest}.pth", "w-00000000.pth"):
            imagenet_path(name).write_bytes(b"weights")
        assert has_imagenet(f"w-{digest}.pth")
        assert not has_imagenet("w-00000000.pth")
        assert not has_imagenet(f"other-{digest}.pth")

    def test_fetched_checked_and_cached(self, tmp_path: Path, state: dict, httpserver: HTTPServer) -> None:
        """A download with the right hash is loaded, and read from the cache the second time."""
        torch.save(state, tmp_path / "w.pth")
        content = (tmp_path / "w.pth").read_bytes()
        entry = served(httpserver, content, f"resnet18-{hashlib.sha256(content).hexdigest()[:8]}.pth")
        first = imagenet_state(entry)
        httpserver.clear()
        second = imagenet_state(entry)
        assert torch.equal(first["conv1.weight"], state["conv1.weight"])
        assert torch.equal(second["conv1.weight"], state["conv1.weight"])

    def test_wrong_hash_is_refused(self, tmp_path: Path, state: dict, httpserver: HTTPServer) -> None:
        """Weights with another hash are never used."""
        torch.save(state, tmp_path / "w.pth")
        entry = served(httpserver, (tmp_path / "w.pth").read_bytes(), "resnet18-00000000.pth")
        with pytest.raises(SvhnlabError, match="--weights"):
            imagenet_state(entry)

    def test_unreachable_says_what_to_do(self, httpserver: HTTPServer) -> None:
        """The message names the address, the path for the file and the alternatives."""

        class Entry:
            url = httpserver.url_for("/missing-00000000.pth")
            get_state_dict = type(ENUM).get_state_dict

        with pytest.raises(SvhnlabError, match=r"missing-00000000\.pth.*--weights generated, none"):
            imagenet_state(Entry())


class TestFileState:
    def test_reads_both_formats(self, tmp_path: Path, state: dict) -> None:
        """A state_dict can be in torch or safetensors format."""
        torch.save(state, tmp_path / "a.pth")
        save_file(state, tmp_path / "a.safetensors")
        for name in ("a.pth", "a.safetensors"):
            assert torch.equal(file_state(tmp_path / name)["conv1.weight"], state["conv1.weight"])

    def test_code_in_a_file_is_not_run(self, tmp_path: Path) -> None:
        """A pickle with executable code is refused, and the code is not run."""
        path = tmp_path / "evil.pth"
        trace = tmp_path / "ran"

        class Evil:
            def __reduce__(self) -> tuple:
                return (Path.touch, (trace,))

        path.write_bytes(pickle.dumps(Evil()))
        with pytest.raises(InputError, match="state_dict"):
            file_state(path)
        assert not trace.exists()

    @pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 cut"])
    @pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
    def test_other_files_are_refused(self, tmp_path: Path, name: str, content: bytes) -> None:
        """A file that is not a state_dict is refused in one line."""
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="state_dict"):
            file_state(tmp_path / name)

    def test_whole_models_are_refused(self, tmp_path: Path) -> None:
        """A saved object that is not a mapping of names to tensors is refused."""
        for content in ({"epoch": 3}, {1: torch.zeros(1)}, torch.zeros(1)):
            torch.save(content, tmp_path / "w.pth")
            with pytest.raises(InputError, match="state_dict"):
                file_state(tmp_path / "w.pth")


class TestLoadPretrained:
    def test_weights_arrive(self, state: dict) -> None:
        """Every layer except the classifier has the given weights."""
        model = build_model("resnet18", image_size=32, classes=10)
        model.load_pretrained(state, "test")
        loaded = model.backbone.state_dict()
        assert all(torch.equal(value, state[name]) for name, value in loaded.items())

    def test_another_network_is_refused(self) -> None:
        """Weights of another architecture are refused."""
        model = build_model("resnet18", image_size=32, classes=10)
        with pytest.raises(InputError, match="ResNet-18"):
            model.load_pretrained({"layer.weight": torch.zeros(1)}, "other.pth")

    def test_model_without_it(self, state: dict) -> None:
        """A model without pretrained weights refuses other weights; the error names the model."""
        model = build_model("cnn", image_size=32, classes=10)
        with pytest.raises(InputError, match=r"TwoLayerCNN.*load_pretrained"):
            model.load_pretrained(state, "test")
