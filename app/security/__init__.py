"""Who may do what: keys, sign-in, origins, limits, headers.

The order of the hooks matters: what comes from a foreign page is refused first, then the key is
looked up, then its scope, meters and rate are checked.
"""

from datetime import UTC, datetime

from flask import Flask
from flask_smorest import Api

from app.security import access, documented, headers, limits, origins, sign_in, tokens
from app.security.keyring import Keyring
from app.security.visible import may_see, may_see_all, may_see_job
from app.services import Services
from workers.api_keys import Keys, keys_needed

__all__ = ["init_app", "may_see", "may_see_all", "may_see_job"]


def init_app(app: Flask, api: Api) -> None:
    """Guard every view of `app`; a view declares nothing (`access` has the table).

    Where no key is needed, what remains per request is a look at the method and at `Origin`.
    """
    services: Services = app.extensions["energy"]
    settings = services.settings
    needed = keys_needed(settings)
    headers.init_app(app, private=needed)
    origins.init_app(app, settings)
    limits.bound_requests(app, silence=settings.client_timeout)
    limits.part_with_the_given_up(app)
    app.register_blueprint(sign_in.bp)
    api.register_blueprint(tokens.bp)
    if needed:
        keyring = Keyring(
            Keys(services.jobs.redis),
            bootstrap=settings.bootstrap_api_key,
            metrics=settings.metrics_api_key,
        )
        app.extensions["keyring"] = keyring
        access.init_app(app, keyring, clock=lambda: datetime.now(UTC))
        limits.bound_rates(app, services)
        documented.init_app(api)
