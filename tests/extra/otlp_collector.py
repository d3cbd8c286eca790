"""Stands in for a collector of OpenTelemetry: OTLP over HTTP, as JSON or protobuf.

Prints its address, and then each span and each metric that it receives, as a line of JSON. It runs
in the environment of the example for Python, which has OpenTelemetry's own message types.
"""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PRINTING = threading.Lock()
MESSAGES = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest}


def value(any_value: dict[str, Any]) -> Any:
    kind, text = next(iter(any_value.items()))
    return int(text) if kind == "intValue" else text


def attributes(listed: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["key"]: value(each["value"]) for each in listed}


def spans(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in body.get("resourceSpans", []):
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                begin, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
                yield {
                    "span": span["name"],
                    "trace": span["traceId"],
                    "id": span["spanId"],
                    "parent": span.get("parentSpanId") or None,
                    "seconds": (end - begin) / 1e9,
                    "attributes": attributes(span.get("attributes", [])),
                    "events": [event["name"] for event in span.get("events", [])],
                    "failed": span.get("status", {}).get("code") in (2, "STATUS_CODE_ERROR"),
                    "service": attributes(resource["resource"]["attributes"])["service.name"],
                }


def metrics(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in body.get("resourceMetrics", []):
        for scope in resource.get("scopeMetrics", []):
            for metric in scope["metrics"]:
                for point in (metric.get("histogram") or metric.get("sum") or {})["dataPoints"]:
                    number = point.get("asInt", point.get("asDouble", 0))
                    yield {
                        "metric": metric["name"],
                        "unit": metric.get("unit", ""),
                        "attributes": attributes(point.get("attributes", [])),
                        "value": float(point.get("sum", number)),
                        "count": int(point.get("count", 0)),
                    }


class Collector(BaseHTTPRequestHandler):
    def body(self) -> bytes:
        length = self.headers.get("Content-Length")
        if length is not None:
            return self.rfile.read(int(length))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def do_POST(self) -> None:
        body = self.body()
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if self.headers["Content-Type"] == "application/json":
            decoded = json.loads(body)
        else:
            decoded = MessageToDict(MESSAGES[self.path].FromString(body))
        with PRINTING:
            for received in (*spans(decoded), *metrics(decoded)):
                print(json.dumps(received), flush=True)
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
