"""Start weights come from where the study says, are read without executing, and are never silently others."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pytest_httpserver import HTTPServer
from safetensors.torch import save_file

from svhnlab.config.initial_weights import IMAGENET, IMAGENET_FILE, RANDOM, InitialWeights
from svhnlab.errors import InputError, SvhnlabError
from svhnlab.models.networks import build_model
from svhnlab.models.pretrained import file_state, imagenet_path, imagenet_state, load_backbone
from svhnlab.models.torchvision_import import torchvision
from svhnlab.pipeline.initial_weights import choose_weights

ENUM = torchvision.models.ResNet18_Weights.IMAGENET1K_V1


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or fills the user's torch cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ImageNet weights can't be had."""

    def refuse(weights: object = None) -> dict:
        raise SvhnlabError("The ImageNet weights could not be had.")

    monkeypatch.setattr("svhnlab.pipeline.initial_weights.imagenet_state", refuse)


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return torchvision.models.resnet18().state_dict()


def served(server: HTTPServer, content: bytes, name: str) -> object:
    """torchvision's weights enum entry with the address of a local server."""
    server.expect_request(f"/{name}").respond_with_data(content, content_type="application/octet-stream")

    class Entry:
        url = server.url_for(f"/{name}")
        get_state_dict = type(ENUM).get_state_dict

    return Entry()


class TestImagenetState:
    def test_file_name_is_torchvisions(self) -> None:
        """The torch-free constant names the file that torchvision's enum fetches."""
        assert ENUM.url.rpartition("/")[2] == IMAGENET_FILE
        assert IMAGENET.digest is not None
        assert IMAGENET.digest in ENUM.url

    def test_path_is_torch_hubs(self) -> None:
        """Weights are looked for where torch keeps them."""
        assert imagenet_path() == Path(torch.hub.get_dir()) / "checkpoints" / IMAGENET_FILE

    def test_fetched_checked_and_cached(self, tmp_path: Path, state: dict, httpserver: HTTPServer) -> None:
        """A download with the right hash loads, and the second time comes from the cache."""
        torch.save(state, tmp_path / "w.pth")
        content = (tmp_path / "w.pth").read_bytes()
        entry = served(httpserver, content, f"resnet18-{hashlib.sha256(content).hexdigest()[:8]}.pth")
        first = imagenet_state(entry)
        httpserver.clear()
        second = imagenet_state(entry)
        assert torch.equal(first["conv1.weight"], state["conv1.weight"])
        assert torch.equal(second["conv1.weight"], state["conv1.weight"])

    def test_wrong_hash_is_refused(self, tmp_path: Path, state: dict, httpserver: HTTPServer) -> None:
        """Weights that are not the named ones are never used."""
        torch.save(state, tmp_path / "w.pth")
        entry = served(httpserver, (tmp_path / "w.pth").read_bytes(), "resnet18-00000000.pth")
        with pytest.raises(SvhnlabError, match="--weights"):
            imagenet_state(entry)

    def test_unreachable_says_what_to_do(self, httpserver: HTTPServer) -> None:
        """One line names the address, the place for the file and the alternatives."""

        class Entry:
            url = httpserver.url_for("/missing-00000000.pth")
            get_state_dict = type(ENUM).get_state_dict

        with pytest.raises(SvhnlabError, match=r"missing-00000000\.pth.*--weights generated, none"):
            imagenet_state(Entry())


class TestFileState:
    def test_reads_both_formats(self, tmp_path: Path, state: dict) -> None:
        """A state_dict may come as torch's own file or as safetensors."""
        torch.save(state, tmp_path / "a.pth")
        save_file(state, tmp_path / "a.safetensors")
        for name in ("a.pth", "a.safetensors"):
            assert torch.equal(file_state(tmp_path / name)["conv1.weight"], state["conv1.weight"])

    def test_code_in_a_file_is_not_run(self, tmp_path: Path) -> None:
        """A pickle that would execute something is refused and executes nothing."""
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
        """Anything that is no state_dict gives one clear line."""
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="state_dict"):
            file_state(tmp_path / name)

    def test_whole_models_are_refused(self, tmp_path: Path) -> None:
        """Something saved that is not names and tensors is named as such."""
        for content in ({"epoch": 3}, {1: torch.zeros(1)}, torch.zeros(1)):
            torch.save(content, tmp_path / "w.pth")
            with pytest.raises(InputError, match="state_dict"):
                file_state(tmp_path / "w.pth")


