"""A small client of the API: submit a job, follow its events across lost connections."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from config import Settings
from config.errors import EnergyError

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})
SILENCE = 40.0
"""Seconds without a byte after which a stream counts as cut: more than two heartbeats."""
RECONNECT = 2.0
GIVE_UP_AFTER = 120.0


class ApiError(EnergyError):
    """What the API answered in place of success; code, message and hint are its own."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__(str(body.get("message", "")), hint=str(body.get("hint", "")))
        self.code = str(body.get("code", "internal_error"))
        self.detail = dict(body.get("detail") or {})


class Client:
    """The API at an address."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=httpx.Timeout(60.0, connect=5.0))

    def submit(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Start a job; the answer has `task_id` and its addresses.

        :raises ApiError: the API refused it.
        """
        return self._json(self._http.post(path, json=dict(body)))

    def follow(self, job_id: str) -> Iterator[dict[str, Any]]:
        """The job object after each event, until the job has ended.

        A lost connection is taken up again where it broke off.
        """
        job: dict[str, Any] = {}
        last_id, lost_at = "", 0.0
        while job.get("status") not in TERMINAL:
            try:
                for event_id, event in self._events(job_id, last_id):
                    last_id, lost_at = event_id, 0.0
                    job |= event
                    yield dict(job)
            except httpx.TransportError as error:
                lost_at = lost_at or time.monotonic()
                if time.monotonic() - lost_at > GIVE_UP_AFTER:
                    raise EnergyError(f"The API does not answer: {error}.") from error
                time.sleep(RECONNECT)

    def finish(
        self, job_id: str, show: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Wait for a job's end and return its result.

        :param show: called with the job object after each event.
        :raises ApiError: the job failed or was cancelled.
        """
        for job in self.follow(job_id):
            if show is not None:
                show(job)
        return self._json(self._http.get(f"/jobs/{job_id}/result"))

    def _events(self, job_id: str, last_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        timeout = httpx.Timeout(SILENCE, connect=5.0)
        path = f"/jobs/{job_id}/stream"
        with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
            if answer.status_code >= 400:
                answer.read()
                self._json(answer)
            event_id = last_id
            for line in answer.iter_lines():
                if line.startswith("id: "):
                    event_id = line[4:]
                elif line.startswith("data: "):
                    yield event_id, json.loads(line[6:])

    @staticmethod
    def _json(answer: httpx.Response) -> dict[str, Any]:
        try:
            body: dict[str, Any] = answer.json()
        except ValueError:
            body = {"message": f"The API answered {answer.status_code} without JSON."}
        if answer.is_error:
            raise ApiError(body)
        return body


def connect(settings: Settings) -> Client:
    """The API of this machine's settings.

    :raises EnergyError: it does not answer.
    """
    host = "127.0.0.1" if settings.api_host == "0.0.0.0" else settings.api_host
    url = f"http://{host}:{settings.api_port}"
    try:
        httpx.get(f"{url}/health/live", timeout=5.0)
    except httpx.TransportError as error:
        raise EnergyError(
            f"The API does not answer at {url}.", hint="Start it with `energy up` (make run)."
        ) from error
    return Client(url)
