"""What every learner can do; a new family is one file that does it and one row of `KINDS`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import xgboost

from ml.features import Design, Expansion, expand
from ml.readings import FloatArray


@dataclass(frozen=True)
class Inputs:
    """What learners are asked with; those that expand the features share one expansion.

    day: steps of one. weather: whether any of the learners uses it.
    """

    design: Design
    day: int
    weather: bool

    @cached_property
    def expansion(self) -> Expansion:
        """Columns of the weather come last: a learner without it takes those before them."""
        return expand(self.design, weather=self.weather)


class Writer(Protocol):
    """Keeps what is too large for JSON; gives the name by which it is found again."""

    def booster(self, booster: xgboost.Booster) -> str: ...
    def network(self, weights: np.ndarray) -> str: ...


class Reader(Protocol):
    """Finds what a `Writer` kept; raises ModelCorrupt where its bytes are others."""

    def booster(self, name: str) -> xgboost.Booster: ...
    def network(self, name: str) -> np.ndarray: ...


class Learner(Protocol):
    """A fitted model of one meter's median, among others that are mixed with it."""

    kind: ClassVar[str]
    """Its name in a saved model."""
    prior: ClassVar[float]
    """Its share in a mixture before anything is known: the middle of a flat optimum on many
    meters."""

    @property
    def name(self) -> str: ...

    @property
    def weather(self) -> bool: ...

    def predict(self, inputs: Inputs) -> FloatArray:
        """Forecasts in the meter's unit, (pairs,)."""

    def contributions(self, inputs: Inputs) -> dict[str, FloatArray]:
        """Per topic what it adds to the forecast, in the meter's unit, (pairs,); they add up."""

    def gains(self) -> dict[int, float]:
        """The gain of each feature by its column; empty for a learner that knows none."""

    def to_parts(self, writer: Writer) -> dict[str, Any]:
        """All of it but its kind, as JSON types."""

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], reader: Reader) -> Self:
        """What `to_parts` gave; raises KeyError, TypeError or ModelCorrupt."""
