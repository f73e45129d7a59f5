"""A small neural network on the columns of the regression, for what lies between it and the trees.

One hidden layer of rectified units finds smooth products of a few columns, which a regression
lacks and trees cut into steps. It costs a tenth of a boosted model and errs differently from both.
There are two, each without one fold of the history: their mean forecasts, and each tells how
large its errors on readings that it has not seen are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from ml.features import Design, Expansion, expand, topics
from ml.learners.boosted import CLIPPED_SHARE, WEATHER_SUFFIX
from ml.learners.boosting import OnRound
from ml.learners.learner import Inputs, Reader, Writer
from ml.learners.linear import ROWS_AT_ONCE, LinearLearner, standardised
from ml.learners.sample import Sample
from ml.readings import BoolArray, FloatArray, SingleArray

NETWORK = "network"
UNITS = 32
EPOCHS = 6
"""More of either bought nothing on half of the series."""
BATCH = 256
RATE = 0.008
WARM_UP = 50
"""Steps in which the rate rises to its full height, from which it then falls like a cosine."""
DECAY = 0.2
"""Share of a weight, times the rate, that each step takes off it."""
MOMENTS = (0.9, 0.999)
FURTHEST = 3.0
"""Standard deviations: a network is not to be followed beyond what it has seen."""
FADING_DAYS = (1.0, 0.2)
"""How fast what is known at the origin fades with the lead."""
NEAREST_DAYS = 0.05


@dataclass(frozen=True)
class Network:
    """Weights of one hidden layer, (columns, units), and of its output, (units,)."""

    hidden: SingleArray
    output: SingleArray

    @property
    def weights(self) -> SingleArray:
        """Both, one above the other, (columns + 1, units)."""
        return np.vstack([self.hidden, self.output])

    @classmethod
    def of(cls, weights: SingleArray) -> Self:
        """What `weights` gave."""
        return cls(weights[:-1], weights[-1])

    def on(self, matrix: SingleArray) -> SingleArray:
        """What it says of each row, (rows,)."""
        return np.maximum(matrix @ self.hidden, 0.0) @ self.output

    def terms(self, matrix: SingleArray) -> SingleArray:
        """What each column adds to that, (rows, columns): between its kinks it is linear."""
        active = (matrix @ self.hidden > 0) * self.output
        return matrix * (active @ self.hidden.T)


@dataclass(frozen=True)
class NetworkLearner:
    """Networks of residuals over the standardised columns, which are averaged."""

    kind: ClassVar[str] = "network"
    prior: ClassVar[float] = 0.35

    name: str
    weather: bool
    mean: FloatArray
    deviation: FloatArray
    networks: tuple[Network, ...]

    def predict(self, inputs: Inputs) -> FloatArray:
        """Forecasts in the meter's unit, (pairs,)."""
        design, expansion = inputs.design, inputs.expansion
        matrix = _columns(expansion, design, self.mean, self.deviation, day=inputs.day)
        residual = np.mean([network.on(matrix) for network in self.networks], axis=0, dtype=float)
        return np.asarray((residual + design.base.shape) * design.base.level)

    def contributions(self, inputs: Inputs) -> dict[str, FloatArray]:
        """Per topic what it adds to the forecast, in the meter's unit, (pairs,)."""
        design, expansion = inputs.design, inputs.expansion
        matrix = _columns(expansion, design, self.mean, self.deviation, day=inputs.day)
        terms = np.mean([network.terms(matrix) for network in self.networks], axis=0, dtype=float)
        level, known = design.base.level, len(self.mean)
        found = {topics.USUAL_WEEK: (design.base.shape + terms[:, known]) * level}
        names = (*enumerate(expansion.topics[:known]),)
        names += tuple((number, topics.LEAD) for number in range(known + 1, terms.shape[1]))
        for number, topic in names:
            found[topic] = found.get(topic, 0.0) + terms[:, number] * level
        return found

    def gains(self) -> dict[int, float]:
        """None: a network knows no gain of a feature."""
        return {}

    def to_parts(self, writer: Writer) -> dict[str, Any]:
        """All of it but its kind, as JSON types."""
        return {
            "name": self.name,
            "weather": self.weather,
            "mean": self.mean.tolist(),
            "deviation": self.deviation.tolist(),
            "networks": [writer.network(network.weights) for network in self.networks],
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], reader: Reader) -> Self:
        """What `to_parts` gave."""
        return cls(
            name=parts["name"],
            weather=parts["weather"],
            mean=np.array(parts["mean"], float),
            deviation=np.array(parts["deviation"], float),
            networks=tuple(Network.of(reader.network(name)) for name in parts["networks"]),
        )


