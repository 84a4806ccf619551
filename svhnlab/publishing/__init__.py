"""Published versions of the report: a folder of plain files in which every version stays readable for ever.

Layout of a site root::

    index.html, chapters/ …    the latest version
    v/<version>/               every version, never changed once it is there
    version.js                 in the root and in each version: tells its pages which version they are
    versions.js                list of the versions, selector and banner, for the pages of all of them
    versions.json              the same list for programs
    changes.html               what changed between any two versions

Only ``version.js`` differs between the pages at the root and those of the same version below ``v/``.
"""
