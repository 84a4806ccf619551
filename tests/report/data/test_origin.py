"""Origin of the images."""

from __future__ import annotations

import pytest

from svhnlab.report import (
    describe_mirror,
    describe_origin,
    describe_picture,
)
from tests.fixtures.fakes import fake_study


class TestOrigin:
    @pytest.mark.parametrize("kind", ["official", "generated", "custom"])
    def test_digits_only_where_there_are_digits(self, kind) -> None:
        """Digits and house numbers are mentioned only if the data show them."""
        study = fake_study(n_test=20, kind=kind)
        text = f"{describe_origin(study)} {describe_picture(study)} {describe_mirror(study)}"
        assert ("digit" in text) == (kind != "custom")
        assert ("house number" in text.lower()) == (kind != "custom")
        assert "32 by 32 pixels" in text
        assert ("not SVHN" in text) == (kind != "official")
        assert ("2 of the 20 test labels (10.0%) were replaced" in text) == (kind == "generated")
