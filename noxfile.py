"""Nox sessions of the project. ``nox`` without arguments trains on generated digits and builds the report.

All sessions share one environment, ``.nox/study``, because torch is too large to install twice. It starts with the
package alone; a session that needs an extra or a dependency group adds it once. The environment is rebuilt when
``pyproject.toml``, the Python version or the project's path changes. Arguments after ``--`` are passed to the command
line tool or to pytest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["demo"]
nox.options.default_venv_backend = "none"

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".nox" / "study"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = ENVIRONMENT / "installed.json"
CONSTRAINTS = ROOT / "constraints.txt"
TYPESCRIPT = "typescript@7.0.2"  # npm package; type-checks the page scripts


def prepare(session: nox.Session, *parts: str) -> None:
    """Create the shared environment if it is missing or out of date, and install what it lacks.

    Parameters
    ----------
    parts
        Names of the extras and dependency groups that the session needs beside the package.
    """
    project = (ROOT / "pyproject.toml").read_bytes()
    key = hashlib.sha256(project + sys.version.encode() + bytes(ROOT)).hexdigest()
    stamp = json.loads(STAMP.read_text()) if STAMP.is_file() else {}
    if stamp.get("key") != key:
        session.log(f"Creating {ENVIRONMENT.relative_to(ROOT)}: this takes a minute or two.")
        place(session)
        session.run(sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT.resolve()), external=True)
        stamp = {}
    installed = stamp.get("parts")
    if installed is None or not set(parts) <= set(installed):
        chosen = sorted({*parts, *(installed or [])})
        # The package and earlier parts are named again, so that their ranges hold for what is added.
        install(session, "--editable", ".", *requirements(*chosen))
        STAMP.write_text(json.dumps({"key": key, "parts": chosen}))
    # Quarto reads this file, so a plain `quarto render` also finds the packages.
    (ROOT / "_environment.local").write_text(f'QUARTO_PYTHON="{PYTHON.as_posix()}"\n')


def requirements(*parts: str) -> list[str]:
    """Return the requirements of extras and dependency groups of the project."""
    project = nox.project.load_toml(ROOT / "pyproject.toml")
    extras = project["project"]["optional-dependencies"]
    return [line for part in parts for line in extras.get(part) or nox.project.dependency_groups(project, part)]


def install(session: nox.Session, *arguments: str) -> None:
    """Install packages into the shared environment, with uv if that finds the same packages as pip.

    uv does not read the settings of pip, so pip is used if they name an index, a folder of packages, or constraints.
    Modules are compiled when they are first imported: compiling all would take longer than the rest of an installation.
    """
    uv = shutil.which("uv")
    settings = subprocess.run([str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    if uv and not re.search(r"index|find-links|constraint", settings.stdout):
        session.run(uv, "pip", "install", "--python", str(PYTHON), "--quiet", *arguments, external=True)
    else:
        run(session, "-m", "pip", "install", "--quiet", "--no-compile", *arguments)


def place(session: nox.Session) -> None:
    """Create the environment's folder in the user's cache, with a symbolic link to it in the project.

    Quarto (1.10) searches every folder of a project twice before each rendering, but does not follow links. Searching
    the thousands of folders of an environment would take 15 seconds.
    """
    if ENVIRONMENT.is_symlink():
        ENVIRONMENT.unlink()
    elif ENVIRONMENT.exists():
        shutil.rmtree(ENVIRONMENT)
    name = f"study-{hashlib.sha256(bytes(ROOT)).hexdigest()[:12]}"
    outside = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "svhnlab" / name
    ENVIRONMENT.parent.mkdir(exist_ok=True)
    try:
        outside.mkdir(parents=True, exist_ok=True)
        ENVIRONMENT.symlink_to(outside, target_is_directory=True)
    except OSError as error:  # on Windows, only some users may create links
        session.log(f"The environment stays in the project's folder, where it slows Quarto down: {error}")


def run(session: nox.Session, *arguments: str) -> None:
    """Run the shared environment's Python, with its commands first on the PATH."""
    path = os.pathsep.join([str(PYTHON.parent), os.environ["PATH"]])
    env = {"PATH": path, "VIRTUAL_ENV": str(ENVIRONMENT), "PYTHONDONTWRITEBYTECODE": None}  # modules compile on import
    session.run(str(PYTHON), *arguments, external=True, env=env)


def finds_quarto() -> bool:
    """Return whether a usable Quarto is installed."""
    code = "import sys; from svhnlab.site.render import find_quarto; sys.exit(find_quarto().path is None)"
    return subprocess.run([str(PYTHON), "-c", code], cwd=ROOT, check=False).returncode == 0


def draw(session: nox.Session, *arguments: str, command: str = "report") -> None:
    """Render the report with Quarto if it can be installed, else with the built-in engine."""
    install_quarto(session, *arguments)
    run(session, "-m", "svhnlab", command, *arguments)


def install_quarto(session: nox.Session, *arguments: str) -> None:
    """Install quarto-cli from PyPI if Quarto is missing, unless the arguments choose the built-in engine.

    Its installation downloads the official Quarto release.
    """
    if "builtin" not in " ".join(arguments) and not finds_quarto():
        session.log("There is no Quarto 1.9 or newer; trying PyPI's quarto-cli, which downloads it.")
        install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--retries", "0", "quarto-cli>=1.9"]
        if subprocess.run(install, capture_output=True, check=False).returncode != 0:
            session.log("quarto-cli can't be installed here, so the built-in engine is used.")


