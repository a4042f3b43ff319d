"""`git bbt setup` and `git bbt status` with many workspaces, and what `git status` takes afterwards."""

import os
import re
import statistics
import subprocess
import time

from place import run

# Workspaces that are set up and rewritten: the most that git status may take, against none.
GROWTH = {10: 2.5, 100: 12}
FILES = 1000


def configure(home, workspaces):
    """As after logins."""
    table = '[workspace.team{0}]\ntoken = {{ env = "TOKEN_OF_{0}" }}\n'
    config = home / ".config/git-remote-bbt/config.toml"
    config.write_text("".join(table.format(number) for number in range(workspaces)))


def work_tree(folder, environment):
    """A repository of ordinary size that has nothing to do with Bitbucket."""
    run(["git", "init", "--quiet", str(folder)], environment)
    for number in range(FILES):
        file = folder / f"file{number}"
        file.write_text(f"{number}\n")
        # Older than the index: git would read the files again.
        os.utime(file, (1_000_000_000, 1_000_000_000))
    run(["git", "add", "."], environment, folder)
    run(["git", "commit", "--quiet", "--message=All"], environment, folder)


def instructions(environment, folder):
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "git", "status"]
    ended = subprocess.run(tool, env=environment, cwd=folder, capture_output=True, text=True)
    return int(re.search(r"Collected : (\d+)", ended.stderr).group(1))


def seconds(command, environment, folder, rounds):
    """The median."""
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        run(command, environment, folder)
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def rows(place, rounds):
    home = place.home("setup/home")
    environment = place.environment(home)
    folder = place.folder / "setup/work"
    work_tree(folder, environment)
    setup = ["git-bbt", "setup", "--rewrite"]
    few = max(3, rounds // 10)

    without = instructions(environment, folder)
    growth = []
    for workspaces, goal in GROWTH.items():
        configure(home, workspaces)
        run(setup, environment, folder)
        growth.append({"workspaces": workspaces, "ratio": instructions(environment, folder) / without, "goal": goal})
    configure(home, 1000)
    set_up = seconds(setup, environment, folder, few)
    run(["git-bbt", "setup", "--undo"], environment, folder)
    status = []
    for workspaces in (1000, 10000):
        configure(home, workspaces)
        status.append(seconds(["git-bbt", "status"], environment, folder, few) / workspaces)
    return {"growth": growth, "seconds": set_up, "status": status[1] / status[0]}
