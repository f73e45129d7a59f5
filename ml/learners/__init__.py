"""Models of one meter that can be fitted and asked; one file each, and the naive beside them."""

from ml.learners.boosted import BoostedHead
from ml.learners.linear import LinearHead
from ml.learners.naive import seasonal_naive
from ml.learners.network import NetworkHead
from ml.learners.sample import Sample

__all__ = ["BoostedHead", "LinearHead", "NetworkHead", "Sample", "seasonal_naive"]
