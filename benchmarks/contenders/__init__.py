"""Ways to train the same model on the same images: ours, the plain loop, and what people would take instead.

Every module has ``TITLE``, ``PACKAGE`` (whose version is recorded; None for none), ``HOW`` in one sentence, and
``train(work)``, which trains one epoch and calls ``work.clock.tick()`` at the end of every batch.
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
#: The packages that a project of its own has to install for them.
PACKAGES = {"lightning": "lightning", "skorch": "skorch", "keras": "keras", "fastai": "fastai"}
