"""Generated house-number digits: what the demo trains on where the photographs are not at hand."""

from svhnlab.data.generated.files import write_generated
from svhnlab.data.generated.split import GENERATOR_VERSION, GeneratedSplit, generate

__all__ = ["GENERATOR_VERSION", "GeneratedSplit", "generate", "write_generated"]
