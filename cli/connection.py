"""The API that the settings of this machine name."""

from client import Client
from config import Settings


def own_key(settings: Settings) -> str:
    """The key this machine shows to the API; empty for none."""
    return settings.api_key or settings.bootstrap_api_key


def connect(settings: Settings) -> Client:
    """A client of the API; raises `client.Unreachable` where none answers."""
    host = "127.0.0.1" if settings.api_host == "0.0.0.0" else settings.api_host
    api = Client(f"http://{host}:{settings.api_port}", key=own_key(settings))
    api.call("GET", "/health/live")
    return api
