"""Signing in on a page, stream tokens, and what pages of other origins can't do."""

import html
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from redis import Redis

from app import create_app
from app.security import signing
from app.security.signing import COOKIE, SIGN_IN, STREAM, TOKEN_SECONDS, sign, signed
from tests.security.conftest import bearer, settings_of
from workers.api_keys import KEYS, READ, TRAIN, WRITE

MakeKey = Callable[..., str]
OURS = {"Origin": "http://localhost"}
FOREIGN = {"Origin": "http://evil.example"}
FROM_DISK = {"Origin": "null"}


def test_a_person_is_sent_to_sign_in_and_comes_back(ask: FlaskClient, make_key: MakeKey) -> None:
    away = ask.get("/")
    assert (away.status_code, away.headers["Location"]) == (303, "/sign_in")

    answer = ask.post("/sign_in", data={"key": make_key(READ)}, headers=OURS)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ask.get("/").status_code == 200
    assert ask.get("/meters/").status_code == 200
    ask.post("/sign_out", headers=OURS)
    assert ask.get("/meters/").status_code == 401


OWN_PAGES = [
    pytest.param("/dashboard/jobs", id="page"),
    pytest.param("/dashboard/meters/water/m1?tab=model&x=a%20b", id="page-with-query"),
    pytest.param("/?search=site&page=2", id="overview-with-a-filter"),
]
NOT_OUR_PAGES = [
    pytest.param("https://evil.example/", id="scheme"),
    pytest.param("javascript:alert(1)", id="script"),
    pytest.param("//evil.example/dashboard/jobs", id="two-slashes"),
    pytest.param("///evil.example/dashboard/jobs", id="three-slashes"),
    pytest.param("/\\evil.example/", id="slash-and-backslash"),
    pytest.param("\\\\evil.example/", id="backslashes"),
    pytest.param("/dashboard\\jobs", id="backslash-within"),
    pytest.param("/\t/evil.example/", id="tab"),
    pytest.param("/dashboard/jobs\r\nSet-Cookie: a=b", id="line-break"),
    pytest.param(" /dashboard/jobs", id="blank"),
    pytest.param("/%2Fevil.example/", id="encoded-slash"),
    pytest.param("/dashboard/jobs@evil.example", id="no-such-page"),
    pytest.param("/meters/", id="not-a-page"),
    pytest.param("/sign_out", id="sign-out"),
    pytest.param("dashboard/jobs", id="relative"),
    pytest.param("http:/dashboard/jobs", id="scheme-without-host"),
    pytest.param("/dashboard/jobs?" + "x" * 2000, id="endless"),
]


@pytest.mark.parametrize("page", OWN_PAGES)
def test_a_person_comes_back_to_the_page_that_asked_for_the_key(
    ask: FlaskClient, make_key: MakeKey, page: str
) -> None:
    form = ask.get(page).headers["Location"]
    assert form.startswith("/sign_in?next=")
    back = html.unescape(re.findall(r'name="next" value="([^"]*)"', ask.get(form).text)[0])
    wrong = ask.post("/sign_in", data={"key": "wrong", "next": back}, headers=OURS)
    assert f'value="{html.escape(page)}"' in wrong.text

    answer = ask.post("/sign_in", data={"key": make_key(READ), "next": back}, headers=OURS)

    assert (answer.status_code, answer.headers["Location"]) == (303, page)


