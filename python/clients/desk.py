"""A service of one's own on a free port, with keys, for programs that others wrote."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import threading
import time
import uuid
from http.client import HTTPConnection
from typing import Any

# Nothing trades unless it is pushed. In mode `tracking` all fills at the mark, in mode `paper` on a small market.
SCENARIO = """
name = "desk"
instrument = [{ symbol = "NIFTY", venue = "always", lot = 75 }, { symbol = "SBIN", venue = "always" }]
account = [{ name = "main", mode = "MODE", balance = 1000000 }]
strategy = [
    { name = "Momentum", capital = 500000, rule = [{ max_loss = { amount = 15000 } }] },
    { name = "Carry" },
]

[[trade]]
name = "m1"
strategy = "Momentum"
instrument = "NIFTY"
side = "buy"
lots = 1
rule = [{ trail = { by = 60 } }]
"""


class Desk:
    """The service, started here and stopped at the end."""

    def __init__(self, folder: pathlib.Path, *options: str, mode: str = "tracking") -> None:
        self.folder = folder
        self.state = folder / "state"
        self.program = os.environ.get("HIGHMARK", "highmark")
        folder.mkdir(parents=True, exist_ok=True)
        scenario = folder / "desk.toml"
        scenario.write_text(SCENARIO.replace("MODE", mode), encoding="utf-8")
        self.line = [
            self.program, "run", "--state", str(self.state), "--scenario", str(scenario), "--feed", "none",
            "--option", "api.listen=127.0.0.1:0", *options,
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        address = self.state / "api.address"
        address.unlink(missing_ok=True)
        self.process = subprocess.Popen(self.line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        said: list[str] = []
        # It says where the API listens when it does.
        for line in self.process.stderr:
            said.append(line)
            if address.exists():
                break
        assert address.exists(), "".join(said)
        self.drain = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.drain.start()
        self.host = address.read_text(encoding="utf-8").strip()
        self.url = f"http://{self.host}"

    def stop(self) -> None:
        """Ends it in order; what it left is whole."""
        self.process.terminate()
        assert self.process.wait() == 0
        self.drain.join()

    def command(self, *words: str) -> str:
        told = subprocess.run([self.program, *words, "--state", str(self.state)], capture_output=True, text=True)
        assert told.returncode == 0, f"highmark {' '.join(words)}: {told.stdout}{told.stderr}"
        return told.stdout

    def key(self, name: str, role: str) -> str:
        return self.command("key", "add", name, "--role", role).split()[0]


class Caller:
    """Plain requests with one key, on one connection."""

    def __init__(self, host: str, key: str) -> None:
        self.key = key
        self.connection = HTTPConnection(host, timeout=30)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        text = None
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
            text = json.dumps(body)
        try:
            self.connection.request(method, path, text, headers)
            answer = self.connection.getresponse()
        except ConnectionError:
            # A connection that says nothing for long is closed; what is sent again under its name is done once.
            self.connection.close()
            self.connection.request(method, path, text, headers)
            answer = self.connection.getresponse()
        raw = answer.read()
        if answer.status == 429:
            time.sleep(int(answer.getheader("retry-after", "1")))
            return self.ask(method, path, body)
        kind = answer.getheader("content-type", "")
        return answer.status, json.loads(raw) if "json" in kind else raw.decode()

    def get(self, path: str) -> Any:
        status, body = self.ask("GET", path)
        assert status == 200, f"{path}: {status} {body}"
        return body

    def do(self, path: str, body: Any) -> Any:
        status, told = self.ask("POST", path, body)
        assert status in (200, 202), f"{path} {body}: {status} {told}"
        return told
