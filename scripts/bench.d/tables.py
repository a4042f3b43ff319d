"""The rows of the table: what was measured, beside what, and whether the goal is reached."""

from helper import REMOTE
from transfer import BBT, BOTOCORE, HELPER, OPERATIONS, TOKEN

MIB = 1 << 20


def rows(numbers):
    """[what, figure, goal, whether it is reached]; of times there are ratios only."""
    made = []
    for part, make in PARTS.items():
        if part in numbers:
            made.extend(make(numbers[part]))
    return made


def of_times(times):
    found = {(row["what"], row["rtt"], row["against"]): row for row in times}
    for rtt in (50, 10, 200, 0):
        for operation in OPERATIONS:
            token = found[operation, rtt, TOKEN]
            range_of = f"{token['low']:.2f} to {token['high']:.2f}"
            figure = f"**{token['ratio']:.2f}** of the token in the URL ({range_of})"
            if token["goal"] is None:
                yield f"{operation}, {rtt} ms", figure, "", True
                continue
            helper, botocore = (found[operation, rtt, way] for way in (HELPER, BOTOCORE))
            figure += f"; {helper['ratio']:.2f} of a Python helper, {botocore['ratio']:.2f} of one with botocore"
            goal = f"<= {token['goal']:.2f}, and faster than Python"
            yield f"{operation}, {rtt} ms", figure, goal, token["met"] and helper["met"] and botocore["met"]


def of_requests(counts):
    for version, operations in counts.items():
        figures = []
        met = True
        for operation in OPERATIONS:
            ours, theirs = operations[operation][BBT], operations[operation][TOKEN]
            figures.append(f"{operation} **{ours[0]}** for {theirs[0]}")
            one_fewer = ours[0] == theirs[0] - 1 and ours[1] == 0
            met = met and (one_fewer if version != "older" else ours[0] <= theirs[0])
        goal = "one fewer, none refused" if version != "older" else "as many"
        yield f"HTTP requests, git {version}", ", ".join(figures), goal, met


def of_helper(costs):
    for row in costs:
        instructions = (
            f"{row['instructions']:,}: **{row['instructions of true']:.1f}** times `/bin/true`, "
            f"1/{row['instructions of Python']:,.0f} of Python"
        )
        met = row["instructions of Python"] >= 50
        yield f"the helper {row['what']}: instructions", instructions, "1/50 of Python", met
        git = ", with a git that is `/bin/true`" if row["what"] == REMOTE else ""
        times = (
            f"**{row['time of true']:.1f}** times `/bin/true`{git}, both started by a shell; "
            f"1/{row['processor of Python']:.0f} of Python's on a processor"
        )
        if "time of the built" in row:
            times += f"; {row['time of the built']:.2f} of the program that `cargo install` makes"
        met = row["more than true"] <= 0.003 and row["processor of Python"] >= 50
        yield f"the helper {row['what']}: time", times, "3 ms more; 1/50 of Python", met
        peak = f"**{row['peak']:.1f}** MiB, 1/{row['peak of Python']:.0f} of Python"
        yield f"the helper {row['what']}: peak memory", peak, "< 4 MiB", row["peak"] < 4


def of_pack(pack):
    figure = f"**{pack['bytes']}** bytes read or written by the helper while it waits"
    yield f"a clone of {pack['pack'] / MIB:.0f} MiB", figure, "none", pack["bytes"] == 0


def of_size(sizes):
    for name, most in (("alone", 1), ("with the keyring", 2)):
        figure = f"**{sizes[name] / MIB:.2f}** MiB"
        yield f"size of the helper {name}", figure, f"<= {most} MiB", sizes[name] <= most * MIB


def of_migrate(sizes):
    for row in sizes:
        figure = f"**{row['ratio']:.1f}** times faster than the shell loop ({row['runs']} runs), {row['peak']:.0f} MiB"
        yield f"migrate, {row['size']:,} repositories", figure, "10 times faster", row["met"]
    growth = sizes[-1]["each"] / sizes[-2]["each"]
    figure = f"**{growth:.2f}** times the time of one at {sizes[-2]['size']:,}"
    yield f"migrate, one of {sizes[-1]['size']:,}", figure, "linear: <= 1.25", growth <= 1.25


def of_companion(measured):
    for row in measured:
        name = row["what"] + (", offline checks" if row["what"] == "git bbt doctor" else "")
        yield name, f"**{row['ratio']:.1f}** times `git status`", "<= 10", row["met"]


def of_setup(measured):
    for row in measured["growth"]:
        what = f"git status with {row['workspaces']} workspaces set up and rewritten: instructions"
        yield what, f"**{row['ratio']:.1f}** times those without", f"<= {row['goal']}", row["ratio"] <= row["goal"]
    yield "git bbt setup of 1,000 workspaces", f"**{measured['seconds']:.2f}** s", "< 2 s", measured["seconds"] < 2
    figure = f"**{measured['status']:.2f}** times the time of one at 1,000"
    yield "git bbt status, one of 10,000", figure, "linear: <= 1.25", measured["status"] <= 1.25


PARTS = {
    "times": of_times,
    "requests": of_requests,
    "helper": of_helper,
    "pack": of_pack,
    "size": of_size,
    "migrate": of_migrate,
    "companion": of_companion,
    "setup": of_setup,
}


def plain(made):
    """For a terminal."""
    widths = [max(len(row[column].replace("*", "").replace("`", "")) for row in made) for column in range(3)]
    for what, figure, goal, met in made:
        cells = (what, figure.replace("*", "").replace("`", ""), goal)
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths))
        yield f"{line}  {reached(goal, met, 'MISSED')}".rstrip()


def markdown(made):
    """For docs/performance.md."""
    yield "| what | measured | goal | |"
    yield "|---|---|---|---|"
    for what, figure, goal, met in made:
        goal = goal.replace("<=", "at most").replace("<", "under")
        yield f"| {what} | {figure} | {goal} | {reached(goal, met, '**missed**')} |"


def reached(goal, met, missed):
    """Says nothing of a row without a goal."""
    return ("reached" if met else missed) if goal else ""