@pytest.mark.parametrize("page", NOT_OUR_PAGES)
def test_nobody_is_sent_from_the_form_to_what_is_no_page_of_ours(
    ask: FlaskClient, make_key: MakeKey, unkeyed: Flask, page: str
) -> None:
    shown = ask.get("/sign_in", query_string={"next": page})
    assert 'name="next" value="/"' in shown.text
    answer = ask.post("/sign_in", data={"key": make_key(READ), "next": page}, headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    without_keys = unkeyed.test_client().get("/sign_in", query_string={"next": page})
    assert without_keys.headers["Location"] == "/"


def test_the_cookie_is_for_https_alone_where_the_page_is(
    ask: FlaskClient, make_key: MakeKey
) -> None:
    answer = ask.post("/sign_in", data={"key": make_key(READ)}, base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_wrong_key_does_not_sign_in(ask: FlaskClient) -> None:
    answer = ask.post("/sign_in", data={"key": "<script>"}, headers=OURS)

    assert answer.status_code == 401
    assert "not known" in answer.text
    assert "<script>" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_sign_in_ends_with_its_key(ask: FlaskClient, make_key: MakeKey, redis_url: str) -> None:
    ask.post("/sign_in", data={"key": make_key(READ)}, headers=OURS)
    assert ask.get("/meters/").status_code == 200

    Redis.from_url(redis_url).delete(KEYS)
    ask.application.extensions["keyring"].forget()
    assert ask.get("/meters/").status_code == 401


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        pytest.param(OURS, True, id="own-page"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, True, id="own-page-by-fetch-metadata"),
        pytest.param(FOREIGN, False, id="foreign-page"),
        pytest.param({"Origin": "null"}, False, id="sandboxed-frame"),
        pytest.param({"Origin": "http://["}, False, id="no-origin-at-all"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="foreign-by-fetch-metadata"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, False, id="neighbour-subdomain"),
        pytest.param({}, False, id="says-nothing"),
    ],
)
def test_a_cookie_writes_only_for_our_own_page(
    ask: FlaskClient, make_key: MakeKey, headers: dict, allowed: bool
) -> None:
    ask.post("/sign_in", data={"key": make_key(WRITE)}, headers=OURS)

    answer = ask.put("/meters/electricity/by-cookie", json={}, headers=headers)

    assert (answer.status_code in (200, 201)) is allowed, answer.text
    if not allowed:
        assert (answer.status_code, answer.json["code"]) == (403, "cross_origin")


def test_a_stream_token_opens_streams_and_nothing_else(ask: FlaskClient, make_key: MakeKey) -> None:
    made = ask.post("/stream_tokens/", headers=bearer(make_key(READ)))
    token = made.json["token"]
    job = "00000000-0000-4000-8000-000000000000"

    assert made.status_code == 201
    assert made.json["expires_in"] > 0
    assert ask.get(f"/jobs/{job}/stream?token={token}").json["code"] == "unknown_job"
    assert ask.get(f"/trainmodel/stream/{job}?token={token}").json["code"] == "unknown_job"
    assert ask.get(f"/jobs/{job}/stream").status_code == 401
    assert ask.get(f"/jobs/{job}/stream?token={token}x").status_code == 401
    assert ask.get(f"/jobs/{job}?token={token}").status_code == 401
    assert ask.get(f"/meters/?token={token}").status_code == 401