def fit_network(
    sample: Sample, linear: LinearLearner, *, day: int, seed: int, on_round: OnRound
) -> tuple[NetworkLearner, FloatArray]:
    """The learner on the columns of the regression, and its unseen forecast of each pair.

    The forecasts are in the meter's unit, (pairs,). `on_round` is called after each epoch.
    """
    design, fold = sample.design, sample.fold
    mean, deviation = linear.mean, linear.deviation
    chunks = np.array_split(np.arange(len(fold)), 1 + len(fold) // ROWS_AT_ONCE)
    matrix = np.empty((len(fold), len(mean) + 2 + len(FADING_DAYS)), np.float32)
    for rows in chunks:
        part = design.where(rows)
        expansion = expand(part, weather=linear.weather)
        matrix[rows] = _columns(expansion, part, mean, deviation, day=day)
    goal = sample.actual / design.base.level - design.base.shape
    goal = np.clip(goal, *np.quantile(goal, (CLIPPED_SHARE, 1 - CLIPPED_SHARE)))
    networks, unseen = [], np.empty(len(fold))
    for number in range(int(fold.max()) + 1):
        hidden = fold == number
        network = _trained(
            matrix, goal, sample.weight, ~hidden, seed=seed + number, on_round=on_round
        )
        networks.append(network)
        for rows in chunks:
            own = rows[hidden[rows]]
            unseen[own] = network.on(matrix[own])
    name = NETWORK + WEATHER_SUFFIX * linear.weather
    learner = NetworkLearner(name, linear.weather, mean, deviation, tuple(networks))
    return learner, (unseen + design.base.shape) * design.base.level


def _columns(
    expansion: Expansion, design: Design, mean: FloatArray, deviation: FloatArray, *, day: int
) -> SingleArray:
    """The standardised columns, a constant, and the lead in days: (pairs, columns)."""
    lead = design.pairs.lead / day
    ahead = [np.log(lead + NEAREST_DAYS), *(np.exp(-lead / days) for days in FADING_DAYS)]
    known = standardised(expansion, mean, deviation, furthest=FURTHEST)
    return np.column_stack([known, *(column.astype(np.float32) for column in ahead)])


def _trained(
    matrix: SingleArray,
    goal: FloatArray,
    weight: FloatArray,
    seen: BoolArray,
    *,
    seed: int,
    on_round: OnRound,
) -> Network:
    """A network of the rows that are seen, by the smooth absolute error of `boosting`.

    Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019).
    """
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(seen)
    width = float(np.median(np.abs(goal[rows] - np.median(goal[rows])))) or 1e-6
    label, weight = (goal / width).astype(np.float32), weight.astype(np.float32)
    columns = matrix.shape[1]
    weights = [
        rng.normal(0, columns**-0.5, (columns, UNITS)).astype(np.float32),
        rng.normal(0, 0.1 * UNITS**-0.5, UNITS).astype(np.float32),
    ]
    first = [np.zeros_like(one) for one in weights]
    second = [np.zeros_like(one) for one in weights]
    size = min(BATCH, len(rows))
    steps = EPOCHS * (len(rows) // size)
    done = 0
    for _ in range(EPOCHS):
        order = rng.permutation(rows)
        for start in range(0, len(order) - size + 1, size):
            done += 1
            chosen = order[start : start + size]
            gradients = _gradients(weights, matrix[chosen], label[chosen], weight[chosen])
            rate = RATE * min(1.0, done / WARM_UP) * 0.5 * (1 + np.cos(np.pi * done / steps))
            for one, mean, square, gradient in zip(weights, first, second, gradients, strict=True):
                mean += (1 - MOMENTS[0]) * (gradient - mean)
                square += (1 - MOMENTS[1]) * (gradient * gradient - square)
                size_of_step = np.sqrt(square / (1 - MOMENTS[1] ** done)) + 1e-8
                one -= rate * (mean / (1 - MOMENTS[0] ** done) / size_of_step + DECAY * one)
        on_round()
    return Network(weights[0], weights[1] * np.float32(width))


def _gradients(
    weights: list[SingleArray], matrix: SingleArray, label: SingleArray, weight: SingleArray
) -> tuple[SingleArray, SingleArray]:
    """Of the mean loss of a batch, by the weights of the hidden layer and of the output."""
    hidden, output = weights
    units = np.maximum(matrix @ hidden, 0.0)
    error = units @ output - label
    slope = weight * error / (1 + np.abs(error)) / len(label)
    return matrix.T @ (np.outer(slope, output) * (units > 0)), units.T @ slope
