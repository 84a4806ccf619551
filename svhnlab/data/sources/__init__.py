"""Data sources: Format 2 files, folders and tables of pictures, arrays, and datasets of other libraries.

Each kind of source is one module with a subclass of :class:`svhnlab.data.sources.base.DataSource`;
:mod:`svhnlab.data.source` chooses among them.
"""
