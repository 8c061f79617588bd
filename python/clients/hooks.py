"""What schemathesis does with each case: a key that may ask often enough, and a look at what a refusal left behind."""

from __future__ import annotations

import itertools
import json
import os
import uuid
from collections import Counter
from typing import Any

import schemathesis
from desk import Caller

HOST, LOOKS = os.environ["DESK_HOST"], os.environ["DESK_LOOKS"]
KEYS = itertools.cycle(os.environ["DESK_KEYS"].split())
COUNT = os.environ["DESK_COUNT"]

looker = Caller(HOST, LOOKS)
risk = Caller(HOST, os.environ["DESK_RISK"])
last = looker.get("/api/v1/status")["service"]["durable_turn"]
marks: Any = None
cases = 0
accepted: Counter[str] = Counter()
refusals: dict[str, Counter[str]] = {}

# What a made-up text is hardly ever, and what has to be there for a request to be done.
SENSE = {
    "symbol": "NIFTY", "quantity": "75", "capital": "500000", "confirm": "release", "rules": ["trail by=60"],
    "strategy": 0, "account": 0, "instrument": 0, "on": "strategy", "id": 0, "rule": "max_loss amount=5000",
    "prices": [{"symbol": "NIFTY", "last": "26000.05"}], "job": "replay",
}  # fmt: skip
# What may be left out, and would be in the way.
ODD = {"price", "code", "sets", "command"}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Keys are asked in turn, since each may ask only so often; a request is a new one unless its name is the case. Of
    those that are made as described, every other one makes sense as well."""
    del context
    for headers in (case.headers, kwargs.get("headers") or {}):
        if "Authorization" in headers:
            headers["Authorization"] = f"Bearer {next(KEYS)}"
    name = case.headers.get("Idempotency-Key")
    if isinstance(name, str) and name.isascii() and name.isprintable() and 0 < len(name.strip()) <= 128:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if case.meta and case.meta.generation.mode.is_positive and cases % 2:
        sensible(case)


def sensible(case: Any) -> None:
    if "id" in case.path_parameters:
        case.path_parameters["id"] = cases // 2 % 2
    case.headers.pop("If-Match", None)
    calm()
    # What is to be taken back, or done again, has to be there.
    if case.path.endswith("/release"):
        risk.do("/api/v1/kill", {"reason": "to be released"})
    elif case.path.endswith(("/undo", "/redo")):
        # An edit; of a rule it would only be asked for, since that loosens.
        risk.do("/api/v1/strategies/0/edit", {"name": f"Momentum {cases}"})
        if case.path.endswith("/redo"):
            risk.do("/api/v1/undo", {})
    elif case.path.startswith("/api/v1/raises/"):
        case.path_parameters["id"] = a_raise()
    happened()
    if not isinstance(case.body, dict):
        return
    body = {field: SENSE.get(field, value) for field, value in case.body.items() if field not in ODD}
    if case.path.endswith("/jobs"):
        body = {"job": SENSE["job"]}
    elif case.path.endswith("/confirm"):
        body["confirm"] = "raise"
    elif case.path.endswith("/strategies"):
        body["name"] = f"Strategy {cases}"
    case.body = body


def a_raise() -> int:
    """What loosens, asked for: the removal of a rule of the strategy. Those left from before are cancelled, since only so
    many may wait."""
    for left in looker.get("/api/v1/raises")["raises"]:
        risk.do(f"/api/v1/raises/{left['id']}/cancel", {})
    limit = {"on": "strategy", "id": 0, "rule": SENSE["rule"], "reason": "to be loosened"}
    risk.do("/api/v1/rules", limit)
    status, told = risk.ask("POST", "/api/v1/undo", {})
    assert (status, told["code"]) == (409, "CONFIRM"), f"{status} {told}"
    return int(told["raise"])


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    del context
    global cases
    cases += 1
    name = f"{case.method.upper()} {case.path}"
    accepted[name] += response.status_code < 300
    if response.status_code >= 400:
        refusals.setdefault(name, Counter())[f"{response.status_code} {why(response)}"] += 1
    with open(COUNT, "w", encoding="utf-8") as file:
        json.dump({"cases": cases, "accepted": accepted, "refusals": refusals}, file)


def why(response: Any) -> str:
    """The code of a refusal, where it has one."""
    try:
        return str(json.loads(response.content)["code"])
    except (ValueError, KeyError):
        return ""


def happened() -> list[dict[str, Any]]:
    """What the journal has since the last look."""
    global last
    events: list[dict[str, Any]] = []
    while True:
        page = looker.get(f"/api/v1/events?after={last}&limit=500")
        last = page["next"]
        events += [event for turn in page["events"] for event in turn["events"]]
        if len(page["events"]) < 500:
            return events


def calm() -> None:
    """Lifts whatever was killed or halted, so that what follows means something."""
    status = looker.get("/api/v1/status")
    if status["killed"]:
        risk.do("/api/v1/release", {"reason": "the fuzzing goes on", "confirm": "release"})
        status = looker.get("/api/v1/status")
    for book in [status["system"], *status["strategies"]]:
        if book["state"] == "halted":
            of = "" if book["id"] is None else f"strategies/{book['id']}/"
            risk.do(f"/api/v1/{of}resume", {"reason": "the fuzzing goes on"})


def is_note(event: dict[str, Any]) -> bool:
    """It was only asked for, as a raise: the record has it, and nothing is changed."""
    return "note" in event.get("accepted", {}).get("what", {})


@schemathesis.check
def a_failure_is_a_stated_one(ctx: Any, response: Any, case: Any) -> None:
    """Nothing but `not now` is answered with 5xx, and it has its code."""
    del ctx, case
    if response.status_code < 500:
        return
    told = json.loads(response.content)
    assert response.status_code == 503 and told["code"] in {"BUSY", "TOO_MUCH"}, f"{response.status_code}: {told}"


@schemathesis.check
def a_refused_request_changes_nothing(ctx: Any, response: Any, case: Any) -> None:
    """What was refused at the door is in no journal; what the engine refused is there as a refusal and nothing else."""
    del ctx
    global marks
    events = happened()
    if case.method.upper() == "POST" and case.path == "/api/v1/prices":
        # Marks are no news, so they are looked at by themselves.
        listed = looker.get("/api/v1/instruments")["instruments"]
        before, marks = marks, [(one["symbol"], one["mark"]) for one in listed]
        assert response.status_code < 400 or before in (None, marks), f"{response.status_code}: {before} to {marks}"
    if response.status_code >= 400 or case.method.upper() == "GET":
        # Prices go stale by themselves.
        of_time = {"went_stale", "became_fresh", "day_rolled"}
        kinds = {next(iter(event)) for event in events if not is_note(event)} - of_time
        assert kinds <= {"refused"}, f"{response.status_code}, and it has changed something: {events}"
        assert not kinds or response.status_code in (404, 409, 412, 422), f"{response.status_code}: {events}"
