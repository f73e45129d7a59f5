"""What `docker compose up` would start, started: in its order, healthy, used, and stopped."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.data.influx_server import running_influx
from tests.deploy.compose import (
    NGINX,
    ROOT,
    Here,
    Running,
    in_order,
    load,
    load_secrets,
    new_environment,
    start,
)
from tests.integration.conftest import END
from tests.processes import free_port, needed, until

pytestmark = pytest.mark.timeout(900)  # many processes start, on a machine that may be busy

NOT_HERE = {"grafana"}
"""There is no package of it to run; its files are read by `test_files.py`, its queries asked here."""

NOTHING_YET = {"energy_forecast_skill", "energy_forecast_coverage"}
"""What a dashboard shows from the second night on, when forecasts have met their readings."""

CHECK_EVERY = 0.3
"""Seconds between two checks: each is a process, and takes from those that start."""


class Stack:
    """The services of the file as processes here."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.environment = new_environment()
        self.services = load(self.environment)
        self.ports = {
            name: free_port() for name in ("redis", "api", "flower", "nginx", "prometheus")
        }
        self.folder = folder
        # InfluxDB 2.x is no Debian package: its 1.x stands in, which takes the same requests.
        influx = stack.enter_context(running_influx(folder / "influx"))
        key = folder / "metrics_key"
        key.write_text(self.environment[load_secrets()["metrics_key"]["environment"]])
        self.here = Here(
            {
                "redis:6379": f"127.0.0.1:{self.ports['redis']}",
                "redis-cli": f"redis-cli -p {self.ports['redis']}",
                "http://influxdb:8086": influx.url,
                "api:8000": f"127.0.0.1:{self.ports['api']}",
                "127.0.0.1:8080": f"127.0.0.1:{self.ports['nginx']}",
                "127.0.0.1:9090": f"127.0.0.1:{self.ports['prometheus']}",
                "/var/lib/energy": str(folder / "energy"),
                "/data": str(folder / "redis"),
                "/etc/prometheus": str(folder / "prometheus"),
                "/run/secrets/metrics_key": str(key),
            }
        )
        self.running: list[Running] = []
        self.healthy: set[str] = set()
        (folder / "redis").mkdir()

    def start(self, name: str) -> Running:
        service = self.services[name]
        for variable, port in (("API_PORT", "api"), ("FLOWER_PORT", "flower")):
            if variable in service.get("environment", {}):
                service["environment"][variable] = self.ports[port]
        extra = {
            "redis": ["--port", str(self.ports["redis"]), "--bind", "127.0.0.1"],
            "nginx": ["-c", str(self.folder / "nginx.conf")],
            "prometheus": [
                f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}",
                f"--storage.tsdb.path={self.folder / 'tsdb'}",
            ],
        }
        running = start(name, service, self.here, self.folder, *extra.get(name, ()))
        self.running.append(running)
        return running

    def configure(self) -> None:
        """The mounted files, with addresses of this machine."""
        site = self.here.text((ROOT / "deploy/nginx/energy.conf").read_text())
        site = site.replace("listen 8080", f"listen 127.0.0.1:{self.ports['nginx']}")
        (self.folder / "energy.conf").write_text(site)
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder))
        shutil.copytree(ROOT / "deploy/prometheus", self.folder / "prometheus")
        config = self.folder / "prometheus" / "prometheus.yml"
        config.write_text(self.here.text(config.read_text()).replace("15s", "1s"))

    def start_anew(self, name: str, environment: Mapping[str, str]) -> None:
        """What `docker compose up` does where a service's environment has changed."""
        self.services[name] = load(environment)[name]
        before = next(running for running in self.running if running.name == name)
        before.ask_to_stop()
        assert before.wait() == 0
        self.running.remove(before)
        self.healthy.discard(name)
        self.start(name)
        await_health(self, [name])

    def stop(self) -> dict[str, int]:
        """Exit codes; Redis last, because the others still have to write there."""
        others = [running for running in self.running if running.name != "redis"]
        for running in others:
            running.ask_to_stop()
        codes = {running.name: running.wait() for running in others}
        for running in self.running:
            if running.name == "redis":
                running.ask_to_stop()
                codes["redis"] = running.wait()
        return codes


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All services, each started when those it needs are healthy."""
    for program in ("nginx", "prometheus", "wget", "redis-server"):
        needed(program, program)
    folder = tmp_path_factory.mktemp("compose")
    with ExitStack() as influx:
        stack = Stack(folder, influx)
        stack.configure()
        try:
            for name in in_order(stack.services):
                if name not in NOT_HERE and name != "influxdb":
                    await_health(stack, stack.services[name].get("depends_on", ()))
                    stack.start(name)
            await_health(stack, [running.name for running in stack.running])
            yield stack
        finally:
            stack.stop()


def await_health(stack: Stack, names: Iterable[str]) -> None:
    """Until each of the services has passed its own health check once."""
    for running in stack.running:

        def healthy(running: Running = running) -> bool:
            assert running.process.poll() is None, running.out.read_text()[-2000:]
            time.sleep(CHECK_EVERY)
            return running.is_healthy()

        if running.name in names and running.name not in stack.healthy:
            until(healthy, f"{running.name} is healthy", seconds=180)
            stack.healthy.add(running.name)


def test_every_service_was_started_and_is_healthy(up: Stack) -> None:
    assert {running.name for running in up.running} | NOT_HERE | {"influxdb"} == set(up.services)
    assert all(running.process.poll() is None for running in up.running)


def test_a_meter_is_trained_and_watched_through_nginx(up: Stack) -> None:
    key = {"Authorization": f"Bearer {up.environment['BOOTSTRAP_API_KEY']}"}
    url = f"http://127.0.0.1:{up.ports['nginx']}"
    with httpx.Client(base_url=url, headers=key, timeout=60) as http:
        until(lambda: http.get("/health/").status_code == 200, "all parts answer", seconds=60)
        path = "/meters/electricity/m1"
        assert http.put(path, json={"unit": "kWh", "timezone": "UTC"}).status_code in (200, 201)
        first = int(END.timestamp()) - 60 * 86400
        rows = [f"{first + 3600 * n},{10 + n % 24 + n % 7}" for n in range(60 * 24)]
        body = "\n".join(["timestamp,value", *rows])
        assert http.post(
            f"{path}/readings", content=body, headers={"Content-Type": "text/csv"}
        ).is_success
        job = http.post("/trainmodel/", json={"meter_type": "electricity", "meter_id": "m1"}).json()
        with http.stream("GET", job["stream_url"]) as stream:
            events = [
                (time.monotonic(), json.loads(line[6:]))
                for line in stream.iter_lines()
                if line.startswith("data: ")
            ]
        assert events[-1][1]["status"] == "succeeded", events[-1][1]
        # Held back in a buffer, all would have come at once.
        assert events[-1][0] - events[0][0] > 0.2
        assert http.get("/metrics").status_code == 404


def test_without_a_key_nothing_is_told(up: Stack) -> None:
    answer = httpx.get(f"http://127.0.0.1:{up.ports['nginx']}/meters/")
    assert answer.status_code == 401


def test_prometheus_scrapes_with_its_key_and_knows_the_rules(up: Stack) -> None:
    api = f"http://127.0.0.1:{up.ports['prometheus']}/api/v1"

    def scraped() -> bool:
        found = httpx.get(f"{api}/query", params={"query": 'up{job="energy"}'}).json()
        return any(row["value"][1] == "1" for row in found["data"]["result"])

    until(scraped, "the API was scraped", seconds=30)
    until(
        lambda: httpx.get(f"{api}/query", params={"query": "energy_workers"}).json()["data"][
            "result"
        ],
        "the workers are shown",
    )
    groups = httpx.get(f"{api}/rules").json()["data"]["groups"]
    states = {rule["name"]: rule["state"] for group in groups for rule in group["rules"]}
    assert states["ApiDown"] == "inactive"
    assert len(states) >= 10


def test_every_query_of_the_dashboard_has_an_answer(up: Stack) -> None:
    """What Grafana would ask of Prometheus, with the labels that it puts into legends."""
    key = {"Authorization": f"Bearer {up.environment['BOOTSTRAP_API_KEY']}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{up.ports['api']}", headers=key) as http:
        assert http.get("/jobs/none").status_code == 404
        # It has no readings, so its training fails: panels of failures have something to show.
        http.put("/meters/water/empty", json={"timezone": "UTC"})
        http.post("/trainmodel/", json={"meter_type": "water", "meter_id": "empty"})
    board = json.loads((ROOT / "deploy/grafana/dashboards/energy.json").read_text())
    targets = [target for panel in board["panels"] for target in panel.get("targets", ())]
    assert len(targets) > 20
    api = f"http://127.0.0.1:{up.ports['prometheus']}/api/v1/query"

    def asked(target: dict[str, str]) -> list[dict[str, Any]]:
        answer = httpx.get(api, params={"query": target["expr"]})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    for target in targets:
        if any(name in target["expr"] for name in NOTHING_YET):
            assert asked(target) == []
            continue
        rows = until(lambda target=target: asked(target), f"{target['expr']} has data", seconds=60)
        legend = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert all(legend == set(row["metric"]) - {"__name__"} for row in rows), target


def test_the_first_key_is_taken_out_once_there_are_others(up: Stack) -> None:
    api = next(running for running in up.running if running.name == "api")
    made = subprocess.run(
        ["energy", "keys", "create", "me", "--scope", "admin"],
        env=api.environment, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    first = up.environment["BOOTSTRAP_API_KEY"]
    up.start_anew("api", {k: v for k, v in up.environment.items() if k != "BOOTSTRAP_API_KEY"})

    with httpx.Client(base_url=f"http://127.0.0.1:{up.ports['api']}") as http:

        def status(path: str, key: str) -> int:
            return http.get(path, headers={"Authorization": f"Bearer {key}"}).status_code

        assert (status("/meters/", made), status("/meters/", first)) == (200, 401)
        scraper = up.environment["METRICS_API_KEY"]
        assert (status("/metrics", scraper), status("/meters/", scraper)) == (200, 403)
    prometheus = f"http://127.0.0.1:{up.ports['prometheus']}/api/v1/targets"

    def scraped() -> bool:
        (target,) = httpx.get(prometheus).json()["data"]["activeTargets"]
        return bool(target["health"] == "up")

    until(scraped, "Prometheus goes on", seconds=30)


def test_asked_to_stop_all_end_in_time(up: Stack) -> None:
    """Last in this file: it takes the stack down."""
    ended = up.stop()
    assert {name: code for name, code in ended.items() if code != 0} == {}


@pytest.mark.parametrize("name", ["REDIS_PASSWORD", "INFLUX_TOKEN", "FLOWER_AUTH"])
def test_a_missing_secret_stops_the_start(name: str) -> None:
    environment = {k: v for k, v in new_environment().items() if k != name}
    with pytest.raises(KeyError, match=name):
        load(environment)


@pytest.mark.parametrize("name", ["BOOTSTRAP_API_KEY", "METRICS_API_KEY"])
def test_a_key_may_be_missing_or_empty_and_reaches_the_api_alone(name: str) -> None:
    environment = new_environment()
    holders = [
        service for service, facts in load(environment).items()
        if name in facts.get("environment", {})
    ]  # fmt: skip
    assert holders == ["api"]
    without = {k: v for k, v in environment.items() if k != name}
    for taken_out in (without, {**without, name: ""}):
        assert load(taken_out)["api"]["environment"][name] == ""
