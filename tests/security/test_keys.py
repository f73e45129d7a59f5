"""Keys: which requests they let through, and which words the others get."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from app.security import access
from app.security.keyring import FRESH_SECONDS, STALE_SECONDS, Keyring
from config import SettingsError, load_settings
from config.errors import InvalidRequest
from tests.processes import free_port
from tests.security.conftest import BOOTSTRAP, SCRAPER, bearer
from workers.api_keys import (
    ADMIN,
    KEYS,
    METRICS,
    READ,
    TRAIN,
    WRITE,
    Key,
    Keys,
    digest,
    refuse_without_key,
)

MakeKey = Callable[..., str]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
READINGS = "/meters/electricity/site_a_1/readings"
TRAINING = {"meter_type": "electricity", "meter_id": "site_a_1"}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param(bearer("ef_wrong"), id="unknown"),
        pytest.param(bearer(""), id="empty"),
        pytest.param({"Authorization": "Basic dXNlcjpwYXNz"}, id="basic"),
        pytest.param({"Cookie": "energy_session=made-up"}, id="made-up-cookie"),
        pytest.param({"Authorization": "Bearer \udcff"}, id="not-text"),
    ],
)
@pytest.mark.parametrize("path", ["/meters/", "/jobs/", "/nowhere", "/health/", "/models/a/b"])
def test_without_a_good_key_there_is_nothing(ask: FlaskClient, headers: dict, path: str) -> None:
    answer = ask.get(path, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path", ["/health/live", "/docs", "/openapi.json", "/static/icon.svg", "/sign_in"]
)
def test_what_says_nothing_about_anybody_is_open(ask: FlaskClient, path: str) -> None:
    assert ask.get(path).status_code == 200


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        pytest.param(READ, "GET", "/meters/", True, id="read-reads"),
        pytest.param(READ, "PUT", "/meters/electricity/new", False, id="read-writes"),
        pytest.param(READ, "POST", READINGS, False, id="read-sends-readings"),
        pytest.param(READ, "POST", "/trainmodel/", False, id="read-trains"),
        pytest.param(READ, "DELETE", "/jobs/some", False, id="read-cancels"),
        pytest.param(WRITE, "POST", READINGS, True, id="write-sends-readings"),
        pytest.param(WRITE, "DELETE", READINGS, True, id="write-deletes-readings"),
        pytest.param(READ, "DELETE", READINGS, False, id="read-deletes-readings"),
        pytest.param(TRAIN, "DELETE", READINGS, False, id="train-deletes-readings"),
        pytest.param(WRITE, "GET", READINGS, False, id="write-reads"),
        pytest.param(WRITE, "POST", "/trainmodel/", False, id="write-trains"),
        pytest.param(METRICS, "GET", "/metrics", True, id="metrics-scrapes"),
        pytest.param(READ, "GET", "/metrics", True, id="read-scrapes"),
        pytest.param(WRITE, "GET", "/metrics", False, id="write-scrapes"),
        pytest.param(METRICS, "GET", "/meters/", False, id="metrics-reads"),
        pytest.param(METRICS, "POST", READINGS, False, id="metrics-writes"),
        pytest.param(METRICS, "POST", "/stream_tokens/", False, id="metrics-streams"),
        pytest.param(TRAIN, "POST", "/trainmodel/batch", True, id="train-trains"),
        pytest.param(TRAIN, "POST", "/models/electricity/site_a_1/rollback", False, id="train-rolls-back"),
        pytest.param(ADMIN, "POST", "/trainmodel/batch", True, id="admin-trains"),
        pytest.param(ADMIN, "GET", "/meters/", True, id="admin-reads"),
        pytest.param(ADMIN, "PUT", "/meters/electricity/new", True, id="admin-writes"),
    ],
)  # fmt: skip
def test_scopes(
    ask: FlaskClient, make_key: MakeKey, scope: str, method: str, path: str, allowed: bool
) -> None:
    answer = ask.open(path, method=method, headers=bearer(make_key(scope)))

    assert (answer.status_code not in (401, 403)) is allowed, answer.text
    if not allowed:
        assert answer.json["code"] == "forbidden"
        assert "--scope" in answer.json["hint"]


def test_every_view_that_changes_something_takes_more_than_read(keyed: Flask) -> None:
    harmless = {"stream_tokens.create", "sign_in.enter", "sign_in.leave", "preview.preview"}
    for rule in keyed.url_map.iter_rules():
        changing = rule.methods - {"GET", "HEAD", "OPTIONS"}
        blueprint = rule.endpoint.rpartition(".")[0]
        if changing and rule.endpoint not in harmless:
            assert access.CHANGES.get(blueprint, ADMIN) != READ, rule


def test_a_key_expires(ask: FlaskClient, make_key: MakeKey) -> None:
    gone = make_key(READ, name="old", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    good = make_key(READ, name="new", expires_at=datetime.now(UTC) + timedelta(hours=1))

    assert ask.get("/meters/", headers=bearer(gone)).status_code == 401
    assert ask.get("/meters/", headers=bearer(good)).status_code == 200


def test_the_bootstrap_key_may_everything(ask: FlaskClient) -> None:
    assert ask.get("/meters/", headers=bearer(BOOTSTRAP)).status_code == 200
    assert ask.post("/trainmodel/batch", headers=bearer(BOOTSTRAP), json={}).status_code == 422


def test_the_key_of_the_scraper_reaches_the_figures_alone(ask: FlaskClient) -> None:
    assert ask.get("/metrics", headers=bearer(SCRAPER)).status_code == 200
    assert ask.get("/meters/", headers=bearer(SCRAPER)).status_code == 403
    assert ask.post(READINGS, headers=bearer(SCRAPER), json=[]).status_code == 403


def test_keys_lie_in_redis_hashed(redis_url: str, make_key: MakeKey) -> None:
    text = make_key(READ, WRITE, name="gateway-7", meters="water/")
    redis = Redis.from_url(redis_url)

    everything = repr(redis.hgetall(KEYS))
    assert text not in everything
    assert digest(text) in everything
    assert [key.to_dict()["scopes"] for key in Keys(redis).all()] == [["read", "write"]]
    assert len(text) >= 40


def test_names_are_taken_once_and_must_be_names(make_key: MakeKey) -> None:
    make_key(READ, name="one")
    for name in ("one", "", "a b", "x" * 80, "../x"):
        with pytest.raises(InvalidRequest):
            make_key(READ, name=name)
    with pytest.raises(InvalidRequest, match="fly"):
        make_key("fly", name="two")


class Book:
    """Keys in a dictionary, or out of reach."""

    def __init__(self, key: Key) -> None:
        self.keys: dict[str, Key] | None = {digest("good"): key}
        self.asked = 0

    def find(self, hashed: str) -> Key | None:
        self.asked += 1
        if self.keys is None:
            raise RedisConnectionError
        return self.keys.get(hashed)


def test_a_revoked_key_is_refused_within_seconds() -> None:
    now, book = [0.0], Book(Key("good", frozenset({READ})))
    ring = Keyring(book, clock=lambda: now[0])

    assert ring.by_text("good")[1] is not None
    book.keys = {}
    assert ring.by_text("good")[1] is not None
    assert book.asked == 1
    now[0] += FRESH_SECONDS
    assert ring.by_text("good")[1] is None


def test_known_keys_outlive_an_outage_of_redis_for_minutes() -> None:
    now, book = [0.0], Book(Key("good", frozenset({READ})))
    ring = Keyring(book, clock=lambda: now[0])
    ring.by_text("good")
    ring.by_text("bad")

    book.keys = None
    now[0] += FRESH_SECONDS + 1
    assert ring.by_text("good")[1] is not None
    with pytest.raises(RedisConnectionError):
        ring.by_text("bad")
    now[0] += STALE_SECONDS
    with pytest.raises(RedisConnectionError):
        ring.by_text("good")


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        pytest.param({"API_HOST": "127.0.0.1"}, False, id="loopback"),
        pytest.param({"API_HOST": "0.0.0.0"}, True, id="everywhere"),
        pytest.param({"API_HOST": "192.168.1.5"}, True, id="network"),
        pytest.param({"API_HOST": "127.0.0.1", "API_KEYS": "always"}, True, id="behind-a-proxy"),
        pytest.param({"API_HOST": "0.0.0.0", "BOOTSTRAP_API_KEY": BOOTSTRAP}, False, id="bootstrap"),
    ],
)  # fmt: skip
def test_nobody_listens_to_the_network_without_a_key(
    redis_url: str, make_key: MakeKey, given: dict, refused: bool
) -> None:
    settings = load_settings({"REDIS_URL": redis_url, **given})
    if refused:
        with pytest.raises(SettingsError, match="energy keys create"):
            refuse_without_key(settings)
        make_key(READ)
    refuse_without_key(settings)


def test_it_refuses_too_where_it_cannot_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.api_keys.START_PATIENCE", 0.1)
    nowhere = {"API_HOST": "0.0.0.0", "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}

    with pytest.raises(SettingsError, match="no API key is known"):
        refuse_without_key(load_settings(nowhere))
