"""A meter that is deleted takes its open jobs along."""

from pathlib import Path

from app import create_app
from config import load_settings
from data.meters import Meter
from workers import attempts
from workers.jobs import Jobs
from workers.states import Kind


def test_deleting_a_meter_cancels_its_open_jobs(jobs: Jobs, tmp_path: Path) -> None:
    given = {
        "REDIS_URL": jobs.settings.redis_url,
        "STATE_DIR": str(tmp_path),
        "MODEL_STORE_URL": str(tmp_path / "models"),
    }
    app = create_app(load_settings(given))
    for meter_id in ("m1", "m11"):
        app.extensions["energy"].store.put_meter(Meter("water", meter_id))
    waiting, running, ended, others = (
        jobs.submit(Kind.TRAIN, {}, meter_type="water", meter_id=meter_id).record["task_id"]
        for meter_id in ("m1", "m1", "m1", "m11")
    )
    run = attempts.take(jobs, running, 1, worker="one")
    assert run
    jobs.cancel(ended)

    assert app.test_client().delete("/meters/water/m1").status_code == 204

    status = {one: jobs.read(one).record["status"] for one in (waiting, ended, others)}
    assert status == {waiting: "cancelled", ended: "cancelled", others: "queued"}
    assert jobs.read(running).fields["cancel"] == "1"
