"""Generated house-number digits: the data of the demo, which needs no download."""

from svhnlab.data.synthetic.files import generation_parameters, write_generated
from svhnlab.data.synthetic.parameters import Parameters
from svhnlab.data.synthetic.split import GeneratedSplit, generate

__all__ = ["GeneratedSplit", "Parameters", "generate", "generation_parameters", "write_generated"]
