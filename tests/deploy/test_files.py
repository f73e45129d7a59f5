"""The files in `deploy/` fit each other, the program and what can check them here."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from cli import COMMANDS, energy
from config import Settings
from tests.deploy.compose import ROOT, load, new_environment
from tests.processes import needed

DEPLOY = ROOT / "deploy"
VARIABLES = {item.metadata["env"] for item in fields(Settings) if "env" in item.metadata}
FOREIGN = re.compile(r"(AWS_|INFLUX_USERNAME|REDIS_PASSWORD|REDISCLI_AUTH)")
"""Variables of other programs, or parts of ours."""


def understood(*arguments: str) -> None:
    """Parse the arguments of `energy` as it would, without running it."""
    command: click.Command = energy
    rest = list(arguments)
    context = click.Context(energy)
    while isinstance(command, click.Group):
        name = rest.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"energy has no command {name}"
        command, context = found, click.Context(found)
    command.make_context(command.name, rest)


def manifests() -> Iterator[dict[str, Any]]:
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        yield from yaml.safe_load_all(file.read_text())


def pods() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Manifest and pod template of everything that runs pods, by name."""
    return {
        found["metadata"]["name"]: (found, found["spec"]["template"])
        for found in manifests()
        if found["kind"] in ("Deployment", "StatefulSet")
    }


def ours() -> list[str]:
    return [
        name
        for name, (_, pod) in pods().items()
        if pod["spec"]["containers"][0]["image"] == "energy-forecasting"
    ]


def test_compose_and_kubernetes_run_the_roles_of_the_procfile() -> None:
    procfile = dict(line.split(": ") for line in (ROOT / "Procfile").read_text().splitlines())
    services = load(new_environment())
    compose = {
        name: " ".join(["energy", *s["command"]]) for name, s in services.items() if "build" in s
    }
    kubernetes = {
        name: " ".join(["energy", *pods()[name][1]["spec"]["containers"][0]["args"]])
        for name in ours()
    }
    assert compose == kubernetes == procfile


