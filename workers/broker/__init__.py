"""Celery and Redis: `create_celery`, its QUEUES, and which processes are present. Knows no task."""

from workers.broker.celery_app import FORECASTS, MAINTENANCE, QUEUES, TRAINING, create_celery

__all__ = ["FORECASTS", "MAINTENANCE", "QUEUES", "TRAINING", "create_celery"]
