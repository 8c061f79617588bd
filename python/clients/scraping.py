"""Prometheus itself, scraping a service; its own API is asked for what it has seen."""

from __future__ import annotations

import json
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

CONFIGURATION = """
global: { scrape_interval: 500ms, scrape_timeout: 500ms }
scrape_configs:
  - job_name: highmark
    authorization: { credentials: "%s" }
    static_configs: [{ targets: ["%s"] }]
"""
# How long a value is waited for.
PATIENCE = 60


class Prometheus:
    """The program of the Debian package, in a folder of its own."""

    def __init__(self, programs: pathlib.Path, folder: pathlib.Path, host: str, key: str) -> None:
        self.promtool = programs / "promtool"
        folder.mkdir()
        configuration = folder / "prometheus.yml"
        configuration.write_text(CONFIGURATION % (key, host), encoding="utf-8")
        checked = subprocess.run([self.promtool, "check", "config", configuration], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [
                programs / "prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def check(self, metrics: str) -> None:
        """What promtool thinks of a page of figures."""
        line = [self.promtool, "check", "metrics"]
        told = subprocess.run(line, input=metrics, capture_output=True, text=True)
        assert told.returncode == 0, told.stdout + told.stderr

    def value(self, query: str) -> float | None:
        asked = f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                found = json.load(answer)["data"]["result"]
        except (urllib.error.URLError, ConnectionError):
            return None
        return float(found[0]["value"][1]) if found else None

    def until(self, query: str, wanted: float) -> None:
        """Asks until it has seen a value."""
        end = time.monotonic() + PATIENCE
        while (seen := self.value(query)) != wanted:
            assert self.process.poll() is None, "Prometheus has ended"
            assert time.monotonic() < end, f"{query} is {seen}, not {wanted}"
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
