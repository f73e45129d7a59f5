"""`energy keys`, and processes that start only where nobody gets in without a key."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cli.roles import flower_account
from client import ApiError, Client
from config import ROOT, SettingsError, load_settings
from tests.platform import Platform
from tests.processes import free_port, until
from tests.security.conftest import BOOTSTRAP

ENERGY = str(Path(sys.executable).parent / "energy")


def energy(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ENERGY, *arguments], cwd=ROOT, env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_first_key_is_made_before_anything_runs(tmp_path: Path) -> None:
    alone = {"STATE_DIR": str(tmp_path), "REDIS_PORT": str(free_port())}

    made = energy("keys", "create", "gateway", "--scope", "write", "--days", "30", **alone)
    listed = energy("keys", "list", **alone)

    assert re.fullmatch(r"ef_[\w-]{43}\n", made.stdout), made
    assert "gateway" in listed.stdout
    assert made.stdout.strip() not in listed.stdout
    assert energy("keys", "revoke", "gateway", **alone).returncode == 0
    gone = energy("keys", "list", **alone)
    assert (gone.returncode, "There are no keys" in gone.stderr) == (1, True)


def test_the_api_does_not_start_on_the_network_without_a_key(redis_url: str) -> None:
    for command in (
        [ENERGY, "api"],
        [str(Path(ENERGY).parent / "gunicorn"), "-c", "python:config.gunicorn", "app.wsgi:app"],
    ):
        ended = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "REDIS_URL": redis_url, "API_HOST": "0.0.0.0", "API_PORT": str(free_port())},
        )  # fmt: skip
        assert ended.returncode != 0
        assert "energy keys create" in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("given", "account"),
    [
        pytest.param({}, "", id="loopback"),
        pytest.param({"FLOWER_AUTH": "me:secret"}, "me:secret", id="given"),
        pytest.param({"API_KEYS": "always", "BOOTSTRAP_API_KEY": BOOTSTRAP}, f"energy:{BOOTSTRAP}", id="bootstrap"),
        pytest.param({"API_KEYS": "always"}, None, id="keys-and-no-password"),
        pytest.param({"FLOWER_HOST": "0.0.0.0"}, None, id="network-and-no-password"),
    ],
)  # fmt: skip
def test_flower_asks_for_a_password_where_the_api_asks_for_a_key(
    given: dict, account: str | None
) -> None:
    if account is None:
        with pytest.raises(SettingsError, match="FLOWER_AUTH"):
            flower_account(load_settings(given))
    else:
        assert flower_account(load_settings(given)) == account


def test_flower_runs_behind_its_password(redis_url: str, tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **os.environ, "REDIS_URL": redis_url, "FLOWER_PORT": str(port), "FLOWER_AUTH": "me:secret",
        "STATE_DIR": str(tmp_path), "LOG_DIR": str(tmp_path),
    }  # fmt: skip
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(
            [ENERGY, "flower"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    try:
        url = f"http://127.0.0.1:{port}/workers"

        def answers() -> bool:
            assert process.poll() is None, (tmp_path / "out").read_text()
            try:
                return httpx.get(url).status_code == 401
            except httpx.TransportError:
                return False

        until(answers, "Flower answers", seconds=60)
        assert httpx.get(url, auth=("me", "wrong")).status_code == 401
        assert httpx.get(url, auth=("me", "secret")).status_code == 200
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert b"secret" not in arguments
    finally:
        process.terminate()
        process.wait(20)


def test_a_server_with_keys_end_to_end_and_its_logs_hold_none(tmp_path: Path) -> None:
    with Platform(
        tmp_path, roles=("api",), API_KEYS="always", BOOTSTRAP_API_KEY=BOOTSTRAP, DEBUG="true"
    ) as platform:
        at = {name: platform.environment[name] for name in ("REDIS_URL", "API_PORT", "STATE_DIR")}
        made = energy("keys", "create", "tester", "--scope", "read", "--scope", "train", **at)
        key = made.stdout.strip()
        wrong = "ef_a-key-that-somebody-mistyped-somewhere"

        with Client(platform.url, key=key) as client:
            assert client.meters() == []
            with pytest.raises(ApiError, match="forbidden"):
                client.call("PUT", "/meters/water/x", json={})
        with Client(platform.url, key=wrong) as client, pytest.raises(ApiError, match="unauthor"):
            client.meters()
        with httpx.Client(base_url=platform.url) as browser:
            own = {"Origin": platform.url}
            browser.post("/sign_in", data={"key": key}, headers=own)
            assert browser.get("/meters/").status_code == 200
            token = browser.post("/stream_tokens/", headers=own).json()["token"]
            # A foreign page's EventSource: no cookie, no header, a token in the address.
            with httpx.stream("GET", f"{platform.url}/jobs/stream?token={token}") as stream:
                assert stream.status_code == 200
            cookie = browser.cookies["energy_session"]
        listed = energy("train", "--meter-type", "water", "--meter-id", "x", **at)
        assert "unauthorized" in listed.stderr
        listed = energy(
            "train", "--meter-type", "water", "--meter-id", "x", ENERGY_API_KEY=key, **at
        )
        assert "unknown_meter" in listed.stderr

        assert energy("keys", "revoke", "tester", **at).returncode == 0
        show = {"Authorization": f"Bearer {key}"}
        until(
            lambda: httpx.get(f"{platform.url}/meters/", headers=show).status_code == 401,
            "the revoked key is refused", seconds=30,
        )  # fmt: skip
    logs = "".join(
        path.read_text(errors="replace")
        for path in tmp_path.rglob("*")
        if path.suffix in (".log", ".out")
    )
    assert "401" in logs, "requests are logged"
    for secret in (key, wrong, token, cookie, BOOTSTRAP):
        assert secret not in logs
