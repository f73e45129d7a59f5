"""Keys in `/openapi.json`, where they are needed: so that Swagger UI asks for one."""

from flask_smorest import Api

SCHEME = {"type": "http", "scheme": "bearer", "description": "`energy keys create NAME`"}


def init_app(api: Api) -> None:
    """Add the security scheme to the document."""
    api.spec.components.security_scheme("key", SCHEME)
    api.spec.options["security"] = [{"key": []}]
