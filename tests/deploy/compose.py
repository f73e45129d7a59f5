"""docker-compose.yml without an engine: each service's command, environment and health check here.

What differs from containers is said in one place, `Here`: host names become ports on loopback,
folders of a container become folders of the test.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"

NGINX = """
user root;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/energy.conf;
}}
"""
"""What `energy.conf` is included by here; in the image its own nginx.conf does that."""

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::(?P<how>[-?])(?P<text>[^}]*))?\})")
_DURATION = re.compile(r"(\d+)s")

Service = dict[str, Any]


def new_environment() -> dict[str, str]:
    """What `sh deploy/secrets.sh > .env` makes."""
    made = subprocess.run(
        ["sh", str(ROOT / "deploy" / "secrets.sh")], capture_output=True, text=True, check=True
    )
    lines = [line for line in made.stdout.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def load(environment: Mapping[str, str]) -> dict[str, Service]:
    """The services, with variables filled in as compose does.

    :raises KeyError: a variable that has no default is not set.
    """

    def fill(match: "re.Match[str]") -> str:
        name, how, text = match.group("name", "how", "text")
        if name is None:
            return "$"
        if environment.get(name):
            return environment[name]
        if how == "-":
            return str(text)
        raise KeyError(name)

    services: dict[str, Service] = yaml.safe_load(_VARIABLE.sub(fill, FILE.read_text()))["services"]
    return services


def load_secrets() -> dict[str, dict[str, str]]:
    """The secrets of the file: each the name of a variable of `.env`."""
    secrets: dict[str, dict[str, str]] = yaml.safe_load(FILE.read_text())["secrets"]
    return secrets


def in_order(services: Mapping[str, Service]) -> list[str]:
    """Names of services, each after those it depends on."""
    ordered: list[str] = []

    def add(name: str) -> None:
        for needed in services[name].get("depends_on", {}):
            add(needed)
        if name not in ordered:
            ordered.append(name)

    for name in services:
        add(name)
    return ordered


def seconds(text: str) -> float:
    """A compose duration such as `40s`."""
    return float(_DURATION.fullmatch(text)[1])  # type: ignore[index]


@dataclass(frozen=True)
class Here:
    """Where the parts are on this machine: text in the file, to what stands for it here."""

    replaced: Mapping[str, str]

    def text(self, value: Any) -> str:
        found = str(value)
        for there, here in self.replaced.items():
            found = found.replace(there, here)
        return found


@dataclass
class Running:
    """A service that was started here."""

    name: str
    service: Service
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]
    here: Here
    out: Path

    def is_healthy(self) -> bool:
        """The service's own health check, once."""
        kind, *command = self.service["healthcheck"]["test"]
        words = [self.here.text(word) for word in command]
        if kind == "CMD-SHELL":
            words = ["sh", "-c", *words]
        limit = seconds(self.service["healthcheck"]["timeout"])
        try:
            # Several times the limit: this machine runs the whole stack and other things beside.
            done = subprocess.run(
                words, env=self.environment, timeout=5 * limit, capture_output=True
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def ask_to_stop(self) -> None:
        """Send the signal that an engine sends."""
        if self.process.poll() is None:
            quits = self.service.get("stop_signal") == "SIGQUIT"
            self.process.send_signal(signal.SIGQUIT if quits else signal.SIGTERM)

    def wait(self) -> int:
        """Its exit code; shot, as by an engine, when its time to stop is over."""
        try:
            return self.process.wait(seconds(self.service["stop_grace_period"]))
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def start(
    name: str, service: Service, here: Here, folder: Path, *extra: str, cwd: Path = ROOT
) -> Running:
    """Start a service's command with its environment and nothing else of this process's."""
    command = [here.text(word) for word in [*_entrypoint(service), *service["command"], *extra]]
    bin_folder = Path(sys.executable).parent
    environment = {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        **{key: here.text(value) for key, value in service.get("environment", {}).items()},
    }
    out = folder / f"{name}.out"
    with out.open("ab") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=cwd, stdout=log, stderr=log, start_new_session=True
        )
    return Running(name, service, process, environment, here, out)


def _entrypoint(service: Service) -> Iterator[str]:
    """What our image puts before a command; other images' commands name their program."""
    if "build" in service:
        line = next(
            line for line in (ROOT / "Dockerfile").read_text().splitlines()
            if line.startswith("ENTRYPOINT")
        )  # fmt: skip
        yield from json.loads(line.removeprefix("ENTRYPOINT"))
    elif service["image"].startswith("prom/prometheus"):
        yield "prometheus"
