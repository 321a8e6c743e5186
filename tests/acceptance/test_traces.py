"""OpenTelemetry's spans of a run, where somebody has set up that they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.acceptance.shop import shop


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What is sent from now on. Nobody else in this process may set up another provider."""
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


def told(span: ReadableSpan) -> tuple[str, dict[str, object]]:
    return span.name, dict(span.attributes or {})


def test_a_command_is_one_trace_of_reading_deciding_and_writing(
    tmp_path: Path, spans: InMemorySpanExporter
) -> None:
    with shop(tmp_path, github=[{"title": "Pay by card"}]) as one:
        one.apply()
    finished = spans.get_finished_spans()
    [root] = [span for span in finished if span.parent is None]
    assert told(root) == ("apply", {})
    assert len({span.get_span_context().trace_id for span in finished}) == 1
    assert sorted(map(told, finished), key=str) == sorted(
        [
            ("apply", {}),
            ("read", {"tracker": "jira", "records": 0}),
            ("read", {"tracker": "github", "records": 1}),
            ("read", {"tracker": "files", "records": 0}),
            ("decide", {"backlog": "shop"}),
            ("write", {"backlog": "shop", "run": 1}),
        ],
        key=str,
    )
