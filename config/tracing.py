"""OpenTelemetry, where it is asked for: OTEL_EXPORTER_OTLP_ENDPOINT names the collector.

Nothing of it is imported otherwise. The packages are the extra `otel`; sampling and the rest are
set by OpenTelemetry's own variables (`OTEL_TRACES_SAMPLER` …).
"""

import importlib
from typing import Any

from config.loading import SettingsError
from config.settings import Settings


def start_tracing(settings: Settings, *, role: str) -> bool:
    """Send spans of this process, and of the jobs it publishes or runs, to the collector.

    Call it once per process, after the last fork: the exporter has a thread.

    :returns: whether tracing was asked for.
    :raises SettingsError: it was, and its packages are not there.
    """
    if not settings.otel_endpoint:
        return False
    provider = _import("opentelemetry.sdk.trace").TracerProvider(
        resource=_import("opentelemetry.sdk.resources").Resource.create(
            {"service.name": f"energy-{role}"}
        )
    )
    exporter = _import("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    batches = _import("opentelemetry.sdk.trace.export").BatchSpanProcessor
    address = settings.otel_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(batches(exporter.OTLPSpanExporter(endpoint=address)))
    _import("opentelemetry.trace").set_tracer_provider(provider)
    _import("opentelemetry.instrumentation.celery").CeleryInstrumentor().instrument()
    return True


def trace_requests(app: Any) -> None:
    """A span for each request of a Flask application; after `start_tracing`."""
    _import("opentelemetry.instrumentation.flask").FlaskInstrumentor().instrument_app(app)


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT: tracing needs its packages: "
            "pip install 'energy-forecasting[otel]', or leave it empty."
        ) from error
