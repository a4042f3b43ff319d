"""`git bbt migrate --recursive` beside the shell loop that people write for the same job."""

import re
import shutil
import statistics
import subprocess
import tempfile
import time

from place import run
from race import progress, ratio

SIZES = [100, 1000, 10000]

# At its best: git is started twice for a repository, and no sed at all.
LOOP = """
find "$1" -name .git -type d | while IFS= read -r dir; do
    repository=${dir%/.git}
    url=$(git -C "$repository" remote get-url origin)
    case $url in
    git@bitbucket.org:*)
        url=${url#git@bitbucket.org:}
        git -C "$repository" remote set-url origin "bbt::${url%.git}"
        ;;
    esac
done
"""


class Fleet:
    """Many repositories below one folder, each the least that git takes for one, with an origin by ssh."""

    def __init__(self, folder, template, size):
        self.folder = folder
        self.text = (template / "config").read_text()
        self.configs = []
        for number in range(size):
            git_dir = folder / f"r{number}" / ".git"
            git_dir.mkdir(parents=True)
            shutil.copy(template / "HEAD", git_dir)
            (git_dir / "objects").mkdir()
            (git_dir / "refs").mkdir()
            self.configs.append(git_dir / "config")

    def reset(self):
        for number, config in enumerate(self.configs):
            url = f"git@bitbucket.org:acme/r{number}.git"
            config.write_text(f'{self.text}[remote "origin"]\n\turl = {url}\n')

    def check(self):
        """A run that did not do the job is no measure of it."""
        for number, config in enumerate(self.configs):
            if f"url = bbt::acme/r{number}\n" not in config.read_text():
                raise SystemExit(f"{config} was not converted")

    def measure(self, command, environment):
        """The seconds that it takes, and what it said."""
        self.reset()
        with tempfile.TemporaryFile() as said:
            started = time.perf_counter()
            ended = subprocess.run(command, env=environment, stdout=said, stderr=said)
            seconds = time.perf_counter() - started
            said.seek(0)
            text = said.read().decode()
        if ended.returncode != 0:
            raise SystemExit(f"{command[0]} failed:\n{text[-2000:]}")
        self.check()
        return seconds, text


def rows(place, rounds):
    """For every size. Before every run all repositories are put back."""
    environment = place.environment(place.home("migrate/home"))
    template = place.folder / "migrate/template"
    run(["git", "init", "--quiet", str(template)], environment)
    measured = []
    for size in SIZES:
        folder = place.folder / "migrate/fleet"
        fleet = Fleet(folder, template / ".git", size)
        migrate = ["bbt", "migrate", "--recursive", str(folder)]
        commands = {
            "migrate": ["git", *migrate],
            "loop": ["sh", "-c", LOOP, "loop", str(folder)],
        }
        # The loop is at ten thousand for half a minute.
        turns = rounds if size < 10000 else max(3, rounds // 10)
        took = {name: [] for name in commands}
        for number in range(turns):
            for name in sorted(commands, reverse=number % 2 == 1):
                took[name].append(fleet.measure(commands[name], environment)[0])
            progress(f"migrate of {size}: {number + 1} of {turns}")
        row = ratio(took["loop"], took["migrate"])
        row |= {"size": size, "met": row["ratio"] >= 10, "peak": peak(fleet, migrate, environment)}
        row["each"] = statistics.median(took["migrate"]) / size
        measured.append(row)
        shutil.rmtree(folder)
    progress("")
    return measured


def peak(fleet, migrate, environment):
    """The most memory that it holds, without git, in MiB."""
    command = ["/usr/bin/time", "--format=peak %M", "git-bbt", *migrate[1:]]
    return int(re.search(r"peak (\d+)", fleet.measure(command, environment)[1]).group(1)) / 1024
