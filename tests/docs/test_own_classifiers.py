"""The recipes of docs/own-classifiers.qmd run as they are written, and their predictions can be imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from svhnlab.data.mat import read_format2
from svhnlab.store.required import finished_record
from svhnlab.store.store import Store
from svhnlab.store.study import open_study
from tests.fixtures.paths import ROOT

RECIPES: dict[str, str] = dict(
    re.findall(
        r'```{\.python filename="(.*?)"}\n(.*?)```', (ROOT / "docs" / "own-classifiers.qmd").read_text("utf-8"), re.S
    )
)


@pytest.fixture(scope="module")
def folder(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the images of a small study."""
    project = tmp_path_factory.mktemp("recipes")
    (project / "study.toml").write_text(f'data = "{data_folder}"\nprofile = "demo"\n')
    run(project, "-m", "svhnlab", "images", "images.npz")
    return project


def run(folder: Path, *arguments: str) -> str:
    """Run Python in the project and return what it prints."""
    variables = {name: value for name, value in os.environ.items() if name != "SVHNLAB_RESULTS"}
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    # The default backend of Keras is TensorFlow, which the benchmarks do not install.
    variables |= {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "KERAS_BACKEND": "torch"}
    answer = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def run_recipe(folder: Path, name: str) -> None:
    """Run a recipe of the page."""
    (folder / name).write_text(RECIPES[name], encoding="utf-8")
    # timm imports torchvision, which fails beside some builds of torch unless its operators are defined first
    before = "import svhnlab.models.torchvision_import; " if "import timm" in RECIPES[name] else ""
    run(folder, "-c", f"{before}import runpy; runpy.run_path({name!r})")


def test_scikit_learn(folder: Path) -> None:
    """Two classifiers: fitted, imported with all parts, and analysed together."""
    run_recipe(folder, "fit_sklearn.py")
    run(folder, "-m", "svhnlab", "import", "logistic", "--predictions", "logistic.npz", "--no-analysis")
    said = run(folder, "-m", "svhnlab", "import", "forest", "--predictions", "forest.npz", "--title", "Random forest")
    assert "read test as probabilities, validation as probabilities, train as probabilities" in said
    assert finished_record(Store(folder / "results"))
    study = open_study(folder / "results")
    assert list(study.runs) == ["logistic", "forest"]
    assert study.statistics is not None
    assert study.statistics.runs["forest"].with_features is not None
    assert study.statistics.runs["forest"].with_validation is not None
    assert study.statistics.runs["logistic"].accuracy.value > 0.15


@pytest.mark.parametrize(
    ("name", "recipe", "result", "package"),
    [
        ("net", "predict_torch.py", "torch.npz", "torch"),
        ("timm-net", "predict_timm.py", "timm.npz", "timm"),
        ("keras-net", "predict_keras.py", "keras.npz", "keras"),
        ("table", "write_csv.py", "table.csv", "csv"),
    ],
)
def test_other_programs(name: str, recipe: str, result: str, package: str, folder: Path) -> None:
    """Each recipe writes predictions that can be imported."""
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    run_recipe(folder, recipe)
    results = folder / "other"
    arguments = ["import", name, "--predictions", result, "--results", str(results), "--no-analysis"]
    assert f"{name} is stored" in run(folder, "-m", "svhnlab", *arguments)


@pytest.mark.skipif(
    find_spec("onnxruntime") is None or find_spec("onnx") is None, reason="onnx and onnxruntime are not installed"
)
def test_onnx_runtime(folder: Path) -> None:
    """A model with one input is applied to all splits."""
    from onnx import TensorProto, checker, helper, save

    weights = helper.make_tensor("w", TensorProto.FLOAT, [3, 10], np.arange(30, dtype=np.float32))
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    ends = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 32, 32]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 10]),
    ]
    model = helper.make_model(helper.make_graph(nodes, "mean", ends[:1], ends[1:], [weights]), ir_version=10)
    checker.check_model(model)
    save(model, folder / "model.onnx")
    run_recipe(folder, "predict_onnx.py")
    with np.load(folder / "onnx.npz") as arrays:
        assert arrays["test"].shape == (150, 10)


def test_small_digits(tmp_path: Path) -> None:
    """The digits of scikit-learn are written as data files."""
    run_recipe(tmp_path, "write_digits.py")
    train, test = (read_format2(tmp_path / "digits" / f"{name}_32x32.mat") for name in ("train", "test"))
    assert (len(train.labels), len(test.labels)) == (1_257, 540)
    assert test.photographs is not None
