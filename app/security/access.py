"""Which key a request shows, and whether that key goes as far as the request.

A view needs to declare nothing: method and blueprint say what it takes, and what is in no table
takes `admin`.
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Flask, Response, g, redirect, request, url_for

from app.security.keyring import Keyring
from app.security.origins import is_same_origin
from app.security.return_address import PAGES, this_page
from app.security.signing import COOKIE, SIGN_IN, STREAM, TOKEN_SECONDS, signed
from app.security.visible import check_meters
from app.services import services
from config.errors import CrossOrigin, Forbidden, Unauthorized
from workers.api_keys import ADMIN, METRICS, READ, TRAIN, WRITE, Key
from workers.jobs import submitter

BEARER = "bearer "

READING = frozenset({"GET", "HEAD"})
OPEN = frozenset({"assets", "docs", "api-docs", "sign_in"})
"""Blueprints that say nothing about anybody: the program's own files and documentation."""
OPEN_ENDPOINTS = frozenset({"static", "health.live"})
SCRAPED = "metrics.metrics"
"""What a key of the scope `metrics` reaches; one of the scope `read` does too."""

CHANGES: Mapping[str, str] = {
    "trainmodel": TRAIN,
    "forecast": TRAIN,
    "test_model": TRAIN,
    "batches": TRAIN,
    "jobs": TRAIN,
    "readings": WRITE,
    "meters": WRITE,
    "demo": WRITE,
    "preview": READ,
    "stream_tokens": READ,
}
"""What it takes to change something, by blueprint; `admin` for all others."""


def init_app(app: Flask, keyring: Keyring, *, clock: Callable[[], datetime]) -> None:
    """Ask every request for a key."""

    @app.before_request
    def check() -> Response | None:
        g.key = None
        submitter.set("")
        if request.method == "OPTIONS" or _open():
            return None
        try:
            g.key, g.key_digest, g.key_until = _shown(keyring, clock())
        except Unauthorized:
            if request.blueprint == PAGES:
                form = url_for("sign_in.page", next=this_page() or None)
                return redirect(form, code=303)  # type: ignore[return-value]
            raise
        submitter.set(g.key.name)
        scope = _scope()
        if not g.key.may(scope) and not (request.endpoint == SCRAPED and g.key.may(METRICS)):
            raise Forbidden(
                f"The key {g.key.name!r} does not have the scope {scope!r}.",
                hint=f"Make one that has it: energy keys create NAME --scope {scope}",
                scope=scope,
            )
        if g.key.meters:
            check_meters(g.key)
        return None


def _open() -> bool:
    return request.blueprint in OPEN or request.endpoint in OPEN_ENDPOINTS


def _scope() -> str:
    if request.method in READING:
        return READ
    return CHANGES.get(request.blueprint or "", ADMIN)


def _shown(keyring: Keyring, now: datetime) -> tuple[Key, str, float]:
    """The key of the request: in its header, else in a stream's token, else in the cookie.

    :returns: the key, its digest, and when the sign-in ends that named it (epoch seconds).
    :raises Unauthorized: none, a wrong one, one that was revoked or has expired.
    """
    header = request.headers.get("Authorization", "")
    if header:
        if not header.lower().startswith(BEARER):
            raise Unauthorized("Authorization: only Bearer keys are taken here.")
        hashed, key = keyring.by_text(header[len(BEARER) :].strip())
        until = math.inf
    else:
        hashed, until = _signed_key()
        key = keyring.by_digest(hashed)
    if key is None or not key.valid(now):
        raise Unauthorized("This key is unknown, was revoked or has expired.")
    return key, hashed, until


def _signed_key() -> tuple[str, float]:
    """The digest in a stream token or in the cookie of a sign-in, and when the sign-in ends.

    :raises Unauthorized: there is neither, or it is too old.
    :raises CrossOrigin: a write with a cookie that our own page did not send.
    """
    token = request.args.get("token")
    if token is not None and (request.endpoint or "").rpartition(".")[2].startswith("stream"):
        opened = signed(token, STREAM, max_age=TOKEN_SECONDS)
        if opened is None:
            raise Unauthorized("token: it is wrong or has expired.", hint="POST /stream_tokens/")
        # It is for opening: a stream that is open lasts as long as its key.
        return opened[0], math.inf
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise Unauthorized("A key is needed.")
    hours = services().settings.sign_in_hours
    signed_in = signed(cookie, SIGN_IN, max_age=3600 * hours)
    if signed_in is None:
        raise Unauthorized("The sign-in has ended.")
    # The browser adds the cookie by itself, so the request must prove that our page made it.
    if request.method not in READING and not is_same_origin():
        raise CrossOrigin("A signed-in page may write only from this origin.")
    return signed_in
