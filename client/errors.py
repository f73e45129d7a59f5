"""What can go wrong on the way to an answer.

ClientError
├── ApiError      the API answered, with an error; `code` is its own
└── Unreachable   it did not answer for as long as the client is patient
"""

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """A call did not get what it asked for; `hint` says what to do."""

    hint = ""


class ApiError(ClientError):
    """The API's own error: `status` (HTTP), `code`, `message`, `hint`, `detail`.

    Its code is `unexpected_answer` where something else answered: a proxy, another program.
    `retry_after` are the seconds to wait that the answer asks for.
    """

    def __init__(self, status: int, body: Mapping[str, Any], *, retry_after: float = 0) -> None:
        self.status = status
        self.retry_after = retry_after
        self.code = str(body.get("code", "internal_error"))
        self.message = str(body.get("message", f"HTTP {status}"))
        self.hint = str(body.get("hint") or "")
        detail = body.get("detail")
        self.detail = dict(detail) if isinstance(detail, Mapping) else {}
        super().__init__(f"{self.code}: {self.message}")


class Unreachable(ClientError):
    """No answer from the API."""

    hint = (
        "Is it running, and is the address right? `energy up` starts one on this machine; the "
        "`energy` command looks for it where API_HOST and API_PORT say."
    )
