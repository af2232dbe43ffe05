#!/usr/bin/env python3
"""Writes the events of a help desk as `deed import events` reads them: generate.py COUNT SEED FILE.

The same arguments give the same bytes. Status changes are of the version before the source's status
was split into two facts, so that whoever reads them needs the upcaster. A story has seven or eight events.
"""
import json
import random
import sys

STEPS = [("new", "Accepted/Assigned"), ("inProgress", "Accepted/In Progress"),
         ("pendingCustomer", "Accepted/Wait - User"), ("inProgress", "Accepted/In Progress")]
PRIORITIES = ["low", "normal", "high", "urgent"]
WIDTH = 1000


def story(number, chance):
    """The events of one ticket, without their times."""
    ticket = f"tkt_{number:08d}"
    stream = f"ticket-{ticket}"
    actor = f"usr_{chance.randrange(200):03d}"
    first = chance.choice(PRIORITIES)
    yield stream, actor, "TicketOpened", {
        "ticketId": ticket, "channel": "import", "priority": first, "sourceStatus": "Queued/Awaiting"}
    for before, after in zip(STEPS, STEPS[1:]):
        yield stream, actor, "TicketStatusChanged", {
            "from": before[0], "to": after[0], "sourceStatus": after[1]}
    second = chance.choice([p for p in PRIORITIES if p != first])
    if chance.randrange(2) == 1:
        yield stream, actor, "TicketPriorityChanged", {"from": first, "to": second}
    yield stream, actor, "TicketCategorized", {"to": f"cat_{chance.randrange(20)}"}
    yield stream, actor, "TicketResolved", {
        "resolutionCode": "done", "sourceStatus": "Completed/Resolved"}
    yield stream, actor, "TicketClosed", {"sourceStatus": "Completed/Closed"}


def main():
    count, seed, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    chance = random.Random(seed)
    number = 0
    under_way = []
    seconds = 1_700_000_000
    with open(path, "w", encoding="utf-8") as file:
        for index in range(count):
            while len(under_way) < WIDTH:
                number += 1
                under_way.append(story(number, chance))
            place = chance.randrange(WIDTH)
            event = next(under_way[place], None)
            if event is None:
                number += 1
                under_way[place] = story(number, chance)
                event = next(under_way[place])
            stream, actor, kind, data = event
            seconds += 1
            days, rest = divmod(seconds - 1_700_000_000, 86_400)
            hours, rest = divmod(rest, 3600)
            # The epoch of the times is 2023-11-14T00:00:00Z; months of 28 days are close enough.
            year, day = divmod(days, 336)
            month, day = divmod(day, 28)
            at = (f"{2023 + year:04d}-{month + 1:02d}-{day + 1:02d}T"
                  f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}Z")
            json.dump({"type": kind, "stream": stream, "actor": actor, "occurredAt": at,
                       "key": f"{index}", "data": data}, file, separators=(",", ":"))
            file.write("\n")


main()
