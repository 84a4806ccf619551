"""Write ``ro-crate-metadata.json``: the record of a site as linked data, for general-purpose programs.

An RO-Crate (S. Soiland-Reyes et al. 2022, Packaging research artefacts with RO-Crate, Data Science 5(2), 97-138)
describes a folder in the vocabulary of schema.org: its files, and the actions, inputs and software that created them.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from svhnlab.config.citation import Author, Citation
from svhnlab.files import file_sha256
from svhnlab.provenance.schema import CRATE

if TYPE_CHECKING:
    from svhnlab.provenance.schema import Provenance, ResultRecord

VERSION = "1.2"
# without the system's tables, so that every machine writes the same types
_TYPES = mimetypes.MimeTypes()
_TYPES.add_type("text/markdown", ".md")
_TYPES.add_type("application/yaml", ".cff")
_TYPES.add_type("image/webp", ".webp")
_TYPES.add_type("application/x-numpy-data", ".npz")


def write_crate(site: Path, record: Provenance, citation: Citation) -> None:
    """Describe a finished site, with its ``provenance.json``, as an RO-Crate.

    Parameters
    ----------
    site
        Folder of the site.
    record
        Its provenance.
    citation
        Citation of the report.
    """
    crate = ROCrate(version=VERSION)
    results = {result.key: _id("result", result) for result in record.results}
    program = _program(crate, record.code.version, record.code.commit, record.code.repository)
    _describe_report(crate, record, citation)
    data = crate.add(
        ContextEntity(
            crate,
            "#data",
            properties={
                "@type": "Dataset",
                "name": record.study.data.name,
                "description": f"Images of {len(record.study.class_names)} classes. The files are not published with "
                "the report; the digest identifies them.",
                "identifier": f"sha256:{record.study.data.digest}",
            },
        )
    )
    for result in record.results:
        _describe_result(crate, result, results, record.code.repository)
    crate.root_dataset["mentions"] = [crate.dereference(_id("computation", result)) for result in record.results]
    crate.root_dataset.append_to(
        "mentions",
        crate.add(
            ContextEntity(
                crate,
                "#rendering",
                properties={
                    "@type": "CreateAction",
                    "name": f"Rendering of the report with {record.engine}",
                    "instrument": {"@id": program},
                    "object": [{"@id": data.id}, *({"@id": name} for name in results.values())],
                    "result": {"@id": crate.root_dataset.id},
                },
            )
        ),
    )
    for path in sorted([*record.files, "provenance.json"]):
        _describe_file(crate, site, path, record.files.get(path) or file_sha256(site / path))
    text = json.dumps(crate.metadata.generate(), indent=1, sort_keys=True, ensure_ascii=False)
    (site / CRATE).write_text(text, encoding="utf-8")


def _describe_report(crate: ROCrate, record: Provenance, citation: Citation) -> None:
    root = crate.root_dataset
    root["name"] = record.title
    root["description"] = citation.abstract or f"Report on {record.study.data.name}, created with svhnlab."
    root["version"] = record.version
    root["datePublished"] = record.date
    root["license"] = crate.add(
        ContextEntity(crate, citation.license_url, properties={"@type": "CreativeWork", "name": citation.license})
    )
    root["author"] = [_describe_author(crate, author, i) for i, author in enumerate(citation.authors, start=1)]
    root["keywords"] = list(citation.keywords)
    root["citation"] = citation.text()
    root["identifier"] = citation.address or f"study {record.study.key}, version {record.version}"


def _describe_author(crate: ROCrate, author: Author, number: int) -> ContextEntity:
    names: dict[str, Any] = {"@type": "Person" if author.family else "Organization", "name": author.name}
    if author.family:
        names["familyName"] = author.family
        names |= {"givenName": author.given} if author.given else {}
    names |= {"affiliation": author.affiliation} if author.affiliation else {}
    return crate.add(ContextEntity(crate, author.orcid or f"#author-{number}", properties=names))


def _describe_result(crate: ROCrate, result: ResultRecord, results: dict[str, str], repository: str | None) -> None:
    git = result.environment.get("commit")
    program = _program(
        crate,
        str(result.environment.get("svhnlab", "unknown")),
        git.get("sha") if isinstance(git, dict) else None,
        repository,
    )
    entity = crate.add(
        ContextEntity(
            crate,
            results[result.key],
            properties={
                "@type": "CreativeWork",
                "name": f"{result.kind} {result.label}",
                "identifier": result.key,
                "version": f"sha256:{result.checksum}",
            },
        )
    )
    before = [results[key] for key in dict.fromkeys(_strings(result.inputs)) if key in results]
    crate.add(
        ContextEntity(
            crate,
            _id("computation", result),
            properties={
                "@type": "CreateAction",
                "name": f"Computation of {result.kind} {result.label}",
                "instrument": {"@id": program},
                "object": [{"@id": name} for name in before or ["#data"]],
                "result": {"@id": entity.id},
                "description": json.dumps(result.inputs, sort_keys=True, ensure_ascii=False),
            },
        )
    )


def _program(crate: ROCrate, version: str, commit: str | None, repository: str | None) -> str:
    """Describe one version of the program if it is not described yet, and return its identifier."""
    name = f"#svhnlab-{version}" + (f"-{commit[:12]}" if commit else "")
    if crate.dereference(name) is None:
        properties: dict[str, Any] = {
            "@type": "SoftwareApplication",
            "name": "svhnlab",
            "softwareVersion": f"{version}, commit {commit}" if commit else version,
        }
        properties |= {"url": repository} if repository else {}
        crate.add(ContextEntity(crate, name, properties=properties))
    return name


def _describe_file(crate: ROCrate, site: Path, path: str, digest: str) -> None:
    kind, _ = _TYPES.guess_type(PurePosixPath(path).name)
    properties = {"name": path, "contentSize": str((site / path).stat().st_size), "sha256": digest}
    properties |= {"encodingFormat": kind} if kind else {}
    crate.add_file(dest_path=path, properties=properties)


def _id(what: str, result: ResultRecord) -> str:
    return f"#{what}-{result.kind}-{result.label}-{result.key}"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
