"""The life of a job: `Jobs` submits, reads and cancels; workers run them.

`record` is a job's life as pure functions, `journal` its writer in Redis, `attempts` what a worker
may change, `runner` what surrounds each job, `sweeper` who finds the dead. No model, no frame.
"""

from workers.jobs.jobs import Jobs, Submitted, submitter
from workers.jobs.opening import open_jobs, process_jobs
from workers.jobs.record import Record

__all__ = ["Jobs", "Record", "Submitted", "open_jobs", "process_jobs", "submitter"]
