"""The registry for a process that must not talk to the model store itself: workers do it.

Object stores speak through asyncio, which gevent's web process cannot run beside itself (both
want the thread), and a slow store would hold up every stream of the process. Aliases are read
from Redis, as in workers; everything else is asked for.
"""

import uuid
from typing import Any, Protocol

from config.error_codes import CATALOGUE
from config.errors import EnergyError, ModelNotTrained, ModelStoreUnavailable
from workers.broker import FORECASTS, MAINTENANCE
from workers.broker.celery_app import REGISTRY
from workers.jobs import Jobs
from workers.questions import Question, ask
from workers.registry.aliases import ANY, Aliases

WAIT_SECONDS = 15.0
PING_SECONDS = 5.0
"""Whoever asks for the health of everything has a time-out of its own."""
ALIASES_SECONDS = 5.0
"""Whoever wants a forecast learns from its job what could not be learnt sooner."""
NONE_FOR = 600
"""Seconds for which a meter without models is believed to have none; then a worker looks again."""
ASKABLE = frozenset({"aliases", "account", "rollback", "promote_existing", "forget", "ping"})
"""Methods of `workers.registry.Registry` that may be called by name."""


class ModelRegistry(Protocol):
    """What the web process does with models; `workers.registry.Registry` does it too."""

    def aliases(self, meter_type: str, meter_id: str) -> dict[str, str]: ...
    def champion(self, meter_type: str, meter_id: str) -> str: ...
    def account(self, meter_type: str, meter_id: str) -> dict[str, Any]: ...
    def rollback(
        self, meter_type: str, meter_id: str, *, instead_of: str = ANY, who: str, reason: str
    ) -> None: ...
    def promote_existing(
        self, meter_type: str, meter_id: str, version: str, *, who: str, reason: str
    ) -> None: ...
    def forget(self, meter_type: str, meter_id: str) -> None: ...
    def ping(self) -> str: ...


class AskedRegistry:
    """`Registry` by way of a worker; raises what it raises.

    :param patience: seconds to wait for an answer; later, nobody begins with what was asked.
    """

    def __init__(self, jobs: Jobs, *, patience: float = WAIT_SECONDS) -> None:
        self._jobs = jobs
        self._patience = patience
        self._aliases = Aliases(jobs.redis)

    def aliases(self, meter_type: str, meter_id: str) -> dict[str, str]:
        held = self._aliases.read(meter_type, meter_id)
        if held.revision or held.aliases:
            return held.aliases
        none = f"registry:none:{meter_type}/{meter_id}"
        if self._jobs.redis.exists(none):
            return {}
        seconds = min(self._patience, ALIASES_SECONDS)
        # By those who forecast: an import may keep the workers of maintenance busy for minutes.
        found: dict[str, str] = self._ask(
            "aliases", meter_type, meter_id, queue=FORECASTS, seconds=seconds
        )
        if not found:
            self._jobs.redis.set(none, 1, ex=NONE_FOR)
        return found

    def champion(self, meter_type: str, meter_id: str) -> str:
        version = self.aliases(meter_type, meter_id).get("champion")
        if version is None:
            raise ModelNotTrained(f"Meter {meter_type}/{meter_id} has no trained model.")
        return version

    def account(self, meter_type: str, meter_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("account", meter_type, meter_id)
        return found

    def rollback(
        self, meter_type: str, meter_id: str, *, instead_of: str = ANY, who: str, reason: str
    ) -> None:
        self._ask("rollback", meter_type, meter_id, instead_of=instead_of, who=who, reason=reason)

    def promote_existing(
        self, meter_type: str, meter_id: str, version: str, *, who: str, reason: str
    ) -> None:
        self._ask("promote_existing", meter_type, meter_id, version, who=who, reason=reason)

    def forget(self, meter_type: str, meter_id: str) -> None:
        self._ask("forget", meter_type, meter_id)

    def ping(self) -> str:
        return str(self._ask("ping", seconds=PING_SECONDS))

    def _ask(
        self,
        method: str,
        *args: str,
        queue: str = MAINTENANCE,
        seconds: float | None = None,
        **options: str,
    ) -> Any:
        seconds = self._patience if seconds is None else seconds
        key = f"registry:{uuid.uuid4()}"
        question = Question(key, [], REGISTRY, (key, method, args, options), queue, seconds)
        answer = ask(self._jobs, question, seconds=seconds)
        if answer is None:
            raise ModelStoreUnavailable(
                "No worker answered for the model store in time.",
                hint=f"Does a worker serve the queue {queue}? See GET /health/worker.",
            )
        self._jobs.redis.delete(key)
        if "error" in answer:
            raise _same(answer["error"])
        return answer["value"]


def _same(error: dict[str, Any]) -> EnergyError:
    """The error that the worker had, to be answered as if it were our own."""
    again = EnergyError(error["message"], hint=error["hint"], **error["detail"])
    again.code = error["code"] if error["code"] in CATALOGUE else EnergyError.code
    return again