def test_a_stream_does_not_come_back_with_a_token_of_an_hour_ago(
    ask: FlaskClient, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = bearer(make_key(READ))
    job = "00000000-0000-4000-8000-000000000000"

    def token_made(seconds_ago: int) -> str:
        then = int(time.time()) - seconds_ago
        with monkeypatch.context() as patch:
            patch.setattr(TimestampSigner, "get_timestamp", lambda self: then)
            return str(ask.post("/stream_tokens/", headers=key).json["token"])

    for made, code in ((TOKEN_SECONDS - 60, "unknown_job"), (TOKEN_SECONDS + 1, "unauthorized")):
        path = f"/jobs/{job}/stream?token={token_made(made)}"
        assert ask.get(path).json["code"] == code
        assert ask.get(path, headers={"Last-Event-ID": "1-0"}).json["code"] == code


def test_signatures_are_for_one_purpose_and_a_while(
    keyed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keyed.app_context():
        text = sign("abc", STREAM)
        hashed, until = signed(text, STREAM, max_age=60) or ("", 0.0)
        assert hashed == "abc"
        assert 50 < until - time.time() <= 60
        assert signed(text, SIGN_IN, max_age=60) is None
        assert signed(text, STREAM, max_age=-1) is None
        monkeypatch.setitem(keyed.extensions, "signing_secret", "another")
        assert signing.signed(text, STREAM, max_age=60) is None


def test_a_token_is_not_taken_for_a_sign_in(ask: FlaskClient, make_key: MakeKey) -> None:
    token = ask.post("/stream_tokens/", headers=bearer(make_key(TRAIN, READ))).json["token"]
    ask.set_cookie(COOKIE, token)
    assert ask.get("/meters/").status_code == 401


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param("http://localhost", True, id="own"),
        pytest.param("null", False, id="sandboxed-frame"),
        pytest.param("http://[", False, id="no-origin-at-all"),
        pytest.param("http://evil.example", False, id="foreign"),
        pytest.param("http://localhost:9", False, id="another-port"),
    ],
)
def test_without_keys_pages_of_others_still_may_not_write(
    unkeyed: Flask, origin: str, allowed: bool
) -> None:
    answer = unkeyed.test_client().post(
        "/meters/electricity/site_a_1/readings",
        data="m value=1 1767225600",
        content_type="text/plain",
        headers={"Origin": origin},
        query_string={"precision": "s"},
    )
    assert (answer.status_code == 200) is allowed, answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/meters/electricity/site_a_1"),
        ("PUT", "/meters/electricity/site_a_1"),
        ("POST", "/meters/electricity/site_a_1/readings"),
        ("POST", "/forecast/"),
        ("POST", "/trainmodel/batch"),
        ("POST", "/models/electricity/site_a_1/rollback"),
        ("POST", "/demo/"),
        ("DELETE", "/jobs/00000000-0000-4000-8000-000000000000"),
        ("POST", "/stream_tokens/"),
    ],
)
def test_a_page_from_disk_changes_nothing(unkeyed: Flask, method: str, path: str) -> None:
    """A sandboxed frame of any website has its origin, and deleted meters."""
    answer = unkeyed.test_client().open(path, method=method, json={}, headers=FROM_DISK)
    assert (answer.status_code, answer.json["code"]) == (403, "cross_origin")


def test_a_page_from_disk_does_what_the_example_does(unkeyed: Flask) -> None:
    client = unkeyed.test_client()
    asked_first = client.options("/trainmodel/", headers=FROM_DISK)
    train = client.post(
        "/trainmodel/", json={"meter_type": "electricity", "meter_id": "none"}, headers=FROM_DISK
    )
    read = client.get("/meters/", headers=FROM_DISK)

    assert asked_first.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert train.json["code"] == "unknown_meter"
    assert (read.status_code, read.headers["Access-Control-Allow-Origin"]) == (200, "null")


def test_without_keys_no_other_name_leads_to_loopback(unkeyed: Flask) -> None:
    answer = unkeyed.test_client().get("/meters/", base_url="http://rebound.example")

    assert answer.status_code == 400
    assert (
        unkeyed.test_client().get("/meters/", base_url="http://127.0.0.1:8000").status_code == 200
    )


def test_disk_pages_are_not_let_in_where_keys_are_needed(ask: FlaskClient) -> None:
    answer = ask.get("/health/live", headers={"Origin": "null"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/docs", "/sign_in"])
def test_pages_have_no_inline_script_and_a_policy_that_forbids_it(
    ask: FlaskClient, make_key: MakeKey, path: str
) -> None:
    answer = ask.get(path, headers=bearer(make_key(READ)))
    policy = answer.headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r"\son\w+=", answer.text)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_data_is_kept_by_no_cache_and_shown_in_no_frame(
    ask: FlaskClient, make_key: MakeKey
) -> None:
    answer = ask.get("/meters/", headers=bearer(make_key(READ)))

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("given", ["https://Dash.example.org/", "https://dash.example.org"])
def test_an_origin_may_be_listed_as_people_write_it(
    redis_url: str, folder: Path, given: str
) -> None:
    app = create_app(settings_of(redis_url, folder, CORS_ORIGINS=f"https://a.b, {given}"))
    origin = {"Origin": "https://dash.example.org"}
    answer = app.test_client().post("/preview/", headers=origin, data="time,value\n")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://dash.example.org"
    assert answer.status_code == 200
