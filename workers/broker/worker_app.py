"""The Celery app of a worker process, on which tasks are registered."""

from config import load_settings
from workers.broker.celery_app import create_celery

app = create_celery(load_settings())
