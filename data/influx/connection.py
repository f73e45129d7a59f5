"""Requests to InfluxDB in the one dialect that 1.x, 2.x and 3.x all answer.

Lines go to /write, InfluxQL to /query, both through the `influxdb` client, of which only the
connection is used: its own writers and readers are slow and, with pandas 3, wrong.
"""

import gzip
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from influxdb import InfluxDBClient
from influxdb.exceptions import InfluxDBClientError, InfluxDBServerError
from requests import Response
from requests.exceptions import ConnectionError, RequestException
from urllib3.exceptions import ProtocolError

from config.errors import StoreUnavailable
from data.influx.answers import error_of
from data.influx.refusals import DatabaseMissing, refusal, statement_error

Bindings = Mapping[str, str | int | float]

# Level 1 shrinks lines about eightfold; higher levels cost more time than they save. On one
# machine there is nothing to save, and compression costs both sides a third of their time.
_GZIP_LEVEL = 1
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True)
class _Request:
    path: str
    params: Mapping[str, str]
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] | None = None
    expected: int = 200


class InfluxConnection:
    """One database (1.x, 3.x) or bucket (2.x) of a server at `url`, for any thread and process.

    With a `token` the client sends `Authorization: Token`; else `username` and `password`, where
    they are given. `timeout` is in seconds and holds for every request. Raises
    `StoreUnavailable` from every method when the server does not do what was asked.
    """

    def __init__(
        self,
        url: str,
        *,
        database: str,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout: float = 10.0,
        verify_ssl: bool = True,
    ) -> None:
        host, port, path, secure = _address(url)
        self.database = database
        self._url = f"{'https' if secure else 'http'}://{host}:{port}{path}"
        self._options = {
            "host": host,
            "port": port,
            "path": path,
            "username": None if token else username,
            "password": None if token else password,
            "ssl": secure,
            "verify_ssl": verify_ssl,
            "timeout": timeout,
            # The client takes 0 for "for ever"; who calls knows better when to try again.
            "retries": 1,
            # Threads beyond this still connect, but drop their connection after use.
            "pool_size": 64,
        }
        # Without Accept the client asks for msgpack, which 2.x and 3.x do not speak.
        self._headers = {"Accept": "application/json"}
        self._compress = host not in _THIS_MACHINE
        if not self._compress:
            self._headers["Accept-Encoding"] = "identity"
        if token:
            self._headers["Authorization"] = f"Token {token}"
        self._client: InfluxDBClient | None = None
        self._process = -1

    def query(self, statement: str, bindings: Bindings | None = None) -> bytes:
        """The JSON answer to one InfluxQL SELECT or SHOW, times in epoch seconds.

        Raises `PageTooLong` where the server would answer a narrower range of time.
        """
        return self._within_database(_Request("query", self._asking(statement, bindings)))

    def command(self, statement: str, bindings: Bindings | None = None) -> None:
        """Run a statement that changes something."""
        request = _Request("query", self._asking(statement, bindings), method="POST")
        self._within_database(request)

    def write(self, lines: bytes) -> None:
        """Post line protocol, times in seconds. Raises `InvalidReadings` where it is refused."""
        headers = {**self._headers, "Content-Type": "text/plain; charset=utf-8"}
        if self._compress:
            headers["Content-Encoding"] = "gzip"
            lines = gzip.compress(lines, compresslevel=_GZIP_LEVEL)
        params = {"db": self.database, "precision": "s"}
        self._within_database(_Request("write", params, "POST", lines, headers, expected=204))

    def ping(self) -> float:
        """Seconds of one small query: /ping alone would also answer a wrong token."""
        began = time.perf_counter()
        self.query("SHOW MEASUREMENTS LIMIT 1")
        return time.perf_counter() - began

    def version(self) -> str:
        """The server's version, for example "1.8.10" or "v2.7.5"; empty where it hides it."""
        try:
            answer = self._sent(_Request("ping", {}, expected=204))
        except InfluxDBClientError as other:
            if other.code != 200:
                raise refusal(other, self._url, self.database) from other
            # 3.x says 200 and puts the version into the body.
            found = re.search(r'"version"\s*:\s*"([^"]*)"', str(other.content))
            return found[1] if found else ""
        return str(answer.headers.get("X-Influxdb-Version", ""))

    def close(self) -> None:
        if self._client is not None and self._process == os.getpid():
            self._client.close()
        self._client = None

    def _asking(self, statement: str, bindings: Bindings | None) -> dict[str, str]:
        params = {"db": self.database, "q": statement, "epoch": "s"}
        return {**params, "params": json.dumps(dict(bindings))} if bindings else params

    def _within_database(self, request: _Request) -> bytes:
        """The answer; where a 1.x server lacks the database, it is made and asked once more."""
        try:
            return self._answer(request)
        except DatabaseMissing:
            if not self.version().lstrip("v").startswith("1."):
                raise
        quoted = self.database.replace("\\", "\\\\").replace('"', '\\"')
        self._answer(_Request("query", {"q": f'CREATE DATABASE "{quoted}"'}, method="POST"))
        return self._answer(request)

    def _answer(self, request: _Request) -> bytes:
        try:
            content: bytes = self._sent(request).content
        except InfluxDBClientError as refused:
            raise refusal(refused, self._url, self.database) from refused
        reason = error_of(content)
        if reason:
            raise statement_error(reason, self._url, self.database)
        return content

    def _sent(self, request: _Request) -> Response:
        try:
            return self._sent_once_more(request)
        except (RequestException, InfluxDBServerError) as failure:
            raise StoreUnavailable(
                f"InfluxDB at {self._url} does not answer.",
                hint="Check that it runs and that INFLUX_URL is right.",
                reason=str(failure)[:300],
            ) from failure

    def _sent_once_more(self, request: _Request) -> Response:
        """The answer; asked again at once where the connection broke before one came.

        A server or a proxy closes connections that were idle, and one that is used in that very
        moment breaks. Each request can be sent twice: a point is written over itself.
        """
        try:
            return self._sent_once(request)
        except ConnectionError as broken:
            if not isinstance(broken.args[0], ProtocolError):
                raise
        return self._sent_once(request)

    def _sent_once(self, request: _Request) -> Response:
        answer: Response = self._session().request(
            request.path,
            method=request.method,
            params=request.params,
            data=request.body,
            headers=request.headers,
            expected_response_code=request.expected,
        )
        return answer

    def _session(self) -> InfluxDBClient:
        # A socket shared with the parent process would mix up the answers of both.
        if self._client is None or self._process != os.getpid():
            self._client = InfluxDBClient(**self._options, headers=dict(self._headers))
            self._process = os.getpid()
        return self._client


def _address(url: str) -> tuple[str, int, str, bool]:
    """Host, port, path and whether it is https. Raises `StoreUnavailable` for no address."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise StoreUnavailable(
            "INFLUX_URL is not an http(s) address.",
            hint="For example http://localhost:8086; a user goes into INFLUX_USERNAME.",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host, port, parts.path.rstrip("/"), parts.scheme == "https"
