"""Names of files and folders in a published site."""

from __future__ import annotations

VERSIONS = "v"
"""Folder with one site for each version."""

VERSION_LIST = "versions.json"
"""List of the versions, machine-readable; a folder with this file is the root of a published site."""

SELECTOR = "versions.js"
"""Script with the list of versions, selector and banner, for the pages."""

LOADER = "version.js"
"""Sets the version of the pages in its folder, and loads `SELECTOR`."""

CHANGES = "changes.html"
"""Differences between any two versions."""

NO_JEKYLL = ".nojekyll"
"""Empty file that makes GitHub Pages serve all files unprocessed."""

ROOT_FILES = (VERSION_LIST, SELECTOR, LOADER, CHANGES, NO_JEKYLL)
"""Files of a site root that each publication rewrites."""
