"""Numerical precision on a CPU."""

from __future__ import annotations

import pytest
import torch

from svhnlab.training.device import autocast, describe_device

CPU = torch.device("cpu")


@pytest.mark.parametrize("capable", [True, False])
class TestAutocast:
    @pytest.fixture(autouse=True)
    def processor(self, capable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """Simulate a processor with or without bfloat16 instructions."""
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": capable}, raising=False)

    def test_training_follows_the_processor(self, capable: bool) -> None:
        """A CPU trains in bfloat16 only if it has instructions for it, and predicts in float32."""
        layer, values = torch.nn.Linear(2, 2), torch.ones(1, 2)
        with autocast(CPU, cpu_too=True):
            assert layer(values).dtype == (torch.bfloat16 if capable else torch.float32)
        with autocast(CPU):
            assert layer(values).dtype == torch.float32

    def test_record_says_so(self, capable: bool) -> None:
        """The record of a result includes the precision of its training."""
        assert ("bfloat16" in describe_device(CPU)["precision"]) == capable
