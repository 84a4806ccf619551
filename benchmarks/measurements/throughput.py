"""Images per second in training: svhnlab, a plain loop and other frameworks, in turns, each in fresh processes."""

from __future__ import annotations

import importlib
from collections import defaultdict

from benchmarks.contenders import CONTENDERS, PACKAGES
from benchmarks.fresh_process import ProcessError, in_fresh_process
from benchmarks.schema import Contender, Sample, Throughput, ThroughputRun
from benchmarks.settings import LeftOutError, Settings
from svhnlab.store.environment import version_of


def measure(settings: Settings) -> Throughput:
    """Measure every workload with every installed implementation.

    A process trains all workloads of one implementation. The processes of all implementations take turns, so that a
    slow phase of the machine affects all of them.
    """
    names = settings.contenders or tuple(CONTENDERS)
    absent = {
        name: f"the package {package} is not installed (dependency group bench)"
        for name, package in PACKAGES.items()
        if name in names and version_of(package) is None
    }
    names = tuple(name for name in names if name not in absent)
    about: dict[str, dict[str, str | None]] = {}
    rates: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    order = []
    for repetition in range(1, settings.repetitions + 1):
        for name in [name for name in names if name not in absent]:
            settings.say(f"  {name}, repetition {repetition} of {settings.repetitions}")
            try:
                found = in_fresh_process(
                    "benchmarks.measurements.throughput:train_all",
                    contender=name,
                    runs=settings.runs,
                    quick=settings.quick,
                )
            except ProcessError as error:
                # A framework may not support this version of torch; svhnlab and the plain loop must run.
                if name not in PACKAGES:
                    raise
                absent[name] = str(error)
                continue
            about[name] = found["about"]
            order.append(name)
            for run, rate in found["rates"].items():
                rates[run][name].append(rate)
    if not about:
        raise LeftOutError("none of the chosen implementations is installed")
    facts = in_fresh_process("benchmarks.measurements.throughput:run_facts", quick=settings.quick)
    return Throughput(
        contenders={name: Contender.model_validate(found) for name, found in about.items()},
        absent={name: reason for name, reason in absent.items() if name not in about},
        order=tuple(order),
        runs=tuple(
            ThroughputRun(
                name=run, **facts[run], rates={name: Sample(values=tuple(found)) for name, found in rates[run].items()}
            )
            for run in facts
            if run in rates
        ),
    )


def train_all(contender: str, runs: list[str], quick: bool) -> dict[str, object]:
    """Train the workloads with one implementation and return the rate of each."""
    from benchmarks.contenders.workload import WORKLOADS, make_job  # noqa: PLC0415

    module = importlib.import_module(CONTENDERS[contender])
    rates = {}
    for run, workload in WORKLOADS.items():
        if (runs and run not in runs) or (contender in PACKAGES and not workload.frameworks):
            continue
        job = make_job(workload, quick=quick)
        module.train(job)
        rates[run] = job.clock.steps * job.recipe.batch_size / job.clock.seconds
    version = None if module.PACKAGE is None else version_of(module.PACKAGE)
    return {"about": {"title": module.TITLE, "version": version, "how": module.HOW}, "rates": rates}


def run_facts(quick: bool) -> dict[str, dict[str, object]]:
    """Return the settings and size of each workload."""
    from benchmarks.contenders.workload import WORKLOADS, make_job  # noqa: PLC0415
    from svhnlab.models.networks import multiply_adds  # noqa: PLC0415

    facts: dict[str, dict[str, object]] = {}
    for run, workload in WORKLOADS.items():
        job = make_job(workload, quick=quick)
        facts[run] = {
            "title": workload.title,
            "image_size": job.recipe.image_size,
            "augmented": job.recipe.augmentation is not None,
            "batch_size": job.recipe.batch_size,
            "images": job.clock.steps * job.recipe.batch_size,
            "multiply_adds": multiply_adds(job.model()),
        }
    return facts