class TestLoadBackbone:
    def test_weights_arrive(self, state: dict) -> None:
        """Every layer but the classifier starts from the given weights."""
        model = build_model("resnet18", image_size=32, classes=10)
        load_backbone(model.backbone, state, "test")
        loaded = model.backbone.state_dict()
        assert all(torch.equal(value, state[name]) for name, value in loaded.items())

    def test_another_network_is_refused(self, state: dict) -> None:
        """Weights of another architecture are refused by the name of what does not fit."""
        model = build_model("resnet18", image_size=32, classes=10)
        with pytest.raises(InputError, match="ResNet-18"):
            load_backbone(model.backbone, {"layer.weight": torch.zeros(1)}, "other.pth")


class TestChooseStart:
    def choose(self, option: str | None, *, forgiving: bool = False, trained: bool = False) -> tuple:
        said: list[str] = []
        start = choose_weights(option, forgiving=forgiving, trained_from_random=lambda: trained, say=said.append)
        return start, said

    def test_none_is_random(self) -> None:
        """`--weights none` asks nobody."""
        assert self.choose("none") == (RANDOM, [])

    def test_file_counts_by_content(self, tmp_path: Path) -> None:
        """Another file at the same path is another start."""
        path = tmp_path / "w.pth"
        path.write_bytes(b"one")
        first, _ = self.choose(str(path))
        path.write_bytes(b"two")
        second, _ = self.choose(str(path))
        assert first.kind == second.kind == "file"
        assert first.digest != second.digest

    def test_missing_file(self, tmp_path: Path) -> None:
        """A path that leads nowhere is bad input."""
        with pytest.raises(InputError, match="no such file"):
            self.choose(str(tmp_path / "w.pth"))

    def test_cached_weights_are_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With the weights in torch's cache no network is asked."""
        imagenet_path().parent.mkdir(parents=True)
        imagenet_path().write_bytes(b"weights")
        digest = hashlib.sha256(b"weights").hexdigest()[:8]
        for module in ("svhnlab.models.pretrained", "svhnlab.pipeline.initial_weights"):
            monkeypatch.setattr(f"{module}.IMAGENET", InitialWeights("imagenet", digest))
        assert self.choose(None) == (InitialWeights("imagenet", digest), [])

    def test_other_file_in_the_cache_is_not_imagenet(self, state: dict) -> None:
        """A file put by hand where the weights belong is checked by its hash, and named when it is another."""
        imagenet_path().parent.mkdir(parents=True)
        torch.save(state, imagenet_path())
        with pytest.raises(SvhnlabError, match="SHA-256"):
            self.choose(None)
        start, said = self.choose(None, forgiving=True)
        assert start == RANDOM
        assert "SHA-256" in said[0]

    @pytest.mark.usefixtures("unreachable")
    def test_demo_goes_on_and_says_so(self) -> None:
        """Where ImageNet can't be had the demo starts from random numbers, aloud."""
        start, said = self.choose(None, forgiving=True)
        assert start == RANDOM
        assert "random numbers" in said[0]

    @pytest.mark.usefixtures("unreachable")
    def test_other_profiles_stop(self) -> None:
        """A real study never falls back to another start by itself."""
        with pytest.raises(SvhnlabError):
            self.choose(None)

    @pytest.mark.usefixtures("unreachable")
    def test_trained_demo_asks_no_network_again(self) -> None:
        """A second demo run is a cache hit even where the network is slow to fail."""
        start, said = self.choose(None, forgiving=True, trained=True)
        assert start == RANDOM
        assert "before" in said[0]


def test_start_is_part_of_a_key() -> None:
    """Kind and digest both tell starts apart."""
    assert RANDOM.as_dict() != IMAGENET.as_dict() != replace(IMAGENET, digest="x").as_dict()
