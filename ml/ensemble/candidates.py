"""The learners of a meter: without weather, or with it as far as it proves to be of use."""

from dataclasses import dataclass

import numpy as np

from ml.ensemble.evidence import Candidate, Evidence
from ml.ensemble.selection import weather_trust
from ml.ensemble.weather_trust import LEAD_DAYS
from ml.learners import LinearLearner, Sample
from ml.learners.boosted import (
    BESIDE_WEATHER,
    PLAIN_TARGETS,
    WEATHER_TARGETS,
    BoostedTarget,
    fit_boosted,
    rounds_to_fit,
    rounds_to_probe,
    unseen_by_boosting,
)
from ml.learners.boosting import OnRound
from ml.learners.linear import fit_linear
from ml.learners.network import EPOCHS, fit_network
from ml.learners.sample import FOLDS
from ml.options import TrainingOptions
from ml.progress import PLAN, Progress
from ml.readings import FloatArray

Regression = tuple[LinearLearner, FloatArray]
"""With its unseen forecasts of all pairs, in the meter's unit."""
NETWORK_ROUNDS = FOLDS * EPOCHS


@dataclass(frozen=True)
class Fitting:
    """What every learner of a meter is fitted on."""

    sample: Sample
    evidence: Evidence
    options: TrainingOptions
    progress: Progress

    @property
    def day(self) -> int:
        """Steps of one."""
        return self.evidence.grid.day

    def ticks(self, total: int, *, start: float, end: float) -> OnRound:
        """A callable for each of `total` rounds."""
        return self.progress.rounds("fitting", start=start, end=end, total=total, label="Fitting")

    def linear(self, *, weather: bool) -> list[Regression]:
        """The regression, and the same with weather; each with its unseen forecasts."""
        return fit_linear(self.sample, weather=weather, day=self.day, seed=self.options.seed)

    def network(self, linear: Regression, on_round: OnRound) -> Candidate:
        """The network on the columns of a regression, with weather where that has it."""
        day, seed = self.day, self.options.seed
        return Candidate(
            *fit_network(self.sample, linear[0], day=day, seed=seed, on_round=on_round)
        )

    def unseen(self, targets: list[BoostedTarget], on_round: OnRound) -> list[FloatArray]:
        """What boosted models say of pairs that they have not seen; see `unseen_by_boosting`."""
        nthread, seed = self.options.nthread, self.options.seed
        return unseen_by_boosting(
            targets, self.sample, nthread=nthread, seed=seed, on_round=on_round
        )

    def boosted(
        self, targets: list[BoostedTarget], unseen: list[FloatArray], on_round: OnRound
    ) -> list[Candidate]:
        """The boosted models themselves, to what they have said."""
        nthread, seed = self.options.nthread, self.options.seed
        fitted = fit_boosted(targets, self.sample, nthread=nthread, seed=seed, on_round=on_round)
        return [Candidate(target, said) for target, said in zip(fitted, unseen, strict=True)]


@dataclass(frozen=True)
class Contenders:
    """The candidates of a meter, and how far weather is trusted at each lead (`trust_of`)."""

    plain: list[Candidate]
    weathered: list[Candidate]
    trust: FloatArray


def without_weather(fitting: Fitting, *, start: float = PLAN.drawn) -> Contenders:
    """All the learners of a meter without weather."""
    total = NETWORK_ROUNDS + rounds_to_probe(PLAIN_TARGETS) + rounds_to_fit(PLAIN_TARGETS)
    tick = fitting.ticks(total, start=start, end=PLAN.fitted)
    (linear,) = fitting.linear(weather=False)
    network = fitting.network(linear, tick)
    unseen = fitting.unseen(PLAIN_TARGETS, tick)
    plain = [Candidate(*linear), network, *fitting.boosted(PLAIN_TARGETS, unseen, tick)]
    return Contenders(plain, [], np.zeros(len(LEAD_DAYS) + 1))


def with_weather(fitting: Fitting) -> Contenders:
    """The learners with weather, and those beside them for where it ends or is of little use.

    Probes tell first what the weather is worth. Where that is nothing, the meter gets the model
    of one without weather: not even the rows' robust weights are taken over.
    """
    total = NETWORK_ROUNDS + rounds_to_probe(WEATHER_TARGETS) + rounds_to_probe(BESIDE_WEATHER)
    tick = fitting.ticks(total, start=PLAN.drawn, end=PLAN.probed)
    linear, rich = fitting.linear(weather=True)
    # Before the boosters, which leave memory in pieces that its table would lie on top of.
    network = fitting.network(rich, tick)
    said = fitting.unseen(WEATHER_TARGETS, tick)
    said_beside = fitting.unseen(BESIDE_WEATHER, tick)
    unseen = {one.name: forecast for one, forecast in (linear, rich)}
    for targets, forecasts in ((WEATHER_TARGETS, said), (BESIDE_WEATHER, said_beside)):
        unseen |= {
            target.name: forecast for target, forecast in zip(targets, forecasts, strict=True)
        }
    trust = weather_trust(fitting.evidence, unseen)
    if not trust.any():
        return without_weather(fitting, start=PLAN.probed)
    # Where the model without weather has a say within the week, it gets all of its learners.
    shared = bool((trust[:-1] < 1).any())
    extra = rounds_to_fit(PLAIN_TARGETS) + rounds_to_probe(PLAIN_TARGETS[1:]) + NETWORK_ROUNDS
    total = rounds_to_fit(WEATHER_TARGETS) + (extra if shared else rounds_to_fit(BESIDE_WEATHER))
    tick = fitting.ticks(total, start=PLAN.probed, end=PLAN.fitted)
    # The plain regression stays in the mixture, for meters that weather says little of.
    regressions = [Candidate(*linear), Candidate(*rich)]
    weathered = [*regressions, network, *fitting.boosted(WEATHER_TARGETS, said, tick)]
    plain = regressions[:1]
    if shared:
        plain.append(fitting.network(linear, tick))
        # The first is the one beside the weather, but larger: its probes are the same.
        said_plain = [*said_beside, *fitting.unseen(PLAIN_TARGETS[1:], tick)]
        plain += fitting.boosted(PLAIN_TARGETS, said_plain, tick)
    else:
        plain += fitting.boosted(BESIDE_WEATHER, said_beside, tick)
    return Contenders(plain, weathered, trust)
