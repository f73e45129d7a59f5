"""A training from readings to a version with its alias: fit, meet the champion, store."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version as release_of
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from config import Settings
from config.errors import ModelNotTrained, UnknownModel
from data.meters import Meter
from data.revision import mark_from
from data.store import Span, Tally
from workers.ledger import Ledger
from workers.ledger.flags import clean_slate
from workers.ledger.trainability import TRAINABLE, UNTRAINABLE
from workers.registry import Registry
from workers.training.promotion import CHAMPION, FIRST, PROBE, Verdict, judge
from workers.training.recipe import CODE, code_digest
from workers.warm_models import Warm, load_serving
from workers.wire_format import timestamp

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml import Forecaster
    from ml.ensemble import SimilarMeter

Report = Callable[..., None]

ALONE, BESIDE = 0.95, 0.5
"""Share of the progress that the fit takes: of a first model, and of one that meets a champion."""


@dataclass(frozen=True)
class Trained:
    """A new version, whether it serves now, and why."""

    forecaster: "Forecaster"
    version: str
    promoted: bool
    reason: str


def options_of(settings: Settings) -> Any:
    """How `ml` shall train, by the settings."""
    from ml import TrainingOptions

    return TrainingOptions(
        quantiles=settings.quantiles,
        max_horizon=timedelta(days=settings.max_forecast_days),
        nthread=settings.threads,
    )


def train_meter(
    registry: Registry,
    ledger: Ledger,
    meter: Meter,
    readings: pd.Series,
    weather: pd.DataFrame | None,
    *,
    settings: Settings,
    report: Report,
    similar: "Sequence[SimilarMeter]" = (),
) -> Trained:
    """Train a model and let it serve if it is not worse than the champion.

    :param similar: similar meters that a short history learns from too.
    :raises ml.ForecastingError: nothing can be learnt from the readings.
    """
    from ml import train

    options = options_of(settings)

    def fit(
        on: pd.Series, with_weather: pd.DataFrame | None, tell: Report = _silent
    ) -> "Forecaster":
        return train(on, with_weather, meter=meter, similar=similar, report=tell, options=options)

    def fitting(stage: str, fraction: float, **facts: Any) -> None:
        report(stage, (BESIDE if champion else ALONE) * fraction, **facts)

    def comparing(stage: str, fraction: float, **facts: Any) -> None:
        share = BESIDE + (ALONE - BESIDE) * fraction
        report("validating", share, message="Comparing with the champion")

    champion = _champion(registry, meter)
    model = fit(readings, weather, fitting)
    verdict = FIRST
    if isinstance(champion, Warm):
        verdict = judge(
            model, champion.forecaster, readings, weather, meter=meter, settings=settings,
            fit=lambda on, with_weather: fit(on, with_weather, comparing),
        )  # fmt: skip
    elif champion:
        verdict = Verdict(True, "the champion cannot be loaded")
    report("saving", ALONE, message="Saving")
    stands = champion.version if isinstance(champion, Warm) else champion
    version, promoted, reason = store_model(registry, meter, model, verdict, instead_of=stands)
    review(ledger, meter, version if promoted else stands, verdict, promoted=promoted)
    registry.prune(meter.meter_type, meter.meter_id, keep=settings.model_versions_kept)
    return Trained(model, version, promoted, reason)


@contextmanager
def refusals_noted(
    ledger: Ledger, meter: Meter, readings: pd.Series, *, whole: bool, now: datetime
) -> Iterator[None]:
    """Around a training: note that the readings refused it, or forget that others did.

    A meter that is merely young has not been refused: it will grow.

    :param whole: these are all the readings that the meter has, not a part that was asked for.
    """
    from ml import BadQuality, InsufficientHistory

    first, last = (readings.index[at].to_pydatetime() for at in (0, -1))
    try:
        yield
    except (BadQuality, InsufficientHistory) as error:
        if whole and last - first >= TRAINABLE:
            tally = Tally(len(readings), float(readings.sum()))
            refusal = {
                "code": error.code,
                "message": error.message,
                "hint": error.hint,
                "at": timestamp(now),
                "mark": mark_from(meter, Span(first, last), tally),
            }
            ledger.note(meter.key, **{UNTRAINABLE: refusal})
        raise
    ledger.note(meter.key, **{UNTRAINABLE: None})


def _champion(registry: Registry, meter: Meter) -> Warm | str:
    """The champion; its name where it cannot be loaded, "" where there is none."""
    from ml import ForecastingError

    ids = (meter.meter_type, meter.meter_id)
    try:
        warm = load_serving(registry, meter)
    except (ModelNotTrained, UnknownModel):
        return ""
    except ForecastingError:
        return registry.aliases(*ids).get("champion", "")
    # An older one may have answered for a champion that only another release can read.
    return warm if warm.version == registry.champion(*ids) else registry.champion(*ids)


def review(
    ledger: Ledger, meter: Meter, champion: str, verdict: Verdict, *, promoted: bool
) -> None:
    """After a training: may the champion, new or old, answer for a meter that was flagged?

    A new one starts with a clean slate and an old one gets its own back if it beat the naive on
    the days of the contest; a new one that did not stays behind the naive like the one before it.
    """
    contest = verdict.contest
    suspended = ledger.read(meter.key).get("suspended")
    beaten = contest is not None and (
        contest["mae"][PROBE if promoted else CHAMPION] >= contest["naive_mae"]
    )
    if promoted and suspended and beaten:
        ledger.note(meter.key, suspended=champion)
    elif promoted or (suspended == champion and contest is not None and not beaten):
        clean_slate(ledger, meter.key)


def _silent(stage: str, fraction: float, **facts: Any) -> None:
    """Progress that nobody follows."""


def store_model(
    registry: Registry,
    meter: Meter,
    forecaster: "Forecaster",
    verdict: Verdict = FIRST,
    *,
    instead_of: str = "",
) -> tuple[str, bool, str]:
    """Keep a new model as a version and give it the alias that the verdict says.

    :param instead_of: the champion that the verdict is about, "" for none.
    :returns: the version, whether it is the champion now, and why.
    """
    facts = {
        "release": release_of("energy-forecasting"),
        CODE: code_digest(),
        "contest": verdict.contest,
    }
    ids = (meter.meter_type, meter.meter_id)
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        forecaster.save(folder)
        version = registry.add(*ids, Path(folder), facts=facts)
    reason = verdict.reason
    if verdict.promoted:
        if registry.promote(*ids, version, instead_of=instead_of, reason=reason):
            return version, True, reason
        reason = "another training ended at the same time"
    registry.challenge(*ids, version, reason=reason)
    return version, False, reason
