"""Getting weather into the store: what is missing is asked for, what is there is not.

Nothing here fails for want of weather. A provider that does not answer is left alone for a while
by all processes, which is logged once, and jobs go on with what is stored.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from config import Settings
from config.errors import WeatherUnavailable
from data.store import IMPORTED, SIMULATED, Store
from weather.asked_days import SETTLED_AFTER, forecast_age, keep, mark_asked, missing_days
from weather.http import Asker, Limited, Unreachable
from weather.provider import Place, Product, Provider
from weather.providers import OpenMeteo
from weather.providers.open_meteo import weight
from weather.quota import Memory

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
DAYS_BACK, DAYS_AHEAD = 3, 7
"""A forecast request also fills the last days: with one a night no hour stays without weather."""
PLACES_PER_REQUEST = 100
"""The service takes a thousand; a hundred keep the address under two thousand characters."""
DAYS_PER_REQUEST = {
    Product.HISTORICAL_FORECAST: 366,
    Product.ARCHIVE: 366,
    Product.PREVIOUS_RUN: 122,  # seven columns per variable: about a megabyte
}
FILLING_SECONDS = 120
"""Longest that one process keeps others from asking for the same."""


@dataclass
class Fetched:
    """What was done: requests made, and why some were not."""

    requests: int = 0
    places: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class WeatherService:
    """Store, provider and shared memory; `patient` waits for the limits of the service to pass."""

    store: Store
    provider: Provider
    memory: Memory
    variables: Sequence[str]
    limited: bool
    pause: float
    max_age: timedelta
    patient: bool = False
    clock: Callable[[], float] = time.time

    def fill_past(self, place: Place, first: date, last: date, *, now: datetime) -> Fetched:
        """Ask for the days (both included) of the past that were never asked for."""
        done = Fetched(places=1)
        if self._invented(place):
            return done
        with self._alone(place):
            for product, begin, end in self._plan(place, first, last, now.astimezone(UTC).date()):
                days = missing_days(self.store, place, product, self.variables, begin, end)
                for part in [piece for run in days for piece in _pieces(*run, product)]:
                    if not self._fetch(product, [place], *part, now, done):
                        break
                    mark_asked(self.store, place, product, self.variables, *part)
        return done

    def refresh(self, places: Sequence[Place], *, now: datetime) -> Fetched:
        """Fetch the present forecast of the places whose stored one is older than `max_age`."""
        done = Fetched(places=len(places))
        if self._is_down(Product.FORECAST, done):
            return done
        stale = [place for place in places if self._is_stale(place, now)]
        today = now.astimezone(UTC).date()
        span = today - DAYS_BACK * DAY, today + DAYS_AHEAD * DAY
        for start in range(0, len(stale), PLACES_PER_REQUEST):
            some = stale[start : start + PLACES_PER_REQUEST]
            if not self._fetch(Product.FORECAST, some, *span, now, done):
                break
        return done

    def _plan(
        self, place: Place, first: date, last: date, today: date
    ) -> list[tuple[Product, date, date]]:
        """What to ask for of a range, the most useful first."""
        archived = self.provider.earliest(Product.HISTORICAL_FORECAST)
        products = [
            (Product.HISTORICAL_FORECAST, first, last),
            (Product.PREVIOUS_RUN, first, last),
        ]
        if IMPORTED not in self.store.weather_sources(place.key):
            products.append((Product.ARCHIVE, first, min(last, archived - DAY)))
        return [
            (
                product,
                max(begin, self.provider.earliest(product)),
                min(end, today - SETTLED_AFTER[product]),
            )
            for product, begin, end in products
        ]

    def _fetch(
        self,
        product: Product,
        places: Sequence[Place],
        first: date,
        last: date,
        now: datetime,
        done: Fetched,
    ) -> bool:
        """One request, its answer into the store; whether there was one."""
        calls = weight(product, len(places), self.variables, (last - first).days + 1)
        if self._is_down(product, done) or not self._granted(calls, done):
            return False
        done.requests += 1
        try:
            frames = self.provider.fetch(product, places, self.variables, first, last)
        except WeatherUnavailable as failure:
            self._leave_alone(product, failure)
            done.problems.append(failure.message)
            return False
        for place, frame in zip(places, frames, strict=True):
            keep(self.store, place, product, frame, fetched_at=now)
            if product is Product.FORECAST:
                self._note_fetched(place, now)
        return True

    def _is_down(self, product: Product, done: Fetched) -> bool:
        why = self.memory.recall("down") or self.memory.recall(f"down:{product}")
        if why is not None:
            done.problems.append(why)
        return why is not None

    def _granted(self, calls: float, done: Fetched) -> bool:
        """Count the calls against the limits; a patient service waits until they are granted."""
        while self.limited and (wait := self.memory.spend(calls, self.clock())):
            if not self.patient:
                why = f"the calls that Open-Meteo grants are used up for {wait:.0f} s"
                done.problems.append(why)
                if self.memory.remember("used up", why, wait):
                    log.warning("%s; jobs go on with the weather that is stored", why)
                return False
            time.sleep(min(wait, 5.0))
        return True

    def _leave_alone(self, product: Product, failure: WeatherUnavailable) -> None:
        everything = isinstance(failure, Unreachable)
        name = "down" if everything else f"down:{product}"
        seconds = failure.wait if isinstance(failure, Limited) else self.pause
        if self.memory.remember(name, failure.message, seconds):
            log.warning(
                "no %s weather for %.0f s: %s",
                "new" if everything else product.value,
                seconds,
                failure.message,
            )

    def _is_stale(self, place: Place, now: datetime) -> bool:
        noted = self.memory.recall(_fetched(place))
        age = now - datetime.fromisoformat(noted) if noted else forecast_age(self.store, place, now)
        if age is None or age > self.max_age:
            return not self._invented(place)
        if not noted:
            self._note_fetched(place, now - age)
        return False

    def _note_fetched(self, place: Place, at: datetime) -> None:
        """Spare the next forecast at the place a look into the store."""
        self.memory.forget(_fetched(place))
        self.memory.remember(_fetched(place), at.isoformat(), self.max_age.total_seconds())

    def _invented(self, place: Place) -> bool:
        """The demo's weather is its own: the real one must not be mixed in."""
        return SIMULATED in self.store.weather_sources(place.key)

    @contextmanager
    def _alone(self, place: Place) -> Iterator[None]:
        """Wait for whoever asks for the same place: afterwards there may be nothing to ask."""
        name, deadline = f"filling:{place.key}", time.monotonic() + FILLING_SECONDS
        while not self.memory.remember(name, "", FILLING_SECONDS):
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        try:
            yield
        finally:
            self.memory.forget(name)


