"""The figures for Prometheus; their names and meanings stand in docs/operating.md, "The figures"."""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector as Source

from watchconvert.core.flow import BOUNDS, ENDS, Spread, Tally
from watchconvert.core.states import RESTING, State
from watchconvert.faces.web.collect import Collector, Look


def make_registry(collector: Collector, version: str) -> CollectorRegistry:
    """Return a registry of our own that asks when it is asked."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(collector, version))
    return registry


def write_metrics(registry: CollectorRegistry) -> bytes:
    """Return the figures in the text format of Prometheus."""
    return generate_latest(registry)


class _Figures(Source):
    def __init__(self, collector: Collector, version: str) -> None:
        self._collector, self._version = collector, version

    def describe(self) -> list[Metric]:
        """Tell nothing beforehand: nobody need look at the journal to register this."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every figure as it is now."""
        collector = self._collector
        look, routes = collector.look(), [route.name for route in collector.config.routes]
        yield InfoMetricFamily("watchconvert", "The program.", {"version": self._version})
        yield from _of_the_daemon(look)
        yield _gauge("journal_readable", "Whether the journal could be read.", not look.fault)
        if not look.fault:
            yield from _of_routes(look, routes)
            yield from _of_holds(look)
            yield from _of_money(look)
            yield from _of_budgets(look)
        yield from _of_time(collector.tally, routes)
        size = _size_of(collector.config.daemon.journal)
        yield _gauge("journal_bytes", "Size of the journal with its log.", size)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"watchconvert_{name}", text, value=float(value))


def _of_the_daemon(look: Look) -> Iterator[Metric]:
    yield _gauge("up", "Whether the daemon runs.", look.running)
    yield _gauge("healthy", "Whether it runs and every loop of it comes round (as /healthz).", not look.ills)
    yield _gauge(
        "config_refused", "Problems of a new configuration that was refused.", len(look.note.get("refused", []))
    )
    beats = GaugeMetricFamily(
        "watchconvert_loop_beat_timestamp_seconds", "When a loop came round last.", labels=["loop"]
    )
    stuck = GaugeMetricFamily("watchconvert_loop_stuck", "Whether a loop has not come round in time.", labels=["loop"])
    for loop, at in look.note.get("beats", {}).items():
        beats.add_metric([loop], at)
        stuck.add_metric([loop], float(loop in look.note["stuck"]))
    yield beats
    yield stuck


def _of_routes(look: Look, routes: list[str]) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("watchconvert_jobs", "Files in work, by state.", labels=["route", "state"])
    oldest = GaugeMetricFamily("watchconvert_oldest_job_seconds", "Age of the oldest file in work.", labels=["route"])
    troubled = GaugeMetricFamily("watchconvert_troubled_jobs", "Files whose step keeps failing.", labels=["route"])
    for route in [*routes, *sorted(look.counts.keys() - set(routes))]:
        for state in State:
            if state not in RESTING:
                jobs.add_metric([route, state.value], look.counts.get(route, {}).get(state.value, 0))
        oldest.add_metric([route], max(0.0, look.at - look.oldest.get(route, look.at)))
        troubled.add_metric([route], look.troubled.get(route, 0))
    yield from (jobs, oldest, troubled)
    waiting = GaugeMetricFamily("watchconvert_inbox_files", "Files that wait in the inbox.", labels=["route"])
    age = GaugeMetricFamily("watchconvert_inbox_oldest_seconds", "Age of the one that waits longest.", labels=["route"])
    offline = GaugeMetricFamily("watchconvert_route_offline", "Whether the inbox cannot be read.", labels=["route"])
    for lane in look.note.get("lanes", []):
        first = min((since for _, _, since in lane["files"]), default=look.at)
        waiting.add_metric([lane["route"]], lane["waiting"])
        age.add_metric([lane["route"]], max(0.0, look.at - first))
        offline.add_metric([lane["route"]], float(bool(lane["offline"])))
    yield from (waiting, age, offline)


def _of_holds(look: Look) -> Iterator[Metric]:
    held = GaugeMetricFamily("watchconvert_hold_seconds", "For how long something is held.", labels=["scope", "name"])
    for hold in look.holds:
        held.add_metric([hold.scope.value, hold.name], max(0.0, look.at - hold.since))
    yield held
    yield _gauge("holds", "How many holds stand.", len(look.holds))


def _of_money(look: Look) -> Iterator[Metric]:
    text = "Conversions in the ledger that may have been billed for nothing."
    yield _gauge("possible_double_charges", text, look.money["doubtful"])
    account = look.account or {}
    if account.get("total") is not None:
        yield _gauge("account_conversions_bought", "Conversions of the account, as the service told.", account["total"])
        yield _gauge("account_conversions_used", "Those that are used.", account["consumed"] or 0)
    if account.get("seconds_left") is not None:
        yield _gauge(
            "account_seconds_left", "Seconds of conversion left, as the service told.", account["seconds_left"]
        )


def _of_budgets(look: Look) -> Iterator[Metric]:
    labels = ["route", "period"]
    limit = GaugeMetricFamily("watchconvert_budget_limit", "What may be spent in the present period.", labels=labels)
    used = GaugeMetricFamily("watchconvert_budget_used", "What was spent of it, as the service told.", labels=labels)
    for each in look.budgets:
        limit.add_metric([each["route"], each["period"]], each["limit"])
        used.add_metric([each["route"], each["period"]], each["used"])
    yield from (limit, used)


def _of_time(tally: Tally, routes: list[str]) -> Iterator[Metric]:
    came = CounterMetricFamily("watchconvert_files_noticed", "Files that were taken up.", labels=["route"])
    ended = CounterMetricFamily("watchconvert_files_ended", "Files that came to rest.", labels=["route", "end"])
    cost = CounterMetricFamily("watchconvert_cost", "What the service said files at rest cost.", labels=["route"])
    took = HistogramMetricFamily(
        "watchconvert_file_duration_seconds", "Notice to end of converted files.", labels=["route"]
    )
    for route in routes:
        came.add_metric([route], tally.came[route])
        cost.add_metric([route], tally.cost[route])
        for end in ENDS.values():
            ended.add_metric([route, end], tally.ended[route, end])
        spread = tally.took.get(route, Spread())
        took.add_metric([route], _classes(spread), spread.total)
    yield from (came, ended, cost, took)


def _classes(spread: Spread) -> list[tuple[str, float]]:
    """Return the counts as Prometheus has them: each class with all that are shorter."""
    ends, total, found = [*(f"{bound:g}" for bound in BOUNDS), "+Inf"], 0, []
    for end, count in zip(ends, spread.counts, strict=True):
        total += count
        found.append((end, float(total)))
    return found


def _size_of(journal: str) -> float:
    total = 0
    for ending in ("", "-wal"):
        path = Path(journal + ending)
        total += path.stat().st_size if path.exists() else 0
    return float(total)
