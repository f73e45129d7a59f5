"""Which request and which job a log line belongs to.

The ids are held per request (greenlet) and per task (thread), and every line that is logged in
between carries them. A request's id travels with the job's message, so that one search finds the
request, the worker's lines and what the job itself started.
"""

import logging
import re
import uuid
from contextvars import ContextVar

HEADER = "X-Request-ID"
MESSAGE_HEADER = "request_id"
"""Name of the header of a Celery message that carries the id on."""

_ACCEPTED = re.compile(r"^[A-Za-z0-9._:-]{1,128}$")
"""What a caller may choose: it ends up in log lines, so no spaces, quotes or control characters."""

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_task_id: ContextVar[str] = ContextVar("task_id", default="")


def bind(*, request_id: str | None = None, task_id: str | None = None) -> None:
    """Put ids on the lines that follow in this request or task; None leaves one as it is."""
    if request_id is not None:
        _request_id.set(request_id)
    if task_id is not None:
        _task_id.set(task_id)


def unbind() -> None:
    """The request or task is over."""
    bind(request_id="", task_id="")


def request_id() -> str:
    """The id of the request that this work goes back to; "" where there is none."""
    return _request_id.get()


def accepted_or_new(given: str | None) -> str:
    """The id that the caller chose, where it is fit for a log; else a new one."""
    return given if given and _ACCEPTED.fullmatch(given) else uuid.uuid4().hex


class CorrelationFilter(logging.Filter):
    """Adds `request_id` and `task_id` to every record, and both as text for plain lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        ids = {"request": _request_id.get(), "task": _task_id.get()}
        record.request_id, record.task_id = ids.values()
        shown = [f"{name}={value}" for name, value in ids.items() if value]
        record.ids = f" [{' '.join(shown)}]" if shown else ""
        return True
