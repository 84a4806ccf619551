"""Published versions of the report: a folder of static files that keeps every version.

Layout of a site root::

    index.html, chapters/ …    the latest version
    v/<version>/               every version; never changed after publication
    version.js                 in the root and in each version: sets the version of the pages in its folder
    versions.js                list of the versions, selector and banner, for the pages of all versions
    versions.json              the same list, machine-readable
    changes.html               differences between any two versions

Only ``version.js`` differs between the pages at the root and those of the same version below ``v/``.
"""
