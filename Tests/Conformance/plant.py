"""Makes copies of an evidence file and of a tiles export with one flaw each.

    plant.py FILE TILES OUT    writes OUT/<flaw>.json and OUT/<flaw>.tiles/

The flaws are those that any transparency tool must see: in a leaf, in a proof, in a root, in a
signature, in a consistency proof, in a tile, in an entry.
"""

import base64
import json
import pathlib
import shutil
import sys


def flipped(text, byte, encoded=True):
    raw = bytearray(base64.b64decode(text))
    raw[byte] ^= 1
    return base64.b64encode(bytes(raw)).decode()


def signature_line(note, change):
    head, line = note.rstrip("\n").rsplit("\n", 1)
    dash, name, value = line.split(" ")
    return f"{head}\n{dash} {name} {change(value)}\n"


def middle(data):
    """An event whose proof is not empty, away from the ends."""
    events = [event for event in data["events"] if event["proof"]]
    return events[len(events) // 2]


def leaf(data):
    middle(data)["leaf"] = flipped(middle(data)["leaf"], 100)


def index(data):
    event = data["events"][-1]
    event["index"] -= 1
    data["events"] = [event]


def proof_flipped(data):
    middle(data)["proof"][0] = flipped(middle(data)["proof"][0], 31)


def proof_short(data):
    middle(data)["proof"].pop()


def proof_long(data):
    event = middle(data)
    event["proof"].append(event["proof"][0])


def proof_order(data):
    event = middle(data)
    event["proof"][0], event["proof"][1] = event["proof"][1], event["proof"][0]


def root(data):
    lines = data["checkpoint"].split("\n")
    lines[2] = flipped(lines[2], 0)
    data["checkpoint"] = "\n".join(lines)


def size(data):
    lines = data["checkpoint"].split("\n")
    lines[1] = str(int(lines[1]) + 1)
    data["checkpoint"] = "\n".join(lines)


def signature(data):
    data["checkpoint"] = signature_line(data["checkpoint"], lambda value: flipped(value, 40))


def key_id(data):
    data["checkpoint"] = signature_line(data["checkpoint"], lambda value: flipped(value, 0))


def consistency(data):
    data["consistency"][0]["proof"][0] = flipped(data["consistency"][0]["proof"][0], 7)


def older_root(data):
    note = data["consistency"][0]["old_checkpoint"].split("\n")
    note[2] = flipped(note[2], 3)
    data["consistency"][0]["old_checkpoint"] = "\n".join(note)


FLAWS = [
    leaf, index, proof_flipped, proof_short, proof_long, proof_order, root, size, signature,
    key_id, consistency, older_root,
]


def flip_file(path, place):
    raw = bytearray(path.read_bytes())
    raw[place % len(raw)] ^= 1
    path.write_bytes(bytes(raw))


def plant(source, tiles, out):
    out.mkdir()
    for flaw in FLAWS:
        data = json.loads(source.read_text())
        flaw(data)
        (out / f"{flaw.__name__}.json").write_text(json.dumps(data))
    files = sorted(path for path in tiles.rglob("*") if path.is_file())
    for number, path in enumerate(files):
        copy = out / f"{number}.tiles"
        shutil.copytree(tiles, copy)
        # In a checkpoint any byte counts but those of the base64's last bits: take the first.
        flip_file(copy / path.relative_to(tiles), 0 if path.name == "checkpoint" else 45)


if __name__ == "__main__":
    plant(*(pathlib.Path(argument) for argument in sys.argv[1:4]))
