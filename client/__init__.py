"""A client of the API for Python programs: submit, watch across lost connections, get the result.

from client import Client

with Client("http://127.0.0.1:8000") as api:
    job = api.train("electricity", "meter_001")
    for state in job.events():              # the whole job object after each event
        print(state["status"], state["progress"])
    print(job.result()["metrics"])

`AsyncClient` is the same with `await` and `async for`.
"""

from client.asynchronous import AsyncClient, AsyncJob
from client.errors import ApiError, ClientError, Unreachable
from client.sync import Client, Job

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncJob",
    "Client",
    "ClientError",
    "Job",
    "Unreachable",
]
