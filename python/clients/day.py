"""A paper day through the API, driven by real clients: curl, a client generated from the description, a WebSocket
client, a poster like TradingView, and Prometheus. Usage: day.py FOLDER PROGRAMS, where PROGRAMS holds prometheus and promtool."""

from __future__ import annotations

import importlib
import json
import pathlib
import shutil
import subprocess
import sys
import uuid
from types import ModuleType
from typing import Any

from desk import Caller, Desk
from posting import Poster
from scraping import Prometheus
from watching import Watcher

NIFTY, SBIN, MAIN = 0, 1, 0


class Curl:
    """The command, as a person types it."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def ask(self, path: str, body: Any = None) -> Any:
        line = ["curl", "--silent", "--show-error", "--fail-with-body", "-H", f"Authorization: Bearer {self.key}"]
        if body is not None:
            line += ["-H", "Content-Type: application/json", "-H", f"Idempotency-Key: {uuid.uuid4()}"]
            line += ["--data", json.dumps(body)]
        told = subprocess.run([*line, f"{self.url}{path}"], capture_output=True, text=True)
        assert told.returncode == 0, f"curl {path}: {told.stdout}{told.stderr}"
        return json.loads(told.stdout)

    def push(self, nifty: str, sbin: str) -> int:
        prices = [{"symbol": "NIFTY", "last": nifty}, {"symbol": "SBIN", "last": sbin}]
        return int(self.ask("/api/v1/prices", {"prices": prices})["turn"])


class Generated:
    """The client that openapi-python-client makes of the description."""

    def __init__(self, folder: pathlib.Path, url: str, keys: dict[str, str]) -> None:
        description, settings = folder / "openapi.json", folder / "generator.yml"
        description.write_text(json.dumps(Caller(url.removeprefix("http://"), "").get("/api/v1/openapi.json")))
        settings.write_text("post_hooks: []\n")
        made = folder / "generated" / "highmark_api"
        line = [sys.executable, "-m", "openapi_python_client", "generate", "--path", description, "--config", settings]
        told = subprocess.run([*line, "--output-path", made, "--meta", "none"], capture_output=True, text=True)
        assert told.returncode == 0, told.stdout + told.stderr
        # Alerts come as text too, for which it makes nothing; they are no matter of a client.
        warned = [line for line in (told.stdout + told.stderr).splitlines() if line.startswith("WARNING")]
        assert all("/hooks/" in line for line in warned), warned
        sys.path.insert(0, str(made.parent))
        self.models: ModuleType = importlib.import_module("highmark_api.models")
        client = importlib.import_module("highmark_api").AuthenticatedClient
        self.clients = {role: client(base_url=url, token=key) for role, key in keys.items()}

    def ask(self, role: str, operation: str, **given: Any) -> Any:
        """Calls an operation; what was answered is of the type that the description names."""
        module = importlib.import_module(f"highmark_api.api.default.{operation}")
        if "body" in given:
            given["idempotency_key"] = str(uuid.uuid4())
        told = module.sync_detailed(client=self.clients[role], **given)
        assert told.status_code in (200, 202), f"{operation}: {told.status_code} {told.content!r}"
        return told.parsed


def main() -> int:
    folder, programs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    assert shutil.which("curl"), "curl is missing (on Debian: apt install curl)"
    desk = Desk(folder, mode="paper")
    prometheus = None
    try:
        keys = {role: desk.key(role, role) for role in ("viewer", "trader", "risk")}
        curl = Curl(desk.url, keys["trader"])
        generated = Generated(folder, desk.url, keys)
        watcher = Watcher(desk.host, keys["viewer"])
        prometheus = Prometheus(programs, folder / "prometheus", desk.host, keys["viewer"])
        trade(curl, generated, watcher, prometheus)
        signal(desk, curl, watcher)
        kill(curl, generated, watcher, prometheus)
        prometheus.check(Caller(desk.host, keys["viewer"]).get("/metrics"))
        same(desk, keys["viewer"], watcher)
        watcher.close()
    finally:
        if prometheus:
            prometheus.stop()
        desk.stop()
    print(desk.command("journal", "verify").splitlines()[-1])
    print(desk.command("journal", "rerun").splitlines()[-1])
    return 0


def trade(curl: Curl, generated: Generated, watcher: Watcher, prometheus: Prometheus) -> None:
    """Opens, enters with a trail, rises, falls through the trail, is explained and reported."""
    models = generated.models
    curl.push("26000", "800")
    watcher.item("trade:0", "status", "open")
    generated.ask("trader", "create", body=models.Creating(name="Straddle", capital="750000"))
    looked = generated.ask("viewer", "preview", on=models.On.STRATEGY, id=2, rule="max_loss amount=5000")
    assert looked.valid and looked.words == "max_loss of ₹5,000.00", looked
    entering = models.Entering(
        name="d1", strategy=2, account=MAIN, instrument=SBIN, side=models.SideWord.BUY, quantity="10",
        rules=["trail by=5"],
    )  # fmt: skip
    generated.ask("trader", "enter", body=entering)
    curl.push("26000", "800")
    watcher.item("trade:1", "status", "open")
    curl.push("26040", "812")
    why_not = generated.ask("viewer", "explain", about="d1")
    assert not why_not.rules[0].fired and why_not.rules[0].compared.level == "807", why_not
    print("why it has not exited:", why_not.rules[0].sentence)
    curl.push("26040", "806.5")
    # The paper market fills on the ticks that follow; what has ended is no longer shown.
    while "trade:1" in watcher.items:
        watcher.until(curl.push("26040", "806.5"))
    why = generated.ask("viewer", "explain", about="d1")
    assert why.rules[0].fired and why.trade.reason == "trail", why
    print("why it exited:", why.rules[0].sentence)
    report = generated.ask("viewer", "report", day="today")
    made = next(row for row in report.strategies if row.name == "Straddle")
    prometheus.until('highmark_strategy_mtm_rupees{strategy="Straddle"}', float(made.mtm))
    print(f"Straddle made {made.mtm}, by the report and by Prometheus")


def signal(desk: Desk, curl: Curl, watcher: Watcher) -> None:
    """Alerts enter and exit for one strategy; one that is sent again is the same."""
    terms = ["--source", "tradingview", "--strategy", "Carry", "--account", "main", "--quantity", "10"]
    poster = Poster(desk.url, desk.command("hook", "add", "chart", *terms).split()[0])
    for _ in range(2):
        assert poster.alert("buy", "SBIN", 10, "long", "order 1") == 200
    while watcher.items.get("trade:2", {}).get("status") != "open":
        watcher.until(curl.push("26040", "806.5"))
    assert "trade:3" not in watcher.items, watcher.items
    assert poster.alert("sell", "SBIN", 10, "flat", "order 2") == 200
    while "trade:2" in watcher.items:
        watcher.until(curl.push("26040", "806"))
    assert poster.post("buy TATAMOTORS 10", "text/plain; charset=utf-8") == 404
    print("two alerts, one of them sent twice: one trade, entered and exited")


def kill(curl: Curl, generated: Generated, watcher: Watcher, prometheus: Prometheus) -> None:
    """Closes all, refuses an entry, releases."""
    models = generated.models
    curl.ask("/api/v1/kill", {"reason": "the end of the day"})
    prometheus.until("highmark_killed", 1)
    while "trade:0" in watcher.items:
        watcher.until(curl.push("26030", "806"))
    prometheus.until("highmark_open_trades", 0)
    alerts = generated.ask("viewer", "alerts")
    assert alerts.alerts[-1].kind == "kill", alerts
    generated.ask("risk", "release", body=models.Releasing(reason="the day is over", confirm="release"))
    prometheus.until("highmark_killed", 0)
    job = generated.ask("trader", "start", body=models.Starting(job=models.Kind.REPLAY))
    while job.state == "running":
        job = generated.ask("viewer", "job", id=job.id)
    assert job.found.same, job
    print(f"{job.found.turns} turns of the day decide the same again")


def same(desk: Desk, key: str, watcher: Watcher) -> None:
    """What was put together is what is shown now, and no event was missed."""
    looks = Caller(desk.host, key)
    turn = looks.get("/api/v1/status")["service"]["durable_turn"]
    watcher.until(turn)
    fresh = Watcher(desk.host, key)
    fresh.until(turn)
    for items in (watcher.items, fresh.items):
        # How the service does changes from moment to moment.
        items.pop("system", None)
        items.pop("status", None)
    assert watcher.items == fresh.items
    first = watcher.events[0]["seq"]
    page = looks.get(f"/api/v1/events?after={first - 1}&limit=500")["events"]
    assert [event["seq"] for event in watcher.events] == [event["seq"] for event in page]
    print(f"the stream: {watcher.deltas} deltas and {len(watcher.events)} events, none missed")
    fresh.close()


if __name__ == "__main__":
    sys.exit(main())
