"""Generated house-number digits: the data of the demo, which needs no download."""

from svhnlab.data.synthetic.files import write_generated
from svhnlab.data.synthetic.split import GeneratedSplit, generate

__all__ = ["GeneratedSplit", "generate", "write_generated"]
