"""What is signed: a sign-in (cookie) and a stream token. Both name a key by its digest."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.services import services
from workers.api_keys import Keys

SIGN_IN, STREAM = "sign-in", "stream"
"""What a signature is for; one is worthless as the other."""

COOKIE = "energy_session"

TOKEN_SECONDS = 3600
"""Life of a stream token: an EventSource that was cut comes back to the same address."""


def sign(hashed: str, purpose: str) -> str:
    return str(_signer(purpose).dumps(hashed))


def signed(text: str, purpose: str, *, max_age: float) -> tuple[str, float] | None:
    """The digest that was signed at most `max_age` seconds ago, and when that time is over.

    :returns: the latter in epoch seconds; None for a text that says nothing (any more).
    """
    try:
        hashed, at = _signer(purpose).loads(text, max_age=int(max_age), return_timestamp=True)
    except BadSignature:
        return None
    return str(hashed), at.timestamp() + max_age


def _signer(purpose: str) -> URLSafeTimedSerializer:
    # Kept with the application: each process asks Redis for the secret once.
    if "signing_secret" not in current_app.extensions:
        current_app.extensions["signing_secret"] = Keys(services().jobs.redis).secret()
    return URLSafeTimedSerializer(current_app.extensions["signing_secret"], salt=purpose)
