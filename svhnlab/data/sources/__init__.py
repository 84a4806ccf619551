"""Data sources: Format 2 files, folders of pictures, tables of pictures, and arrays.

Each kind of source is one module with a subclass of :class:`svhnlab.data.sources.base.DataSource`;
:mod:`svhnlab.data.source` chooses among them.
"""
