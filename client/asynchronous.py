"""The client for asyncio programs: `client.sync` with await."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

import httpx

from client.errors import ApiError, Unreachable
from client.protocol import (
    RECONNECT_AFTER,
    STREAM_TIMEOUT,
    TIMEOUT,
    Body,
    Story,
    answer_of,
    given,
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

    async def submit(self, path: str, **fields: Any) -> "AsyncJob":
        """Start any job; fields that are None are left out."""
        body = await self.call("POST", path, json=given(**fields))
        return AsyncJob(self, body["task_id"])

    def job(self, job_id: str) -> "AsyncJob":
        """A job that was started before, by whomever."""
        return AsyncJob(self, job_id)

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
            if response.is_error:
                await response.aread()
                answer_of(response)
            async for line in response.aiter_lines():
                state = story.read(line)
                if state is not None:
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
            try:
                async for state in self._client.listen(f"/jobs/{self.id}/stream", story):
                    yield state
            except httpx.TransportError as error:
                story.lost(error)
            except ApiError as error:
                if error.status != httpx.codes.SERVICE_UNAVAILABLE:
                    raise
            if not story.ended:
                await asyncio.sleep(RECONNECT_AFTER)

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
