"""Figures, tables and sentences of the chapters, each with the numbers behind it.

The names are listed in ``__init__.pyi``. Each is imported when it is first used, since importing all of them takes
longer than finding out that a report is up to date.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
