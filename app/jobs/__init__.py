"""Views that begin, show and cancel jobs: /trainmodel, /forecast, /test_model, /jobs, batches.

A view checks the request and hands it to `workers.jobs`; what a job is, is said there.
"""
