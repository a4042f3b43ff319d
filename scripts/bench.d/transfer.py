"""ls-remote, clone and push: what git does over the network, and how often it asks."""

import contextlib
import pathlib
import shlex

from machine import PYTHON, is_proactive
from place import REPOSITORY, URL, run
from proxy import Proxy
from race import race, ratio, walls

OPERATIONS = ["ls-remote", "clone", "push"]
BBT, TOKEN, HELPER, BOTOCORE = "bbt", "token in the URL", "Python helper", "Python helper with botocore"
# Milliseconds; 0 is without a proxy.
ROUND_TRIPS = [0, 10, 50, 200]
# At most this much of the time of the token in the URL.
GOALS = {
    ("ls-remote", 0): 1.10,
    ("clone", 0): 1.12,
    ("push", 0): 1.05,
    ("ls-remote", 50): 0.87,
    ("clone", 50): 0.89,
    ("push", 50): 0.87,
}


class Contestants:
    """The ways to name one repository to one git, through a proxy if there is one."""

    def __init__(self, place, name, git, proxy=None):
        self.folder = place.folder / name
        self.folder.mkdir()
        home = place.home(f"{name}/home")
        if proxy:
            with (home / ".gitconfig").open("a") as config:
                config.write(f"\tproxy = {proxy}\n")
        self.environment = place.environment(home, git)
        script = pathlib.Path(__file__).with_name("python_helper.py")
        python = f"!{PYTHON} {shlex.quote(str(script))}"
        plain = f"{URL}/{REPOSITORY}.git"
        self.ways = {
            BBT: (f"bbt::{REPOSITORY}", []),
            TOKEN: (place.url_with_token(), []),
            HELPER: (plain, ["-c", f"credential.helper={python}"]),
            BOTOCORE: (plain, ["-c", f"credential.helper={python} --botocore"]),
        }

    def command(self, operation, way):
        """It, and what comes before it every time."""
        url, options = self.ways[way]
        git = ["git", *options]
        inner = str(self.folder / way.replace(" ", "-"))
        if operation == "ls-remote":
            return [*git, "ls-remote", url], ["true"]
        if operation == "clone":
            clone = inner + ".clone"
            return [*git, "clone", "--quiet", url, clone], ["rm", "-rf", clone]
        branch = f"{self.folder.name}-{pathlib.Path(inner).name}"
        push = ["push", "--quiet", "origin", f"HEAD:refs/heads/{branch}"]
        commit = ["git", "-C", inner, "commit", "--quiet", "--allow-empty", "--message=More"]
        return [*git, "-C", inner, *push], commit

    def prepare(self):
        """A clone for each to push from."""
        for way, (url, options) in self.ways.items():
            folder = self.folder / way.replace(" ", "-")
            run(["git", *options, "clone", "--quiet", url, str(folder)], self.environment)


def fill(place, git):
    """Gives the repository a history: 200 commits of 300 files, about 1 MiB to clone."""
    environment = place.environment(place.home("author"), git)
    folder = place.folder / "author/work"
    run(["git", "clone", "--quiet", f"bbt::{REPOSITORY}", str(folder)], environment)
    stream = []
    for number in range(200):
        who = f"Bench <bench@example.com> {1_700_000_000 + number} +0000"
        stream.append(f"commit refs/heads/main\ncommitter {who}\ndata 3\nOne\n")
        if number == 0:
            stream.append("from refs/heads/main^0\n")
        for file in range(number * 3, number * 3 + 3):
            # Some that compresses, some that does not.
            text = "".join(f"{line * 7919 * (file + 1):x} is line {line}\n" for line in range(100))
            stream.append(f"M 644 inline f{file % 300}\ndata {len(text)}\n{text}\n")
    fast_import = ["git", "fast-import", "--quiet", "--force"]
    run(fast_import, environment, folder, input="".join(stream))
    run(["git", "push", "--quiet", "origin", "main"], environment, folder)


def times(place, rounds, git):
    """Rows of how long they take, for each round-trip time. The Python helpers are measured where
    there is a goal."""
    rows = []
    for milliseconds in ROUND_TRIPS:
        with contextlib.ExitStack() as stack:
            proxy = stack.enter_context(Proxy(milliseconds / 1000)).url if milliseconds else None
            contestants = Contestants(place, f"rtt-{milliseconds}", git, proxy)
            if (OPERATIONS[0], milliseconds) not in GOALS:
                contestants.ways = {way: contestants.ways[way] for way in (BBT, TOKEN)}
            contestants.prepare()
            for operation in OPERATIONS:
                both = {way: contestants.command(operation, way) for way in contestants.ways}
                commands = {way: command for way, (command, _) in both.items()}
                before = {way: prepare for way, (_, prepare) in both.items()}
                took = race(commands, rounds, contestants.environment, contestants.folder, before)
                for way in contestants.ways.keys() - {BBT}:
                    goal = GOALS.get((operation, milliseconds)) if way == TOKEN else 1.0
                    row = ratio(walls(took[BBT]), walls(took[way]))
                    row |= {"what": operation, "rtt": milliseconds, "against": way}
                    # As the table shows it.
                    met = goal is None or round(row["ratio"], 2) <= goal
                    rows.append(row | {"goal": goal, "met": met})
    return rows


def counts(place, gits):
    """{whether git logs in without a 401: {operation: {way: [requests, refused ones]}}}"""
    counted = {}
    for number, git in enumerate(gits):
        contestants = Contestants(place, f"requests-{number}", git)
        del contestants.ways[BOTOCORE]
        contestants.prepare()
        by_operation = counted.setdefault("2.46 or newer" if is_proactive(git) else "older", {})
        for operation in OPERATIONS:
            for way in contestants.ways:
                command, before = contestants.command(operation, way)
                run(before, contestants.environment, contestants.folder)
                known = len(place.requests())
                run(command, contestants.environment, contestants.folder)
                asked = place.requests()[known:]
                refused = [line for line in asked if " 401 " in line]
                by_operation.setdefault(operation, {})[way] = [len(asked), len(refused)]
    return counted
