"""What the processes of a team do in the tests; to be started by torchrun, or alone."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from svhnlab.config import ARCHITECTURES
from svhnlab.models import build_model
from svhnlab.pipeline.work import Training, follow
from svhnlab.training import device
from svhnlab.training.distributed import ALONE, Team, joined
from svhnlab.workers import started_by_torchrun
from tests.tiny import tiny_trainer

#: The last has fewer images than there are processes, when there are three.
BATCHES = (13, 8, 2)


def steps(name: str, team: Team) -> dict[str, Tensor]:
    """Gradients of a model after some batches, and its statistics, in float64."""
    torch.manual_seed(0)
    model = build_model(name, image_size=32, classes=10).double().train()
    network = team.prepare(model)
    for count in BATCHES:
        images, labels = torch.rand(count, 3, 32, 32, dtype=torch.float64), torch.randint(10, (count,))
        rows = team.rows(count)
        # as in a training, all processes draw the same; here, images too
        team.share(F.cross_entropy(network(images[rows]), labels[rows], label_smoothing=0.1), rows).backward()
    gradients = {f"gradient of {key}": value.grad for key, value in model.named_parameters() if value.grad is not None}
    return {**model.state_dict(), **gradients}


def all_steps(file: Path) -> None:
    """Write what comes out of a few batches of every model."""

    def write(team: Team) -> None:
        found = {name: steps(name, team) for name in ARCHITECTURES}
        if team.leads:
            torch.save(found, file)

    if not started_by_torchrun():
        write(ALONE)
        return
    with joined("cpu") as team:
        write(team)
        if not team.leads:
            follow(team, "cpu")  # there is nothing more to come


def training(results: Path, data: Path, *runs: str) -> None:
    """Train runs of the tiny study together, in float32: rounding to bfloat16 would hide other differences."""
    device._cpu_has_bfloat16 = lambda: False
    with joined("cpu") as team:
        if not team.leads:
            follow(team, "cpu")
            return
        trainer = tiny_trainer(results, data)
        trainer.team = team
        trainer.make(())
        trainer.train([Training(trainer.plan, run) for run in runs])


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "steps":
        all_steps(Path(sys.argv[2]))
    else:
        training(Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])
