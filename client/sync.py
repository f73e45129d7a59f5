"""The client for ordinary programs."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self

import httpx

from client.errors import ApiError, Unreachable
from client.protocol import (
    STREAM_TIMEOUT,
    TIMEOUT,
    Body,
    Story,
    answer_of,
    error_of,
    given,
    has_events,
    headers_of,
)


class Client:
    """The API at an address. Close it, or use it in a `with` block.

    `key` is an API key, for a server that asks for one.

    Methods raise `ApiError` for what the API refuses and `Unreachable` where it does not answer.
    """

    def __init__(self, url: str, *, key: str = "") -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, headers=headers_of(key))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def train(self, meter_type: str, meter_id: str, **options: Any) -> "Job":
        """Start a training; options: start_date, end_date, force."""
        return self.submit("/trainmodel/", meter_type=meter_type, meter_id=meter_id, **options)

    def forecast(self, meter_type: str, meter_id: str, start_date: str, end_date: str) -> "Job":
        """Start a forecast of whole days of the meter's time zone."""
        return self.submit(
            "/forecast/",
            meter_type=meter_type,
            meter_id=meter_id,
            start_date=start_date,
            end_date=end_date,
        )

    def test(self, meter_type: str, meter_id: str, test_size: float = 0.2) -> "Job":
        """Start a backtest over the last `test_size` of the readings."""
        return self.submit(
            "/test_model/", meter_type=meter_type, meter_id=meter_id, test_size=test_size
        )

    def train_batch(self, **selection: Any) -> "Job":
        """Start trainings of many meters: meters=[…], meter_type=… or all=True."""
        return self.submit("/trainmodel/batch", **selection)

    def forecast_batch(self, start_date: str, end_date: str, **selection: Any) -> "Job":
        """Start forecasts of many meters, selected as in `train_batch`."""
        return self.submit("/forecast/batch", start_date=start_date, end_date=end_date, **selection)

    def submit(self, path: str, **fields: Any) -> "Job":
        """Start any job; fields that are None are left out."""
        body = self.call("POST", path, json=given(**fields))
        return Job(self, body["task_id"])

    def job(self, job_id: str) -> "Job":
        """A job that was started before, by whomever."""
        return Job(self, job_id)

    def jobs(self, *, limit: int = 50) -> list[Body]:
        """The newest jobs."""
        found: list[Body] = self.call("GET", "/jobs/", params={"limit": limit})["jobs"]
        return found

    def meters(self, meter_type: str | None = None) -> list[Body]:
        """The catalogue."""
        params = given(meter_type=meter_type, limit=10_000)
        found: list[Body] = self.call("GET", "/meters/", params=params)["meters"]
        return found

    def send_readings(self, meter_type: str, meter_id: str, readings: Iterable[Body]) -> Body:
        """Store readings (`{"time", "value"}` each); sending them again changes nothing."""
        path = f"/meters/{meter_type}/{meter_id}/readings"
        return self.call("POST", path, json=list(readings))

    def delete_readings(self, meter_type: str, meter_id: str, start: str, end: str) -> int:
        """Delete the readings of a range, a day at its end included whole; how many there were."""
        path = f"/meters/{meter_type}/{meter_id}/readings"
        params = {"start": start, "end": end}
        deleted: int = self.call("DELETE", path, params=params)["deleted"]
        return deleted

    def call(self, method: str, path: str, **request: Any) -> Body:
        """Any request, with errors raised."""
        try:
            return answer_of(self._http.request(method, path, **request))
        except httpx.TransportError as error:
            raise Unreachable(f"The API at {self._http.base_url} does not answer.") from error

    def listen(self, path: str, story: Story) -> Iterator[Body]:
        """One connection to a stream, until it ends or is lost."""
        with self._http.stream(
            "GET", path, headers=story.headers, timeout=STREAM_TIMEOUT
        ) as response:
            if not has_events(response):
                response.read()
                raise error_of(response)
            story.begin()
            for piece in response.iter_bytes():
                yield from story.read(piece)


class Job:
    """A job on the server."""

    def __init__(self, client: Client, job_id: str) -> None:
        self._client = client
        self.id = job_id

    def events(self) -> Iterator[Body]:
        """The job object now and after each event, until the job has ended.

        Lost connections are taken up again where they broke off: nothing is missed or repeated.
        """
        story = Story()
        while not story.ended:
            error: httpx.TransportError | ApiError | None = None
            try:
                yield from self._client.listen(f"/jobs/{self.id}/stream", story)
            except (httpx.TransportError, ApiError) as raised:
                error = raised
            if not story.ended:
                story.lost(error)
                time.sleep(story.pause)

    def status(self) -> Body:
        """The job object."""
        return self._client.call("GET", f"/jobs/{self.id}")

    def wait(self, show: Callable[[Body], object] | None = None) -> Body:
        """The job object once it has ended; `show` is called with it after each event."""
        state: Body = {}
        for state in self.events():
            if show is not None:
                show(state)
        return state

    def result(self) -> Body:
        """Wait for the end, then the whole result; raises `ApiError` where the job failed."""
        self.wait()
        return self._client.call("GET", f"/jobs/{self.id}/result")

    def cancel(self) -> Body:
        """Cancel it; the job object as it is then."""
        return self._client.call("DELETE", f"/jobs/{self.id}")
