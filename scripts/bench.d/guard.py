"""What must not grow unseen: requests, the helper's size, the instructions of its two runs.

All of them are the same from run to run, on a machine that is busy too.
"""

import json
import pathlib

import helper
import machine
import transfer
from place import Place

BASELINE = pathlib.Path(__file__).with_name("baseline.json")
# A tenth.
MAY_GROW = 1.1


def run(update):
    """The exit status."""
    machine.require(["git", "valgrind"])
    now = measured()
    if update:
        BASELINE.write_text(json.dumps({"with": machine.versions(), "numbers": now}, indent=1) + "\n")
        print(f"{BASELINE.name} is written")
        return 0
    baseline = json.loads(BASELINE.read_text())
    grown = 0
    for name, number in now.items():
        # A git of an age that the baseline's machine had none of.
        before = baseline["numbers"].get(name, number)
        has_grown = number > before * MAY_GROW
        grown += has_grown
        change = "as before" if number == before else f"{number / before - 1:+.1%}"
        print(f"{name:44} {number:>9,}  {change}{'  GROWN by more than a tenth' if has_grown else ''}")
    if grown:
        print(f"\nThe baseline was taken with {baseline['with']}; here is {machine.versions()}.")
        print("Where it is worth it: scripts/bench --guard --update, and say why in the commit.")
    return 1 if grown else 0


def measured():
    """{what: how much}"""
    numbers = {}
    for name, features in (("alone", []), ("with the keyring", ["keyring"])):
        program = machine.helper(*features)
        numbers[f"size of the helper {name}"] = program.stat().st_size
    gits = machine.gits()
    with Place(machine.stand_in("debug"), program) as place:
        for name, number in helper.instructions(place, [helper.REMOTE, helper.CREDENTIAL]).items():
            numbers[f"instructions {name}"] = number
        for version, operations in transfer.counts(place, gits).items():
            for operation, ways in operations.items():
                numbers[f"requests of {operation}, git {version}"] = ways[transfer.BBT][0]
    return numbers