@pytest.mark.parametrize("name", ours())
def test_a_pod_starts_is_checked_and_may_do_little(name: str) -> None:
    manifest, pod = pods()[name]
    assert manifest["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    spec, container = pod["spec"], pod["spec"]["containers"][0]
    understood(*container["args"])
    probe = container["livenessProbe"]
    if "exec" in probe:
        assert probe["exec"]["command"][0] == "energy"
        understood(*probe["exec"]["command"][1:])
    assert spec["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]
    # A service's name may be the beginning of a setting's: `api` would set API_PORT to an address.
    assert spec["enableServiceLinks"] is False
    grace = load(new_environment())[name]["stop_grace_period"]
    assert f"{spec['terminationGracePeriodSeconds']}s" == grace


def test_what_pods_refer_to_exists() -> None:
    named = {
        (found["kind"], found["metadata"]["name"]) for found in manifests() if "metadata" in found
    }
    for found in manifests():
        if found["kind"] == "ScaledObject":
            assert ("Deployment", found["spec"]["scaleTargetRef"]["name"]) in named
    resources = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"]
    files = {file.name for file in (DEPLOY / "kubernetes").glob("*.yaml")}
    assert set(resources) == files - {"kustomization.yaml"}


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_kubernetes_sets_settings_that_exist(kind: str) -> None:
    found = next(item for item in manifests() if item["kind"] == kind)
    given = found.get("data") or found["stringData"]
    assert {name for name in given if not FOREIGN.match(name)} <= VARIABLES


def test_compose_sets_settings_that_exist() -> None:
    for name, service in load(new_environment()).items():
        if "build" in service:
            assert set(service["environment"]) <= VARIABLES, name


def test_every_variable_of_compose_is_explained() -> None:
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert used == set(new_environment())


def test_a_container_has_the_cores_its_threads_keep_busy() -> None:
    services = load(new_environment())
    training = services["worker-training"]
    environment = training["environment"]
    busy = int(environment["TRAINING_WORKERS"]) * int(environment["TRAINING_THREADS"])
    assert float(training["cpus"]) == busy
    pod = pods()["worker-training"][1]["spec"]["containers"][0]
    assert float(pod["resources"]["requests"]["cpu"]) == busy


def test_only_nginx_and_the_api_can_be_published_to_a_network() -> None:
    services = load({**new_environment(), "PUBLISH": "0.0.0.0"})
    open_to_all = {
        name for name, service in services.items()
        if any(not port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    }  # fmt: skip
    assert open_to_all == {"api", "nginx"}


def test_secrets_are_new_each_time() -> None:
    one, two = new_environment(), new_environment()
    secret = {
        "BOOTSTRAP_API_KEY",
        "METRICS_API_KEY",
        "REDIS_PASSWORD",
        "INFLUX_PASSWORD",
        "INFLUX_TOKEN",
        "FLOWER_AUTH",
        "GRAFANA_PASSWORD",
    }
    assert {name for name in one if one[name] != two[name]} == secret
    assert all(len(one[name]) >= 32 for name in secret)


@pytest.mark.parametrize(
    "file", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda f: f.name
)
def test_a_unit_starts_a_role(file: Path) -> None:
    lines = [
        line.split("=", 1)
        for line in file.read_text().splitlines()
        if "=" in line and line[0] != "#"
    ]
    unit = dict(lines)
    program, *arguments = shlex.split(unit["ExecStart"].replace("%i", "training"))
    assert program.endswith("/.venv/bin/energy")
    understood(*arguments)
    role = "worker-training" if "@" in file.name else file.stem.removeprefix("energy-")
    assert f"{unit['TimeoutStopSec']}s" == load(new_environment())[role]["stop_grace_period"]
    assert {pair.split("=")[0] for pair in shlex.split(unit["Environment"])} <= VARIABLES


def test_the_target_starts_every_role() -> None:
    wanted = re.search(
        r"^Wants=(.*)$", (DEPLOY / "systemd/energy.target").read_text(), re.MULTILINE
    )
    assert wanted is not None
    roles = {
        name.removeprefix("energy-").removesuffix(".service").replace("@", "-")
        for name in wanted[1].split()
    }
    assert roles == set(ours())


@pytest.mark.parametrize(
    ("command", "file"),
    [
        pytest.param(["check", "rules"], DEPLOY / "prometheus/alerts.yml", id="rules"),
        pytest.param(
            ["check", "config", "--syntax-only"], DEPLOY / "prometheus/prometheus.yml", id="config"
        ),
        pytest.param(
            ["test", "rules"], Path(__file__).with_name("alerts_test.yml"), id="alerts-that-fire"
        ),
    ],
)
def test_prometheus_takes_the_rules_and_alerts_fire(command: list[str], file: Path) -> None:
    done = subprocess.run(
        [needed("promtool", "prometheus"), *command, file.name],
        cwd=file.parent, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout


def exposed() -> set[str]:
    """Names of our metrics, as `app/operations/metrics.py` and `app/operations/job_metrics.py` write them."""
    code = "".join(
        (ROOT / "app" / "operations" / name).read_text()
        for name in ("metrics.py", "job_metrics.py")
    )
    names = set(re.findall(r'"(energy_[a-z_]+)"', code))
    names |= {
        "energy_training_seconds",
        "energy_training_rows",
        "energy_forecast_skill",
        "energy_forecast_coverage",
    }
    return names | {
        f"{name}{end}" for name in names for end in ("_total", "_bucket", "_sum", "_count")
    }


@pytest.mark.parametrize("file", ["prometheus/alerts.yml", "grafana/dashboards/energy.json"])
def test_only_metrics_that_exist_are_asked_for(file: str) -> None:
    asked = set(re.findall(r"\benergy_[a-z_]+", (DEPLOY / file).read_text()))
    assert asked
    assert asked <= exposed()


def test_the_dashboard_has_one_panel_per_place() -> None:
    text = (DEPLOY / "grafana/dashboards/energy.json").read_text()
    board = json.loads(text)
    assert all(
        panel["datasource"]["uid"] == "prometheus"
        for panel in board["panels"]
        if panel["type"] != "row"
    )
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(places) == len(set(places))


def test_every_role_and_health_check_is_a_command() -> None:
    for role in ("api", "worker", "beat", "flower", "healthy", "backup", "restore"):
        assert role in COMMANDS
