"""Makes copies of an evidence file and of a tiles export with one flaw each.

    plant.py FILE TILES OTHER OTHER_TILES OUT    writes OUT/<flaw>.json and OUT/<flaw>.tiles/

The flaws are those that any transparency tool must see: each part of a leaf, a proof, a checkpoint,
a consistency proof and a tile, flipped, dropped, repeated, in another order, taken from the log of
OTHER, or signed by another key. What one part can't suffer, such as the order of a single number, is
left out; the matrix of what was made is printed.
"""

import base64
import collections
import hashlib
import json
import pathlib
import shutil
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def encoded(raw):
    return base64.b64encode(bytes(raw)).decode()


def flip(raw, place):
    raw = bytearray(raw)
    raw[place % len(raw)] ^= 1
    return bytes(raw)


def blob_changes(own, other):
    """Ways to change some bytes."""
    for place in (0, 100, len(own) // 2, len(own) - 1):
        yield f"flipped-{place}", flip(own, place)
    yield "dropped", b""
    yield "cut", own[:-1]
    yield "repeated", own + own
    yield "reordered", own[len(own) // 2 :] + own[: len(own) // 2]
    yield "foreign", other


def list_changes(own, other):
    """Ways to change a list of hashes."""
    yield "dropped-all", []
    for place, text in enumerate(own):
        rest = own[:place] + own[place + 1 :]
        yield f"flipped-{place}", [*own[:place], encoded(flip(base64.b64decode(text), 31)), *own[place + 1 :]]
        yield f"dropped-{place}", rest
        yield f"repeated-{place}", [*own[: place + 1], *own[place:]]
        if place + 1 < len(own):
            yield f"reordered-{place}", [*own[:place], own[place + 1], text, *own[place + 2 :]]
        if place < len(other):
            yield f"foreign-{place}", [*own[:place], other[place], *own[place + 1 :]]


def signed(note, key, key_id=None):
    """The note's text under one signature of `key`, with its own number or another's."""
    text = note.split("\n\n")[0] + "\n"
    name = text.split("\n")[0]
    public = key.public_key().public_bytes_raw()
    own = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    return f"{text}\n\u2014 {name} {encoded((key_id or own) + key.sign(text.encode()))}\n"


def note_changes(own, other):
    """Ways to change a checkpoint: each of its lines, and who signed it."""
    lines, others = own.split("\n")[:-1], other.split("\n")[:-1]
    for place, line in enumerate(lines):
        flipped = line[:-1] + ("8" if line.endswith("4") else "4") if line else "x"
        if place == 4:
            dash, name, value = line.split(" ")
            flipped = f"{dash} {name} {encoded(flip(base64.b64decode(value), 40))}"
            number = f"{dash} {name} {encoded(flip(base64.b64decode(value), 0))}"
            yield "flipped-number", [*lines[:4], number]
        yield f"flipped-{place}", [*lines[:place], flipped, *lines[place + 1 :]]
        yield f"dropped-{place}", lines[:place] + lines[place + 1 :]
        # A signature that stands twice says no more than once.
        if place < 4:
            yield f"repeated-{place}", [*lines[: place + 1], *lines[place:]]
            yield f"reordered-{place}", [*lines[:place], lines[place + 1], line, *lines[place + 2 :]]
        yield f"foreign-{place}", [*lines[:place], others[place], *lines[place + 1 :]]
    yield "foreign-all", others
    forger = Ed25519PrivateKey.generate()
    number = base64.b64decode(lines[4].split(" ")[2])[:4]
    yield "resigned", signed(own, forger).split("\n")[:-1]
    yield "resigned-as-ours", signed(own, forger, number).split("\n")[:-1]


def bundle_flaws(data, other):
    """(part, change, flawed copy) for each part of a bundle that is in a stranger's reach."""
    events = [event for event in data["events"] if len(event["proof"]) > 1]
    event = events[len(events) // 2]
    place = data["events"].index(event)
    theirs = other["events"][len(other["events"]) // 2]

    def copy(change):
        flawed = json.loads(json.dumps(data))
        change(flawed)
        return flawed

    for index in (event["index"] - 1, event["index"] + 1, 0, 1 << 40):
        yield "index", f"flipped-{index}", copy(lambda flawed: flawed["events"][place].update(index=index))
    own, foreign = (base64.b64decode(entry["leaf"]) for entry in (event, theirs))
    for name, leaf in blob_changes(own, foreign):
        yield "leaf", name, copy(lambda flawed: flawed["events"][place].update(leaf=encoded(leaf)))
    for name, proof in list_changes(event["proof"], theirs["proof"]):
        yield "proof", name, copy(lambda flawed: flawed["events"][place].update(proof=proof))
    neighbour = data["events"][place - 1]
    yield "proof", "foreign-all", copy(lambda flawed: flawed["events"][place].update(proof=theirs["proof"]))
    yield "event", "reordered", copy(
        lambda flawed: (
            flawed["events"][place].update(leaf=neighbour["leaf"]),
            flawed["events"][place - 1].update(leaf=event["leaf"]),
        )
    )
    yield "event", "foreign", copy(lambda flawed: flawed["events"].append(theirs))
    for name, lines in note_changes(data["checkpoint"], other["checkpoint"]):
        note = "".join(line + "\n" for line in lines)
        yield "checkpoint", name, copy(lambda flawed: flawed.update(checkpoint=note))
    older = data["consistency"][0]
    for name, lines in note_changes(older["old_checkpoint"], other["checkpoint"]):
        note = "".join(line + "\n" for line in lines)
        yield "old_checkpoint", name, copy(
            lambda flawed: flawed["consistency"][0].update(old_checkpoint=note)
        )
    for name, proof in list_changes(older["proof"], theirs["proof"]):
        yield "consistency", name, copy(lambda flawed: flawed["consistency"][0].update(proof=proof))


def tile_changes(path, own, other):
    if path.name == "checkpoint":
        for name, lines in note_changes(own.decode(), other.decode()):
            yield name, "".join(line + "\n" for line in lines).encode()
        return
    yield "flipped-first", flip(own, 2)
    yield "flipped-last", flip(own, len(own) - 1)
    yield "dropped", None
    yield "cut", own[:-1]
    if other and other[: len(own)] != own:
        yield "foreign", other
    if "entries" in path.parts:
        yield "repeated", own + own
    elif len(own) >= 64:
        yield "dropped-first", own[32:]
        yield "repeated-first", own[:32] + own[:-32]
        yield "reordered", own[32:64] + own[:32] + own[64:]


def plant(source, tiles, other, other_tiles, out):
    out.mkdir()
    matrix = collections.defaultdict(collections.Counter)
    data, foreign = (json.loads(path.read_text()) for path in (source, other))
    for part, change, flawed in bundle_flaws(data, foreign):
        if flawed != data:
            matrix[part][change.split("-")[0]] += 1
            (out / f"{part}-{change}.json").write_text(json.dumps(flawed))
    for number, path in enumerate(sorted(path for path in tiles.rglob("*") if path.is_file())):
        name = path.relative_to(tiles)
        theirs = other_tiles / name
        if not theirs.exists() and "tile" in name.parts:
            kind = pathlib.Path(*name.parts[:2])
            theirs = next((file for file in (other_tiles / kind).rglob("*") if file.is_file()), theirs)
        own = path.read_bytes()
        for change, raw in tile_changes(name, own, theirs.read_bytes() if theirs.exists() else b""):
            if raw == own:
                continue
            part = "tiles' checkpoint" if name.name == "checkpoint" else f"tile {name.parts[1]}"
            matrix[part][change.split("-")[0]] += 1
            copy = out / f"{number}-{change}.tiles"
            shutil.copytree(tiles, copy)
            if raw is None:
                (copy / name).unlink()
            else:
                (copy / name).write_bytes(raw)
    for part, changes in matrix.items():
        print(f"{part}: " + ", ".join(f"{count} {change}" for change, count in changes.items()))


if __name__ == "__main__":
    plant(*(pathlib.Path(argument) for argument in sys.argv[1:6]))
