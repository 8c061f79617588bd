"""The peers: what each needs, how it is installed under target/peers, how it is started."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PLACE = ROOT / "target" / "peers"


class Python:
    """A driver in Python: in an environment of its own with pinned packages, or with none at all."""

    def __init__(self, driver, *, wants, packages=None, options=()):
        self.driver, self.wants, self.packages, self.options = driver, wants, packages, options

    def install(self):
        if self.packages is None:
            self.program = find_python(self.wants)
            return
        home, pins = PLACE / self.packages, HERE / "requirements" / f"{self.packages}.txt"
        self.program = home / "bin" / "python"
        mark, print_of = home / "installed", hashlib.sha256(pins.read_bytes()).hexdigest()
        if mark.is_file() and mark.read_text() == print_of:
            return
        python = find_python(self.wants)
        say(f"installing {self.packages} for {version_of(python)}")
        run([python, "-m", "venv", "--clear", home])
        run([self.program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", pins])
        mark.write_text(print_of)

    def command(self, tape, ticks):
        limit = [] if ticks is None else ["--ticks", str(ticks)]
        return [self.program, "-W", "ignore", HERE / self.driver, tape, *limit, *self.options]


class Rust:
    """A driver in Rust: a small project of its own, built for the same processor as ours."""

    def __init__(self, project):
        self.project = project

    def install(self):
        manifest, target = HERE / self.project / "Cargo.toml", PLACE / "cargo"
        say(f"building {self.project}")
        run(["cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", manifest, "--target-dir", target])
        self.program = target / "release" / f"peer-{self.project}"

    def command(self, tape, ticks):
        return [self.program, tape, *([] if ticks is None else ["--ticks", str(ticks)])]


PEERS = {
    "python": Python("peer_python.py", wants=("3.13", "3.12", "3.11", "3.10")),
    "nautilus": Python("peer_nautilus.py", wants=("3.13", "3.12"), packages="nautilus"),
    "nautilus-floor": Python("peer_nautilus.py", wants=("3.13", "3.12"), packages="nautilus", options=("--floor",)),
    "hftbacktest": Python("peer_hftbacktest.py", wants=("3.12", "3.13"), packages="hftbacktest"),
    "hftbacktest-floor": Python(
        "peer_hftbacktest.py", wants=("3.12", "3.13"), packages="hftbacktest", options=("--floor",)
    ),
    "vectorbt": Python("peer_vectorbt.py", wants=("3.12", "3.13"), packages="vectorbt"),
    "vectorbt-percent": Python("peer_vectorbt.py", wants=("3.12", "3.13"), packages="vectorbt", options=("--percent",)),
    "backtrader": Python("peer_backtrader.py", wants=("3.12", "3.13"), packages="backtrader"),
    "barter": Rust("barter"),
    "nanobook": Rust("nanobook"),
}


def find_python(wants):
    """The first of the wanted versions that is installed; else the one that runs this, and that is said."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for want in wants:
        kept = sorted(versions.glob(f"{want}.*/bin/python"))
        for program in (*kept, shutil.which(f"python{want}")):
            if program and answers(program):
                return program
    say(f"none of Python {', '.join(wants)} is installed: trying {version_of(sys.executable)}")
    return sys.executable


def answers(program):
    return subprocess.run([program, "--version"], capture_output=True).returncode == 0


def version_of(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()


def run(command):
    subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL)


def build_alike():
    """Both sides may use this machine's vector instructions. The folder for Highmark's build: that of the tapes."""
    if not has_vectors():
        return "target/speed"
    os.environ["RUSTFLAGS"] = f"{os.environ.get('RUSTFLAGS', '')} -C target-cpu=x86-64-v3".strip()
    return "target/speed-v3"


def has_vectors():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return False
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    return {"avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"} <= set(flags)


def say(text):
    print(text, file=sys.stderr, flush=True)
