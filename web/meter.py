"""What this process has done since it began, counted for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics

from core.ground.meter import Meter

disable_created_metrics()  # when each began: as many figures again, which nobody asks for
ROUTES = 200  # beyond so many they are "other": no stranger makes our numbers grow
OTHER = "other"
COMMIT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
ANSWER = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
WORK = (0.01, 0.05, 0.25, 1.0, 5.0, 25.0, 60.0)
SEND = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)


class Counted(Meter):
    """Keeps the figures of one process. Its labels are names of ours: routes, lanes, chats, the timetable's entries."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self._commits = Histogram(
            "mika_commit_seconds", "How long a commit took.", buckets=COMMIT, registry=self.registry
        )
        self._calls = Counter(
            "mika_commit_calls", "Decisions written down; several may share a commit.", registry=self.registry
        )
        self._requests = Counter(
            "mika_http_requests", "Requests, by route and status.", ["route", "status"], registry=self.registry
        )
        self._answers = Histogram(
            "mika_http_request_seconds", "How long a request took.", ["route"], buckets=ANSWER, registry=self.registry
        )
        self._work = Histogram(
            "mika_job_seconds", "How long a queue's row took.", ["lane"], buckets=WORK, registry=self.registry
        )
        self._failures = Counter("mika_job_failures", "Rows that failed.", ["lane", "outcome"], registry=self.registry)
        self._missed = Counter(
            "mika_timetable_failures", "Entries of the timetable that failed.", ["entry"], registry=self.registry
        )
        self._sends = Counter("mika_sends", "Messages handed to a chat.", ["chat", "outcome"], registry=self.registry)
        self._sending = Histogram(
            "mika_send_seconds", "How long a chat took.", ["chat"], buckets=SEND, registry=self.registry
        )
        self._routes: set[str] = set()

    def committed(self, seconds: float, calls: int) -> None:
        self._commits.observe(seconds)
        self._calls.inc(calls)

    def answered(self, route: str, status: int, seconds: float) -> None:
        route = self._known(route)
        self._requests.labels(route, str(status)).inc()
        self._answers.labels(route).observe(seconds)

    def worked(self, lane: str, seconds: float) -> None:
        self._work.labels(lane).observe(seconds)

    def failed(self, lane: str, outcome: str) -> None:
        self._failures.labels(lane, outcome).inc()

    def missed(self, entry: str) -> None:
        self._missed.labels(entry).inc()

    def sent(self, chat: str, seconds: float, outcome: str) -> None:
        self._sends.labels(chat, outcome).inc()
        self._sending.labels(chat).observe(seconds)

    def _known(self, route: str) -> str:
        if route not in self._routes and len(self._routes) < ROUTES:
            self._routes.add(route)
        return route if route in self._routes else OTHER
