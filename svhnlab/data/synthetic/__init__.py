"""Generated house-number digits: what the demo trains on where the photographs are not at hand."""

from svhnlab.data.synthetic.files import write_generated
from svhnlab.data.synthetic.split import GeneratedSplit, generate

__all__ = ["GeneratedSplit", "generate", "write_generated"]