def open_weather(
    settings: Settings, store: Store, memory: Memory, *, patient: bool = False
) -> WeatherService | None:
    """The service that the settings name; None for WEATHER_PROVIDER=none."""
    if settings.weather_provider == "none":
        return None
    variables = sorted({name for kind in settings.meter_types.values() for name in kind.weather})
    return WeatherService(
        store=store,
        provider=open_provider(settings),
        memory=memory,
        variables=variables,
        limited=not (settings.weather_api_key or settings.weather_base_url),
        pause=settings.weather_pause,
        max_age=timedelta(hours=settings.weather_max_age_hours),
        patient=patient,
    )


def open_provider(settings: Settings) -> OpenMeteo:
    """Open-Meteo as the settings say."""
    asker = Asker(
        timeout=settings.weather_timeout, connect_timeout=settings.weather_connect_timeout
    )
    return OpenMeteo(settings.weather_base_url, settings.weather_api_key, asker)


def _fetched(place: Place) -> str:
    return f"fetched:{place.key}"


def _pieces(first: date, last: date, product: Product) -> Iterator[tuple[date, date]]:
    """The range in parts of one request each."""
    length = timedelta(days=DAYS_PER_REQUEST[product])
    while first <= last:
        yield first, min(first + length - DAY, last)
        first += length
