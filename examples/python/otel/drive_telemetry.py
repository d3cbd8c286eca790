"""Exports what drivebell does as traces and metrics, with OpenTelemetry.

    pip install -r requirements.txt
    GRAPH_TOKEN=… OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 python drive_telemetry.py

A session is a span that lasts as long as it, with its connections as events. Each delta query and
each request to Graph is a span of its own. `Telemetry` is all that another program needs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading

import drivebell
from drivebell import Resource
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

REQUEST = "drivebell.graph.request"
ROUND = "drivebell.changes.round"
SESSION = "drivebell.session"

# The fields of a record that become attributes of its span, by the names of OpenTelemetry where it
# has one.
ATTRIBUTES = {
    "resource": "drivebell.resource",
    "label": "drivebell.label",
    "method": "http.request.method",
    "host": "server.address",
    "path": "url.path",
    "status": "http.response.status_code",
    "request_id": "drivebell.request_id",
    "client_request_id": "drivebell.client_request_id",
    "trigger": "drivebell.trigger",
    "pages": "drivebell.pages",
    "items": "drivebell.items",
    "reason": "drivebell.reason",
    "error_kind": "error.type",
}
# A metric has few values of each attribute: neither ids nor paths.
METRIC_ATTRIBUTES = ("label", "status", "trigger", "error_kind")


class Telemetry(logging.Handler):
    """Makes spans and metrics of drivebell's log records. Add it to the logger `drivebell`."""

    def __init__(self, tracer: Tracer, meter: Meter) -> None:
        super().__init__(logging.DEBUG)
        self._tracer = tracer
        self._sessions: dict[tuple[str, str | None], Span] = {}
        self.no_session = threading.Event()
        self._durations = {
            REQUEST: meter.create_histogram("drivebell.graph.request.duration", unit="s"),
            ROUND: meter.create_histogram("drivebell.changes.round.duration", unit="s"),
        }
        self._items = meter.create_counter("drivebell.changes.items")
        self._events = meter.create_counter("drivebell.session.events")

    def emit(self, record: logging.LogRecord) -> None:
        channel = getattr(record, "channel", None)
        if channel in self._durations:
            self._finished(channel, vars(record))
        elif channel == SESSION:
            self._session(vars(record))

    def _finished(self, channel: str, record: dict[str, object]) -> None:
        """A request or a delta query is over: its record says how long it took."""
        duration, end = float(str(record["duration"])), float(str(record["created"]))
        span = self._tracer.start_span(
            channel,
            kind=SpanKind.CLIENT if channel == REQUEST else SpanKind.INTERNAL,
            attributes=attributes(record, ATTRIBUTES),
            start_time=nanoseconds(end - duration),
        )
        fail(span, record)
        span.end(nanoseconds(end))
        labels = attributes(record, {name: ATTRIBUTES[name] for name in METRIC_ATTRIBUTES})
        self._durations[channel].record(duration, labels)
        if channel == ROUND:
            self._items.add(int(str(record["items"])), labels)

    def _session(self, record: dict[str, object]) -> None:
        event, at = str(record["event"]), nanoseconds(float(str(record["created"])))
        label = record.get("label")
        key = (str(record["resource"]), str(label) if label else None)
        self._events.add(1, {"drivebell.event": event})
        if event == "started":
            self.no_session.clear()
            self._sessions[key] = self._tracer.start_span(
                SESSION, attributes=attributes(record, ATTRIBUTES), start_time=at
            )
        span = self._sessions.get(key)
        if span is None:
            return
        span.add_event(event, attributes(record, ATTRIBUTES), timestamp=at)
        if event in ("closed", "ended"):
            fail(span, record)
            span.end(at)
            del self._sessions[key]
        if not self._sessions:
            self.no_session.set()


def attributes(record: dict[str, object], names: dict[str, str]) -> dict[str, str | int | float]:
    found = {names[name]: record[name] for name in names if name in record}
    return {name: value for name, value in found.items() if isinstance(value, str | int | float)}


def fail(span: Span, record: dict[str, object]) -> None:
    if "error" in record:
        span.set_status(Status(StatusCode.ERROR, str(record["error"])))


def nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)


async def follow() -> None:
    url = os.environ.get("GRAPH_URL")
    async with drivebell.Client(os.environ["GRAPH_TOKEN"], base_url=url, label="example") as client:
        changes = client.changes(Resource.my_drive(), since="start")
        # Ends the loop, and with it the program, in order.
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, lambda: asyncio.ensure_future(changes.aclose())
        )
        async with changes:
            async for batch in changes:
                print(len(batch.items), "items", flush=True)


def main() -> None:
    # Both read the environment: where to send it, the name of the service, and so on.
    traces = TracerProvider()
    traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    metrics = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
    trace.set_tracer_provider(traces)

    telemetry = Telemetry(traces.get_tracer("drivebell"), metrics.get_meter("drivebell"))
    logger = logging.getLogger("drivebell")
    logger.addHandler(telemetry)
    logger.setLevel(logging.DEBUG)
    try:
        asyncio.run(follow())
    finally:
        # Records are handed over by another thread.
        telemetry.no_session.wait(5)
        traces.shutdown()
        metrics.shutdown()


if __name__ == "__main__":
    main()
