import svhnlab
from svhnlab.report import describe_software


class TestDescribeSoftware:
    def test_engine_that_renders(self) -> None:
        """The engine named is the one that renders; the software is named once, with its version."""
        builtin, quarto = (str(describe_software(env)) for env in ({"SVHNLAB_ENGINE": "builtin"}, {}))
        assert "pandoc" in builtin
        assert "Quarto" not in builtin
        assert "Quarto book" in quarto
        assert "pandoc" not in quarto
        for text in (builtin, quarto):
            assert text.count(f"svhnlab {svhnlab.__version__}") == 1
