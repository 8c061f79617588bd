"""Runs peers and Highmark on the same tapes, in turns, and compares their times and their closes.

    python3 benches/peers/run.py                                  everything, three rounds
    python3 benches/peers/run.py --peers nautilus --tapes h-100   some of it
    python3 benches/peers/run.py --tapes sample,p-sample,h-sample does every driver still work?

The README beside this file says what each peer does of the work."""

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from statistics import median

from installed import HERE, PEERS, PLACE, ROOT, build_alike, run, say
from plan import PLAN, SAMPLES

HIGHMARK = "cargo bench --quiet -p highmark-engine --bench tapes --target-dir {folder} --"


def main():
    options = read_options()
    os.nice(5)
    folder = build_alike()
    for name in options.peers:
        PEERS[name].install()
    say("building highmark")
    ours = Highmark(shlex.split(options.highmark.replace("{folder}", folder)))
    lines, all_same, started = [], True, time.monotonic()
    for tape in options.tapes:
        plan = {name: ticks for name, ticks in PLAN[tape].items() if name in options.peers}
        if plan:
            contest = Contest(tape, plan, ours, options)
            contest.rounds()
            all_same &= contest.tell()
            lines += contest.lines
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    say(f"{time.monotonic() - started:.0f} s")
    return 0 if all_same else 1


def read_options():
    split = lambda text: text.split(",")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=split, default=list(PEERS), help="names, with commas: " + ", ".join(PEERS))
    parser.add_argument("--tapes", type=split, help="names, with commas: " + ", ".join(PLAN))
    parser.add_argument("--highmark", default=HIGHMARK, help="the program that runs Highmark and writes tapes")
    parser.add_argument("--limit", type=int, default=300, help="seconds that one run may take")
    parser.add_argument("--json", metavar="FILE", help="write every run there, a line each")
    options = parser.parse_args()
    options.tapes = options.tapes or [tape for tape in PLAN if tape not in SAMPLES]
    unknown = [name for name in options.peers if name not in PEERS] + [name for name in options.tapes if name not in PLAN]
    if unknown:
        parser.error(f"no such peer or tape: {', '.join(unknown)}")
    return options


class Highmark:
    """Our own runs, and the tapes."""

    def __init__(self, program):
        self.program = program
        subprocess.run([*program, "--list"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)

    def command(self, tape, ticks):
        limit = [] if ticks is None else ["--ticks", str(ticks)]
        return [*self.program, "--file", tape, "--engine", "highmark", *limit]

    def tape(self, name):
        path = PLACE / "tapes" / f"{name}.tape"
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in SAMPLES:
            run([sys.executable, HERE / "sample_tape.py", path, *SAMPLES[name][0]])
        elif not path.is_file():
            say(f"writing {name}")
            part = path.with_suffix(".part")
            subprocess.run([*self.program, "--tape", name, "--write", part], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
            part.rename(path)
        return path


class Contest:
    """The rounds of one tape."""

    def __init__(self, tape, plan, ours, options):
        self.name, self.plan, self.ours, self.options = tape, plan, ours, options
        self.tape = ours.tape(tape)
        self.theirs = {name: [] for name in plan}
        self.same_ticks = {ticks: [] for ticks in plan.values()}
        self.same_ticks[None] = []  # the whole tape
        self.lines = []

    def rounds(self):
        for round in range(self.options.rounds):
            say(f"{self.name}: round {round + 1} of {self.options.rounds}")
            for ticks, runs in self.same_ticks.items():
                runs.append(self.line(self.ours, ticks, round, "highmark"))
            for name, ticks in self.plan.items():
                self.theirs[name].append(self.line(PEERS[name], ticks, round, name))

    def line(self, who, ticks, round, name):
        """What a run says of itself; None, and a word on the screen, when it fails."""
        command = [str(word) for word in who.command(self.tape, ticks)]
        limit = self.options.limit
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=limit, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            say(f"{name} on {self.name}: not done after {limit} s")
            return None
        if done.returncode != 0:
            say(f"{name} on {self.name}: failed\n{done.stderr[-2000:]}")
            return None
        line = json.loads(done.stdout.strip().splitlines()[-1])
        self.lines.append({"round": round + 1, "who": name, **line})
        return line

    def tell(self):
        """Prints the table; whether all closes that can be compared are the same."""
        whole = self.same_ticks[None]
        print(f"\n## {self.name}, {self.options.rounds} rounds\n")
        print("| who | ticks | ns per tick, median [min-max] | Highmark, same ticks | times slower | than on the whole tape | closes | the same as ours? | MB |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        print(f"| highmark | all {ticks_of(whole)} | {spread(times(whole))} | | | | {closes_of(whole)} | | |")
        all_same = True
        for name, runs in self.theirs.items():
            ours = self.same_ticks[self.plan[name]]
            verdict, is_same = compare(runs, ours)
            all_same &= is_same
            ratios, of_whole = ratios_of(runs, ours), ratios_of(runs, whole)
            print(f"| {name} | {ticks_of(runs)} | {spread(times(runs))} | {spread(times(ours))} | {spread(ratios)} | {spread(of_whole)} "
                  f"| {closes_of(runs)} | {verdict} | {memory_of(runs)} |")
        sys.stdout.flush()
        return all_same


def times(runs):
    return [run and run["ns_per_tick"] for run in runs]


def ratios_of(theirs, ours):
    """Round by round: each peer's run against ours of the same round."""
    pairs = zip(times(theirs), times(ours))
    return [a / b if a and b else None for a, b in pairs]


def spread(numbers):
    known = [number for number in numbers if number is not None]
    if not known:
        return "-"
    return f"{short(median(known))} [{short(min(known))}-{short(max(known))}]"


def short(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def some(runs):
    return next((run for run in runs if run), {})


def ticks_of(runs):
    return f"{some(runs).get('ticks', 0):,}"


def closes_of(runs):
    return some(runs).get("closes", "-")


def memory_of(runs):
    peaks = [run["peak_rss_mb"] for run in runs if run]
    return f"{max(peaks):,.0f}" if peaks else "-"


def compare(theirs, ours):
    """A word on the closes, and whether nothing is wrong with them."""
    run, mine = some(theirs), some(ours)
    if not run:
        return "failed", False
    if not run["does_same_work"]:
        return f"less work: {run['note']}", True
    if not mine:
        return "ours failed", False
    if len({line["hash"] for line in [*theirs, *ours] if line}) > 1:
        return "NO", False
    return ("yes" if run["closes"] else "nothing closes yet"), True


if __name__ == "__main__":
    sys.exit(main())
