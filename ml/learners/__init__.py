"""Models of one meter that can be fitted and asked; one file each, and the naive beside them.

What each can do says `Learner`; `KINDS` holds them by the names that saved models give them.
"""

from ml.learners.boosted import BoostedLearner
from ml.learners.learner import Inputs, Learner
from ml.learners.linear import LinearLearner
from ml.learners.naive import seasonal_naive
from ml.learners.network import NetworkLearner
from ml.learners.sample import Sample

KINDS: dict[str, type[Learner]] = {
    one.kind: one for one in (LinearLearner, NetworkLearner, BoostedLearner)
}

__all__ = [
    "KINDS",
    "BoostedLearner",
    "Inputs",
    "Learner",
    "LinearLearner",
    "NetworkLearner",
    "Sample",
    "seasonal_naive",
]