@nox.session
def demo(session: nox.Session) -> None:
    """Train all four runs on generated digits and build the report (5 to 17 minutes on two cores)."""
    prepare(session)
    run(session, "-m", "svhnlab", "train", "--profile", "demo", *session.posargs)
    parser = argparse.ArgumentParser()
    parser.add_argument("--results")
    chosen = parser.parse_known_args(session.posargs)[0].results
    draw(session, *(["--results", chosen] if chosen else []))


@nox.session(default=False)
def train(session: nox.Session) -> None:
    """Train: `nox -s train -- --profile full`; see `svhnlab train --help`."""
    prepare(session)
    run(session, "-m", "svhnlab", "train", *session.posargs)


@nox.session(default=False)
def report(session: nox.Session) -> None:
    """Build website and PDF from the stored results: `nox -s report -- --engine builtin`."""
    prepare(session)
    draw(session, *session.posargs)


@nox.session(default=False)
def publish(session: nox.Session) -> None:
    """Add a version to the published site: `nox -s publish -- --version 1.0`; see `svhnlab publish --help`."""
    prepare(session)
    draw(session, *session.posargs, command="publish")


@nox.session(default=False)
def check(session: nox.Session) -> None:
    """Check a finished site in a browser: `nox -s check -- _site` (accessibility, links, HTML, no requests)."""
    prepare(session, "check")
    run(session, "-m", "svhnlab", "check", *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Render the documentation as website and PDF: `nox -s docs -- --engine builtin`."""
    prepare(session)
    install_quarto(session, *session.posargs)
    run(session, "docs/render.py", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure speed and memory: `nox -s bench -- --results results`; see `python -m benchmarks --help`."""
    prepare(session, "bench")
    run(session, "-m", "benchmarks", *session.posargs)


@nox.session(default=False)
def ablation(session: nox.Session) -> None:
    """Train each recipe with one part changed: `nox -s ablation -- --profile quick` (an hour or more)."""
    prepare(session)
    run(session, "-m", "svhnlab", "ablation", *session.posargs)


@nox.session(default=False)
def tests(session: nox.Session) -> None:
    """Run the tests in parallel: `nox -s tests -- -k store`; `-- --cov` measures their coverage."""
    prepare(session, "check", "tests")
    # One thread per worker; by default, torch would start one thread per core in each worker.
    session.env["OMP_NUM_THREADS"] = "1"
    # One worker more than cores, because some tests wait for what another worker builds, or for a timeout.
    workers = min((os.cpu_count() or 1) + 1, 8)
    run(session, "-m", "pytest", "--numprocesses", str(workers), "--dist", "worksteal", *session.posargs)


@nox.session(default=False)
def faults(session: nox.Session) -> None:
    """Kill commands 200 times, let disks fail, and damage files (`nox -s tests` does a tenth of it)."""
    prepare(session, "check", "tests")
    session.env.setdefault("SVHNLAB_FAULTS", "200")
    run(session, "-m", "pytest", "tests/faults", *session.posargs)


@nox.session(default=False)
def lint(session: nox.Session) -> None:
    """Check style, import contracts, types (of page scripts if there is Node.js), workflows, and vulnerabilities."""
    prepare(session, "check", "lint")  # mypy reads the types of Playwright
    run(session, "-m", "ruff", "check", ".")
    run(session, "-m", "ruff", "format", "--check", ".")
    run(session, "-c", "from importlinter.cli import lint_imports_command as lint; lint()")  # has no `python -m`
    run(session, "-m", "mypy")
    workflows = [
        *(ROOT / ".github" / "workflows").glob("*.yml"),
        ROOT / "svhnlab" / "project" / "starter" / "publish.yml",
    ]
    run(session, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, workflows))
    if shutil.which("npx"):
        session.run("npx", "--yes", "--package", TYPESCRIPT, "tsc", "--project", "svhnlab/web", external=True)
    else:
        session.warn("The page scripts are not type-checked: there is no npx, which comes with Node.js.")
    audit(session)


def audit(session: nox.Session) -> None:
    """Fail if a version in constraints.txt has a known vulnerability; say so if there is no answer about some of them.

    pip-audit asks PyPI. A mirror of PyPI often has the packages without the list of vulnerabilities.
    """
    command = [str(PYTHON), "-m", "pip_audit", "--progress-spinner", "off", "--format", "json"]
    command += ["--requirement", str(CONSTRAINTS), "--no-deps", "--disable-pip"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if not result.stdout:  # the vulnerability service can't be reached
        session.warn(f"The dependencies are not audited: {result.stderr.strip().splitlines()[-1]}")
        return
    packages = json.loads(result.stdout)["dependencies"]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        session.warn(f"{len(unknown)} of {len(packages)} packages are not audited: no data on {unknown[0]} at PyPI.")
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in {vulnerability['fix_versions']}"
        for package in packages
        for vulnerability in package.get("vulns", [])
    ]
    if found:
        session.error("Known vulnerabilities:\n" + "\n".join(found))


@nox.session(default=False)
def constraints(session: nox.Session) -> None:
    """Write the versions in the shared environment, with all extras and groups, into constraints.txt."""
    project = nox.project.load_toml(ROOT / "pyproject.toml")
    prepare(session, *project["project"]["optional-dependencies"], *project["dependency-groups"])
    command = [str(PYTHON), "-m", "pip", "freeze", "--all", "--exclude", "pip", "--exclude-editable"]
    frozen = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    versions = re.sub(r"\+\S+", "", frozen)  # 2.13.0+cpu: the build differs between machines
    python = ".".join(map(str, sys.version_info[:2]))
    CONSTRAINTS.write_text(f"# Tested versions, on Python {python}; written by `nox -s constraints`.\n{versions}")
