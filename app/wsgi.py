"""Entry of gunicorn's gevent workers; patches before anything else is imported."""

from gevent import monkey

monkey.patch_all()

from app import create_app  # noqa: E402
from config import load_settings  # noqa: E402
from config.redis_pools import PromptConnection  # noqa: E402
from workers.api_keys import refuse_without_key  # noqa: E402

PromptConnection.poll = staticmethod(monkey.get_original("select", "poll"))

# `energy api` has looked already; whoever starts gunicorn without it has not.
refuse_without_key(load_settings())
app = create_app()
