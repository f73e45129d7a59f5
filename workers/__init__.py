"""Background work: the Celery app, its tasks, job records and the model registry."""
