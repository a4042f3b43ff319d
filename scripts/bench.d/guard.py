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
# Whatever the baseline says.
MIB = 1 << 20
MOST = {"alone": MIB, "with the keyring": 2 * MIB}


def run(update):
    """The exit status."""
    machine.require(["git", "valgrind"])
    now = measured()
    if update:
        # A machine may have no git of some age.
        numbers = json.loads(BASELINE.read_text())["numbers"] | now
        BASELINE.write_text(json.dumps({"with": machine.versions(), "numbers": numbers}, indent=1) + "\n")
        print(f"{BASELINE.name} is written")
        return 0
    baseline = json.loads(BASELINE.read_text())
    grown = 0
    for name, number in now.items():
        if name not in baseline["numbers"]:
            print(f"{name}: there is no baseline for it: scripts/bench --guard --update")
            return 1
        before = baseline["numbers"][name]
        has_grown = number > before * MAY_GROW
        grown += has_grown
        change = "as before" if number == before else f"{number / before - 1:+.1%}"
        print(f"{name:50} {number:>9,}  {change}{'  GROWN by more than a tenth' if has_grown else ''}")
    for name in baseline["numbers"].keys() - now.keys():
        print(f"{name:50} not measured here: no such git")
    if grown:
        print(f"\nThe baseline was taken with {baseline['with']}; here is {machine.versions()}.")
        print("Where it is worth it: scripts/bench --guard --update, and say why in the commit.")
    return 1 if grown else 0


def measured():
    """{what: how much}"""
    numbers = {}
    for name, features in (("alone", []), ("with the keyring", ["keyring", "vendored-libdbus"])):
        program = machine.helper(*features)
        size = program.stat().st_size
        if size > MOST[name]:
            raise SystemExit(f"the helper {name} has {size} bytes, more than {MOST[name]}")
        numbers[f"size of the helper {name}"] = size
    gits = machine.gits()
    with Place(machine.stand_in("debug"), program) as place:
        for name, number in helper.instructions(place, [helper.REMOTE, helper.MANY, helper.CREDENTIAL]).items():
            numbers[f"instructions {name}, without libc's"] = number
        for version, operations in transfer.counts(place, gits).items():
            for operation, ways in operations.items():
                asked, refused = ways[transfer.BBT]
                numbers[f"requests of {operation}, git {version}"] = asked
                stock, _ = ways[transfer.TOKEN]
                if version != "older" and (asked != stock - 1 or refused):
                    raise SystemExit(f"{operation}: {asked} requests, {refused} refused; {stock} with stock git")
    return numbers
