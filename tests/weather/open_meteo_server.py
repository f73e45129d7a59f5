"""Open-Meteo on this machine: answers as its documentation writes them, and fails as told.

Addresses are `http://127.0.0.1:PORT/{host}`; the host is the first part of the path. Values come
from one function of place, hour and lead, so that any range can be asked for.
"""

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ANSWERS = Path(__file__).with_name("answers")
DAY = 86_400
UNITS = {
    "temperature_2m": "°C",
    "relative_humidity_2m": "%",
    "apparent_temperature": "°C",
    "precipitation": "mm",
    "wind_speed_10m": "m/s",
    "shortwave_radiation": "W/m²",
}
PREVIOUS_RUNS_SINCE = datetime(2024, 1, 1, tzinfo=UTC).timestamp()

MINUTELY = "Minutely API request limit exceeded. Please try again in one minute."
HOURLY = "Hourly API request limit exceeded. Please try again in the next hour."
DAILY = "Daily API request limit exceeded. Please try again tomorrow."
CONCURRENT = "Too many concurrent requests"


def temperature(latitude: float, second: int, lead: int) -> float:
    """A year and a day of waves, and days of their own; half a degree wrong per day of lead."""
    hour, day = second // 3600 % 24, second // DAY % 365
    warm = 12 + 10 * (1 - abs(day - 200) / 182) + 4 * (1 - abs(hour - 14) / 12)
    warm += 4 * math.sin((second // DAY) ** 2)  # as good as chance: no calendar foretells it
    return round(warm - latitude / 10 + 0.5 * lead * (-1) ** (second // DAY), 1)


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    host: str
    path: str
    params: dict[str, str]

    @property
    def places(self) -> int:
        return len(self.params.get("latitude", "").split(","))


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class OpenMeteoServer:
    """What was asked; `failures` are used up first, one for each request.

    `until_cut`: present forecasts that are still answered; then the line is dead.
    """

    asked: list[Asked] = field(default_factory=list)
    failures: list[Answer] = field(default_factory=list)
    always: Answer | None = None
    port: int = 0
    until_cut: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{{host}}"

    def hosts(self) -> list[str]:
        return [one.host for one in self.asked]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = _asked(handler)
        self.asked.append(asked)
        if self.until_cut is not None and asked.host == "api":
            self.until_cut -= 1
        if self.until_cut is not None and self.until_cut < 0:
            handler.close_connection = True
        elif self.failures:
            self.failures.pop(0)(handler)
        elif self.always is not None:
            self.always(handler)
        else:
            self.truth(handler)

    def truth(self, handler: BaseHTTPRequestHandler) -> None:
        """Weather for what is asked, or the one place that the geocoding knows."""
        asked = _asked(handler)
        if asked.host.endswith("geocoding-api"):
            send(handler, (ANSWERS / "geocoding.json").read_bytes())
        else:
            send(handler, json.dumps(_weather(asked.params), ensure_ascii=False).encode())


def _asked(handler: BaseHTTPRequestHandler) -> Asked:
    parts = urlsplit(handler.path)
    host, path = parts.path.lstrip("/").split("/", 1)
    params = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Asked(host, f"/{path}", params)


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json; charset=utf-8")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def literally(name: str) -> Answer:
    """The bytes of a file in `answers/`."""
    return lambda handler: send(handler, (ANSWERS / name).read_bytes())


def refusing(status: int, reason: str, **headers: str) -> Answer:
    """An error as the service words it."""
    body = json.dumps({"error": True, "reason": reason}).encode()
    return lambda handler: send(handler, body, status, **headers)


def breaking(status: int, text: str) -> Answer:
    """What a proxy in front of the service says when the service is gone."""
    return lambda handler: send(handler, text.encode(), status)


def half(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than is sent, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'{"latitude":45.1,"hourly":{"time":[17749')
    handler.close_connection = True


def slow(seconds: float) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        send(handler, b"{}")

    return answer


@contextmanager
def open_meteo(port: int = 0) -> Iterator[OpenMeteoServer]:
    """The server, on a free port."""
    state = OpenMeteoServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                state.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client did not wait

        def log_message(self, *_: object) -> None:
            """The test sees `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _weather(params: dict[str, str]) -> object:
    latitudes = [float(part) for part in params["latitude"].split(",")]
    longitudes = [float(part) for part in params["longitude"].split(",")]
    begin = _midnight(params["start_date"])
    end = _midnight(params["end_date"]) + DAY
    times = list(range(begin, end, 3600))
    columns = params["hourly"].split(",")
    answers = [
        {
            "latitude": latitude,
            "longitude": longitude,
            "generationtime_ms": 0.1,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "timezone_abbreviation": "GMT",
            "elevation": 247.0,
            **({"location_id": number} if number else {}),
            "hourly_units": {"time": "unixtime"} | {name: _unit(name) for name in columns},
            "hourly": {"time": times} | {name: _values(name, latitude, times) for name in columns},
        }
        for number, (latitude, longitude) in enumerate(zip(latitudes, longitudes, strict=True))
    ]
    return answers if len(answers) > 1 else answers[0]


def _values(name: str, latitude: float, times: list[int]) -> list[float | None]:
    base, _, lead = name.partition("_previous_day")
    if base not in UNITS:
        raise AssertionError(f"no such variable: {name}")
    if lead:
        return [
            None if second < PREVIOUS_RUNS_SINCE else _value(base, latitude, second, int(lead))
            for second in times
        ]
    return [_value(base, latitude, second, 0) for second in times]


def _value(base: str, latitude: float, second: int, lead: int) -> float:
    degrees = temperature(latitude, second, lead)
    return {"relative_humidity_2m": 60.0, "precipitation": 0.1, "wind_speed_10m": 2.0}.get(
        base, degrees
    )


def _unit(name: str) -> str:
    return UNITS[name.partition("_previous_day")[0]]


def _midnight(text: str) -> int:
    return int(datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC).timestamp())
