"""The platform on four hosts: one is cut off in the middle of a batch, and comes back."""

from collections.abc import Iterator

import pytest

from tests.cluster.four_hosts import Cluster
from tests.cluster.hosts import Host, Network
from tests.processes import until

pytestmark = pytest.mark.timeout(900)  # many processes start, on a machine that may be busy

METERS, DAYS = 8, 40


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with Network(folder) as network:
        running = Cluster(network, folder)
        try:
            running.start()
            running.add_meters(METERS, days=DAYS)
            yield running
        finally:
            running.http.close()


@pytest.mark.slow
def test_a_host_that_is_cut_off_costs_time_and_no_job(cluster: Cluster) -> None:
    west = cluster.workers[1]
    whole = cluster.ended(cluster.train(METERS))
    assert whole["status"] == "succeeded", whole
    assert set(cluster.worked(whole)) == {"east", "west"}

    batch_id = cluster.train(METERS)
    until(lambda: cluster.running_on(west, batch_id), "the host has a job", seconds=60)
    west.cut()
    hurt = cluster.ended(batch_id)
    assert hurt["status"] == "succeeded", hurt
    assert {member["status"] for member in hurt["members"]} == {"succeeded"}
    assert len(hurt["members"]) == METERS
    assert "training@west" not in cluster.present()

    west.mend()
    until(lambda: "training@west" in cluster.present(), "the host is back", seconds=60)
    until(lambda: takes_work(cluster, west), "the host takes work again", seconds=90)
    # Whatever the host that was away still believed: every job ended once.
    for member in [*whole["members"], *hurt["members"]]:
        assert cluster.endings(member["task_id"]) == 1


def takes_work(cluster: Cluster, host: Host) -> bool:
    return host.name in cluster.worked(cluster.ended(cluster.train(4)))
