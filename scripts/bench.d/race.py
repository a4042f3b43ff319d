"""Commands that take turns, measured by hyperfine, one run at a time."""

import json
import random
import shlex
import statistics
import subprocess
import sys


def race(commands, rounds, environment, folder, prepare=None, may_fail=False):
    """Seconds of every run: {name: [(all of it, on a processor)]}.

    The order rotates and is reversed every other round, so that other load on the machine affects all
    alike. An additional first round is not counted.
    """
    prepare = prepare or {}
    times = {name: [] for name in commands}
    names = list(commands)
    options = ["--ignore-failure"] if may_fail else []
    said = folder.parent / "hyperfine.json"
    for number in range(-1, rounds):
        order = names[number % len(names) :] + names[: number % len(names)]
        order = order[:: -1 if number % 2 else 1]
        hyperfine = ["hyperfine", "--shell=none", "--runs=1", "--style=none", *options]
        hyperfine.append(f"--export-json={said}")
        for name in order:
            hyperfine.append(f"--prepare={shlex.join(prepare.get(name, ['true']))}")
        hyperfine.extend(shlex.join(commands[name]) for name in order)
        ended = subprocess.run(hyperfine, env=environment, cwd=folder, capture_output=True, text=True)
        if ended.returncode != 0:
            raise SystemExit(f"hyperfine failed at one of {', '.join(names)}:\n{ended.stderr[-2000:]}")
        results = json.loads(said.read_text())["results"]
        for name, result in zip(order, results):
            if number >= 0:
                times[name].append((result["times"][0], result["user"] + result["system"]))
        progress(f"{', '.join(names)}: {number + 1} of {rounds}")
    progress("")
    return times


def progress(line):
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def walls(times):
    return [wall for wall, _ in times]


def busy(times):
    return [busy for _, busy in times]


def ratio(ours, theirs):
    """Of the medians; and where 95 of 100 such races would have it (bootstrap)."""
    chance = random.Random(0)

    def again():
        medians = (statistics.median(chance.choices(x, k=len(x))) for x in (ours, theirs))
        return next(medians) / next(medians)

    repeated = sorted(again() for _ in range(1000))
    return {
        "ratio": statistics.median(ours) / statistics.median(theirs),
        "low": repeated[25],
        "high": repeated[-26],
        "medians": [statistics.median(ours), statistics.median(theirs)],
        "runs": len(ours),
    }
