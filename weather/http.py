"""One question to a weather service, asked again where that may help.

A server that fails or answers half is asked up to three times, with growing pauses and jitter;
one that can't be reached at all is not: who waits for a forecast should not wait for that.
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)
from tenacity.wait import wait_base

from config.errors import WeatherUnavailable

TRIES = 3
SHORT_WAIT = 5.0
"""Seconds that a server may ask to be left alone within one job; else the job goes on without."""

# The words of Open-Meteo's 429, and the calendar window (s) whose end they name.
LIMITS: Mapping[str, int] = {"Minutely": 60, "Hourly": 3600, "Daily": 86_400}


class Unreachable(WeatherUnavailable):
    """No connection: no network, no such host, or nobody listens."""


class Limited(WeatherUnavailable):
    """Too many calls; `wait` seconds from now there are some again."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message, wait_seconds=round(wait))
        self.wait = wait


class Refused(WeatherUnavailable):
    """The service understood and declined; asking the same again is no use."""


class _Transient(Exception):
    """A failure that may be gone in a second."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True)
class Asker:
    """Time-outs in seconds; `pause` is the longest first pause between two tries."""

    timeout: float = 20.0
    connect_timeout: float = 3.0
    pause: float = 0.5
    clock: Callable[[], float] = time.time

    def get(self, url: str, params: Mapping[str, str]) -> Any:
        """The JSON of an answer.

        :raises Unreachable: there is no connection.
        :raises Limited: the service asks to be left alone.
        :raises Refused: the service says that the question is wrong.
        :raises WeatherUnavailable: it failed `TRIES` times.
        """
        tries = Retrying(
            stop=stop_after_attempt(TRIES),
            retry=retry_if_exception_type(_Transient),
            wait=wait_random_exponential(multiplier=self.pause, max=SHORT_WAIT) + _AskedFor(),
            reraise=True,
        )
        timeout = httpx.Timeout(self.timeout, connect=self.connect_timeout)
        try:
            with httpx.Client(timeout=timeout) as client:
                return tries(_ask, client, url, params, self.clock)
        except _Transient as failure:
            raise WeatherUnavailable(f"{_host(url)} failed {TRIES} times: {failure}") from failure


class _AskedFor(wait_base):
    """Seconds that the last answer asked to be left alone."""

    def __call__(self, retry_state: RetryCallState) -> float:
        failure = retry_state.outcome.exception() if retry_state.outcome else None
        return failure.wait if isinstance(failure, _Transient) else 0.0


def _ask(
    client: httpx.Client, url: str, params: Mapping[str, str], clock: Callable[[], float]
) -> Any:
    try:
        answer = client.get(url, params=params)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as failure:
        raise Unreachable(f"{_host(url)} can't be reached: {failure}") from failure
    except httpx.TransportError as failure:
        raise _Transient(str(failure) or type(failure).__name__) from failure
    if answer.status_code == httpx.codes.OK:
        try:
            return json.loads(answer.content)
        except ValueError as failure:
            raise _Transient("the answer is not whole JSON") from failure
    reason = _reason(answer)
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        wait = _wait(answer, reason, clock())
        if wait <= SHORT_WAIT:
            raise _Transient(reason, wait)
        raise Limited(f"{_host(url)}: {reason}", wait)
    if answer.is_server_error:
        raise _Transient(f"{answer.status_code} {reason}")
    raise Refused(f"{_host(url)} answered {answer.status_code}: {reason}")


def _reason(answer: httpx.Response) -> str:
    """What the service says is wrong: `{"error": true, "reason": "…"}`, or the first words."""
    try:
        return str(json.loads(answer.content)["reason"])[:300]
    except (ValueError, KeyError, TypeError):
        return answer.text[:100] or answer.reason_phrase


def _wait(answer: httpx.Response, reason: str, now: float) -> float:
    """Seconds from `now` to the next call, by `Retry-After` or by the words of the reason."""
    after = answer.headers.get("Retry-After", "")
    if after.isdigit():
        return float(after)
    if after:
        try:
            return max(0.0, parsedate_to_datetime(after).timestamp() - now)
        except ValueError:
            pass  # an unreadable header says as little as none
    for word, width in LIMITS.items():
        if word in reason:
            return width - now % width
    # "Too many concurrent requests": the queue of the free service moves within seconds.
    return random.uniform(0.5, 2.0)


def _host(url: str) -> str:
    return httpx.URL(url).host
