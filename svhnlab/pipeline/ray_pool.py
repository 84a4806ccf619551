"""A Ray cluster as workers, one that runs or one of this machine's own."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from svhnlab.config.parallel import ParallelOptions
from svhnlab.errors import InputError
from svhnlab.pipeline.pool import Pool, describe

# Ray would tell its makers how it is used, and leave out lines that several workers print alike.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_DEDUP_LOGS", "0")

import ray
from ray.exceptions import RayActorError
from ray.util.joblib import register_ray


@contextmanager
def ray_pool(workers: ParallelOptions, count: int, threads: int, *, gpus: int) -> Iterator[Pool]:
    """Give actors of the wished cluster, or of one started on this machine's loopback address.

    On a running cluster, without a wish, there is one for each GPU, or else one for each machine with all of its
    cores. ``WorkerLost`` is raised when one dies.
    """
    if workers.scheduler is None:
        ray.init(
            num_cpus=count * threads,
            num_gpus=gpus,
            include_dashboard=False,
            _node_ip_address="127.0.0.1",
            logging_level=logging.ERROR,
        )
        where = describe(count, "Ray actors of this machine", threads)
    else:
        try:
            ray.init(workers.scheduler, logging_level=logging.ERROR)
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(
                f"There is no Ray cluster at {workers.scheduler} ({' '.join(str(error).split())[:160]}); "
                "start one with `ray start --head`."
            ) from error
    try:
        if workers.scheduler is not None:
            nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
            gpus = int(sum(node.get("GPU", 0) for node in nodes))
            count = workers.count or gpus or len(nodes)
            per_node = -(-count // len(nodes))
            cores = int(min(node.get("CPU", 0) for node in nodes))
            threads = workers.threads or max(1, cores // per_node)
            where = describe(count, f"actors of the Ray cluster at {workers.scheduler}", threads)
        register_ray()
        needs = {"num_cpus": threads, "num_gpus": min(1.0, gpus / count)}
        yield Pool(
            where,
            threads,
            {"backend": "ray", "n_jobs": count, "ray_remote_args": needs},
            streams=False,  # its lines come from the workers while they work
            lost=(RayActorError,),
        )
    finally:
        ray.shutdown()
