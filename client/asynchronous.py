"""The client for asyncio programs: `client.sync` with await."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
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


class AsyncClient:
    """The API at an address. Close it, or use it in an `async with` block."""

    def __init__(self, url: str, *, key: str = "") -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT, headers=headers_of(key))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def train(self, meter_type: str, meter_id: str, **options: Any) -> "AsyncJob":
        """Start a training; options: start_date, end_date, force."""
        return await self.submit(
            "/trainmodel/", meter_type=meter_type, meter_id=meter_id, **options
        )

    async def forecast(
        self, meter_type: str, meter_id: str, start_date: str, end_date: str
    ) -> "AsyncJob":
        """Start a forecast of whole days of the meter's time zone."""
        return await self.submit(
            "/forecast/",
            meter_type=meter_type,
            meter_id=meter_id,
            start_date=start_date,
            end_date=end_date,
        )

    async def test(self, meter_type: str, meter_id: str, test_size: float = 0.2) -> "AsyncJob":
        """Start a backtest over the last `test_size` of the readings."""
        return await self.submit(
            "/test_model/", meter_type=meter_type, meter_id=meter_id, test_size=test_size
        )

    async def train_batch(self, **selection: Any) -> "AsyncJob":
        """Start trainings of many meters: meters=[…], meter_type=… or all=True."""
        return await self.submit("/trainmodel/batch", **selection)

    async def forecast_batch(self, start_date: str, end_date: str, **selection: Any) -> "AsyncJob":
        """Start forecasts of many meters, selected as in `train_batch`."""
        return await self.submit(
            "/forecast/batch", start_date=start_date, end_date=end_date, **selection
        )

    async def submit(self, path: str, **fields: Any) -> "AsyncJob":
        """Start any job; fields that are None are left out."""
        body = await self.call("POST", path, json=given(**fields))
        return AsyncJob(self, body["task_id"])

    def job(self, job_id: str) -> "AsyncJob":
        """A job that was started before, by whomever."""
        return AsyncJob(self, job_id)

    async def jobs(self, *, limit: int = 50) -> list[Body]:
        """The newest jobs."""
        found: list[Body] = (await self.call("GET", "/jobs/", params={"limit": limit}))["jobs"]
        return found

    async def meters(self, meter_type: str | None = None) -> list[Body]:
        """The catalogue."""
        params = given(meter_type=meter_type, limit=10_000)
        found: list[Body] = (await self.call("GET", "/meters/", params=params))["meters"]
        return found

    async def send_readings(self, meter_type: str, meter_id: str, readings: Iterable[Body]) -> Body:
        """Store readings (`{"time", "value"}` each); sending them again changes nothing."""
        path = f"/meters/{meter_type}/{meter_id}/readings"
        return await self.call("POST", path, json=list(readings))

    async def delete_readings(self, meter_type: str, meter_id: str, start: str, end: str) -> int:
        """Delete the readings of a range, a day at its end included whole; how many there were."""
        path = f"/meters/{meter_type}/{meter_id}/readings"
        params = {"start": start, "end": end}
        deleted: int = (await self.call("DELETE", path, params=params))["deleted"]
        return deleted

    async def call(self, method: str, path: str, **request: Any) -> Body:
        """Any request, with errors raised."""
        try:
            return answer_of(await self._http.request(method, path, **request))
        except httpx.TransportError as error:
            raise Unreachable(f"The API at {self._http.base_url} does not answer.") from error

    async def listen(self, path: str, story: Story) -> AsyncIterator[Body]:
        """One connection to a stream, until it ends or is lost."""
        async with self._http.stream(
            "GET", path, headers=story.headers, timeout=STREAM_TIMEOUT
        ) as response:
            if not has_events(response):
                await response.aread()
                raise error_of(response)
            story.begin()
            async for piece in response.aiter_bytes():
                for state in story.read(piece):
                    yield state


class AsyncJob:
    """A job on the server."""

    def __init__(self, client: AsyncClient, job_id: str) -> None:
        self._client = client
        self.id = job_id

    async def events(self) -> AsyncIterator[Body]:
        """The job object now and after each event, until the job has ended; as `Job.events`."""
        story = Story()
        while not story.ended:
            error: httpx.TransportError | ApiError | None = None
            try:
                async for state in self._client.listen(f"/jobs/{self.id}/stream", story):
                    yield state
            except (httpx.TransportError, ApiError) as raised:
                error = raised
            if not story.ended:
                story.lost(error)
                await asyncio.sleep(story.pause)

    async def status(self) -> Body:
        """The job object."""
        return await self._client.call("GET", f"/jobs/{self.id}")

    async def wait(self, show: Callable[[Body], object] | None = None) -> Body:
        """The job object once it has ended; `show` is called with it after each event."""
        state: Body = {}
        async for state in self.events():
            if show is not None:
                show(state)
        return state

    async def result(self) -> Body:
        """Wait for the end, then the whole result; raises `ApiError` where the job failed."""
        await self.wait()
        return await self._client.call("GET", f"/jobs/{self.id}/result")

    async def cancel(self) -> Body:
        """Cancel it; the job object as it is then."""
        return await self._client.call("DELETE", f"/jobs/{self.id}")
