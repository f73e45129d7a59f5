"""The application of these tests: the stream paths alone, as quick to start as possible."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402

from flask import Flask, jsonify, request  # noqa: E402

from app import streams  # noqa: E402
from app.http import errors  # noqa: E402
from config import load_settings  # noqa: E402

app = Flask(__name__)
errors.init_app(app, debug=True)
hub = streams.init_app(app, load_settings())

for path in ("/trainmodel/stream/<task_id>", "/jobs/<task_id>/stream"):
    app.add_url_rule(path, path, lambda task_id: streams.job_response(task_id))


@app.get("/jobs/stream")
def all_jobs():
    ids = request.args.get("ids")
    return streams.all_jobs_response(
        ids=ids.split(",") if ids else None, batch=request.args.get("batch")
    )


@app.get("/stats")
def stats():
    return jsonify(pid=os.getpid(), **hub.stats())
