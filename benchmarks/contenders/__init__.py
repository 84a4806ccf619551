"""Implementations of the same training: svhnlab's loop, a plain PyTorch loop, and other frameworks.

Every module has ``TITLE``, ``PACKAGE`` (its version is recorded; None for own code), ``HOW`` (data loading and
training in one sentence), and ``train(job)``, which trains one epoch and calls ``job.clock.tick()`` after every batch.
"""

#: Module of each contender by name, in the order of the tables.
CONTENDERS = {
    "svhnlab": "benchmarks.contenders.our_loop",
    "plain": "benchmarks.contenders.plain_loop",
    "lightning": "benchmarks.contenders.lightning_trainer",
    "skorch": "benchmarks.contenders.skorch_net",
    "keras": "benchmarks.contenders.keras_fit",
    "fastai": "benchmarks.contenders.fastai_learner",
}
#: Packages of the frameworks (dependency group ``bench``).
PACKAGES = {"lightning": "lightning", "skorch": "skorch", "keras": "keras", "fastai": "fastai"}
