"""Content security policy of the pages: browsers load files of the site only, and run no script that is in the text.

A policy is an element in the head of a page (https://www.w3.org/TR/CSP3/). If text from outside, such as a class name,
became markup by mistake, it could then neither run a script nor load anything from another site.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from svhnlab.errors import SvhnlabError

# On a page opened from disk, 'self' means nothing to Firefox; `file:` has no effect on a web server.
_SITE = "'self' file:"
_HEAD = re.compile(r"<head\b[^>]*>(?:\s*<meta charset=[^>]*>)?\n?", re.IGNORECASE)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="[^"]*">\n')
_TEXT = re.compile(r"<main\b.*</main\s*>", re.IGNORECASE | re.DOTALL)
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
# A script with an address, or one that contains data.
_NOT_INLINE = re.compile(r"""\ssrc=|\stype=["'](?!(?:(?:text|application)/javascript|module)["'])""", re.IGNORECASE)


def add_policies(site: Path) -> None:
    """Write the policy into the head of every page of a finished site; one that an earlier call wrote is replaced.

    Raises
    ------
    SvhnlabError
        If a page has no head.
    """
    for file in sorted(site.rglob("*.html")):
        page = file.read_text(encoding="utf-8")
        try:
            restricted = with_policy(page)
        except ValueError as error:
            raise SvhnlabError(f"{file} {error}.") from error
        if restricted != page:
            file.write_text(restricted, encoding="utf-8")


def with_policy(page: str) -> str:
    """Return a page with its policy, which allows the page's inline scripts outside ``<main>`` by their digests.

    Raises
    ------
    ValueError
        If the page has no head.
    """
    page = _POLICY.sub("", page)
    head = _HEAD.search(page)
    if head is None:
        raise ValueError("has no head")
    policy = {
        "default-src": "'none'",
        "script-src": " ".join([_SITE, *_digests(page)]),
        # Figures, maps and tables have style attributes.
        "style-src": f"{_SITE} 'unsafe-inline'",
        "img-src": f"{_SITE} data:",
        "font-src": f"{_SITE} data:",
        # These two do not follow from default-src.
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    content = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    element = f'<meta http-equiv="Content-Security-Policy" content="{content}">\n'
    return page[: head.end()] + element + page[head.end() :]


def _digests(page: str) -> list[str]:
    scripts = [text for attributes, text in _SCRIPT.findall(_TEXT.sub("", page)) if not _NOT_INLINE.search(attributes)]
    return [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in dict.fromkeys(scripts)]
