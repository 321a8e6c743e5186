"""What Prometheus is told: counters of this process, and how all backlogs are by the state.

What is read from the state is the same in every process. No label is a text of a tracker's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from sync.app.dashboard import Sight
from sync.state import StateError
from sync.state.journal import Run
from sync.state.overview import Ended
from sync.web.serving import Serving
from sync.web.watch import Watch

RESULTS = ("accepted", "repeated", "passed over", "forged", "garbled", "refused", "put off")
"""What a webhook may come to."""
ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RUNS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""Seconds; the journal knows whole ones."""


class Metrics:
    """All of one process, in a registry of its own. Scraped from one thread at a time."""

    def __init__(self, serving: Serving, engine: Engine, watch: Watch) -> None:
        self.registry = CollectorRegistry()
        self._engine, self._ended, self._serving = engine, Ended(), serving
        self._webhooks = Counter(
            "onebacklog_webhooks",
            "Deliveries to this process, by what became of them",
            ["result"],
            registry=self.registry,
        )
        for result in RESULTS:
            self._webhooks.labels(result)
        self._answers = Histogram(
            "onebacklog_webhook_seconds",
            "From a delivery's first byte to its answer",
            buckets=ANSWERS,
            registry=self.registry,
        )
        self._runs = Counter(
            "onebacklog_runs",
            "Runs of all processes that ended since this one began; each says the same: max",
            ["backlog", "outcome"],
            registry=self.registry,
        )
        self._durations = Histogram(
            "onebacklog_run_seconds",
            "How long these runs took",
            ["backlog"],
            buckets=RUNS,
            registry=self.registry,
        )
        self._edits = Counter(
            "onebacklog_edits",
            "Records and moves that these runs wrote; each says the same: max",
            ["backlog", "tracker", "action", "outcome"],
            registry=self.registry,
        )
        self.registry.register(_Told(watch, serving))

    def webhook(self, result: str, seconds: float) -> None:
        self._webhooks.labels(result).inc()
        self._answers.observe(seconds)

    def text(self) -> bytes:
        """In the form that Prometheus reads."""
        self._count_ended()
        return generate_latest(self.registry)

    def _count_ended(self) -> None:
        try:
            runs, wrote = self._ended.take(self._engine)
        except StateError:
            return  # they are counted when it is there again
        backlogs = self._serving.settings().backlogs
        for run in runs:
            if run.backlog in backlogs:
                self._runs.labels(run.backlog, run.outcome).inc()
                if (seconds := duration(run)) is not None:
                    self._durations.labels(run.backlog).observe(seconds)
        for one in wrote:
            if one.backlog in backlogs and one.tracker in backlogs[one.backlog].trackers:
                labels = (one.backlog, one.tracker, one.action, one.outcome)
                self._edits.labels(*labels).inc(one.number)


def duration(run: Run) -> float | None:
    """Seconds; None of a run that was killed."""
    return None if run.ended is None else _stamp(run.ended) - _stamp(run.started)


def _stamp(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


class _Told(Collector):
    """What the state says, at the moment of the scrape."""

    def __init__(self, watch: Watch, serving: Serving) -> None:
        self._watch, self._serving = watch, serving

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        view = self._watch.look()
        up = GaugeMetricFamily("onebacklog_state_up", "Can the state database be used?")
        up.add_metric([], view.current)
        launched = GaugeMetricFamily("onebacklog_queue_up", "Does this process's queue run?")
        launched.add_metric([], self._serving.launched())
        yield from (up, launched)
        if view.current:
            yield from _by_backlog(view.sights, self._serving.clock().timestamp())
            yield from _by_tracker(view.sights)
            yield from _allowances(view.sights, self._serving.clock().timestamp())


def _by_backlog(sights: Iterable[Sight], now: float) -> Iterator[Metric]:
    last = _gauge("onebacklog_last_success_timestamp_seconds", "The last run that did it all")
    conflicts = _gauge("onebacklog_conflicts", "Fields that wait for a person, by the last run")
    findings = _gauge("onebacklog_findings", "What breaks a rule", ["backlog", "rule", "severity"])
    drift = _gauge("onebacklog_drift", "Changes that were due when the last run began")
    depth = _gauge("onebacklog_queue_depth", "Deliveries that no run has seen to")
    age = _gauge("onebacklog_oldest_event_age_seconds", "How long the oldest of them waits")
    refused = _gauge("onebacklog_refused", "Does the guard refuse what is due?")
    for one in sights:
        if one.done:
            last.add_metric([one.name], _stamp(one.done))
        conflicts.add_metric([one.name], one.count("conflict"))
        drift.add_metric([one.name], one.drift)
        depth.add_metric([one.name], one.waiting)
        age.add_metric([one.name], max(0.0, now - _stamp(one.oldest)) if one.oldest else 0)
        refused.add_metric([one.name], one.guard.wrong is not None)
        for (rule, severity), number in sorted(one.findings.items()):
            findings.add_metric([one.name, rule, severity], number)
    yield from (last, conflicts, findings, drift, depth, age, refused)


def _by_tracker(sights: Iterable[Sight]) -> Iterator[Metric]:
    both = ["backlog", "tracker"]
    up = _gauge("onebacklog_tracker_up", "Did it answer in the last run?", both)
    last = _gauge(
        "onebacklog_tracker_last_success_timestamp_seconds", "When it last answered", both
    )
    waiting = _gauge("onebacklog_failing", "Items that fail, and are tried again", both)
    dead = _gauge("onebacklog_dead_letters", "Items that are given up until a person looks", both)
    requests = CounterMetricFamily(
        "onebacklog_requests", "Sent to it by all runs of all processes", labels=both
    )
    points = CounterMetricFamily(
        "onebacklog_points", "What these cost of GitHub's hourly limits", labels=both
    )
    for sight in sights:
        for one in sight.trackers:
            labels, pulse = [sight.name, one.name], one.pulse
            if pulse.well or pulse.wrong:
                up.add_metric(labels, pulse.wrong is None)
            if pulse.well:
                last.add_metric(labels, _stamp(pulse.well))
            waiting.add_metric(labels, one.waiting)
            dead.add_metric(labels, one.given_up)
            requests.add_metric(labels, pulse.requests)
            points.add_metric(labels, pulse.points)
    yield from (up, last, waiting, dead, requests, points)


def _allowances(sights: Iterable[Sight], now: float) -> Iterator[Metric]:
    """As they were told to the last run; from the moment on when one begins anew, all of it."""
    by_api = ["backlog", "tracker", "api"]
    limit = _gauge("onebacklog_rate_limit", "What it takes of the credential", by_api)
    left = _gauge("onebacklog_rate_limit_remaining", "What it still takes of that", by_api)
    for sight in sights:
        for one in sight.trackers:
            for api, of in sorted(one.pulse.allowed.items()):
                labels = [sight.name, one.name, api]
                limit.add_metric(labels, of.limit)
                left.add_metric(labels, of.left if now < of.reset else of.limit)
    yield from (limit, left)


def _gauge(name: str, says: str, labels: Iterable[str] = ("backlog",)) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=list(labels))
