"""Live job events for thousands of clients: one Redis subscription and a log behind it."""

from flask import Flask, current_app

from app.streams import waiting
from app.streams.blueprint import StreamsBlueprint, bp
from app.streams.hub import Hub
from config import Settings

__all__ = [
    "Hub",
    "StreamsBlueprint",
    "all_jobs_response",
    "bp",
    "init_app",
    "job_response",
    "wait_for_end",
]

job_response = bp.job_response
all_jobs_response = bp.all_jobs_response


def init_app(app: Flask, settings: Settings | None = None) -> Hub:
    """Give the application its hub, `app.extensions["streams"]`.

    Nothing is started: the hub opens its subscription with the first stream of the process.

    :param settings: those of the application's services where None.
    """
    hub = Hub(settings or app.extensions["energy"].settings)
    if "keyring" in app.extensions:  # where keys are needed; `app.security` comes first
        hub.key_holds = app.extensions["keyring"].holds
    app.extensions["streams"] = hub
    app.register_blueprint(bp)
    return hub


def wait_for_end(job_id: str, seconds: float) -> bool:
    """`app.streams.waiting.wait_for_end` with the hub of the application."""
    return waiting.wait_for_end(current_app.extensions["streams"], job_id, seconds)
