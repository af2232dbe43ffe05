"""What is measured of `umadb.v1.DCB`: the same Python client and the same work for both servers."""

import threading
import time
import uuid

from umadb import AppendCondition, Client, Event, Query, QueryItem

DATA = bytes(range(97, 123)) * 5 + b"payload of 150 bytes"
ORDERS_A_BLOCK = 1_000
EVENTS_AN_ORDER = 10
CUSTOMERS = 5_000
BULK_EVENTS = 1_000


class Peer:
    """A server with the events that were appended to it so far."""

    def __init__(self, served):
        self.served = served
        self.client = Client(served.url)
        self.events = 0
        self.bulk_events = 0
        self.queries = 0


def bulk_requests(peer, count):
    """Requests of 1000 events: each order has ten events, scattered over ten thousand."""
    requests = []
    for _ in range(count):
        first = peer.bulk_events
        peer.bulk_events += BULK_EVENTS
        requests.append([
            Event(
                "OrderChanged", DATA,
                [f"order:{number // (ORDERS_A_BLOCK * EVENTS_AN_ORDER)}-{number % ORDERS_A_BLOCK}",
                 f"customer:{number * 7919 % CUSTOMERS}"], uuid.uuid4())
            for number in range(first, first + BULK_EVENTS)])
    return requests


def bulk_append(peer, count=100):
    """Events a second, 1000 a request, two tags an event, one client."""
    requests = bulk_requests(peer, count)
    began = time.perf_counter()
    for request in requests:
        peer.client.append(request)
    seconds = time.perf_counter() - began
    peer.events += count * BULK_EVENTS
    return count * BULK_EVENTS, seconds


def conditional(client, name, count):
    """Appends single events, each under the condition that none has its tag."""
    for number in range(count):
        tag = f"{name}-{number}"
        client.append(
            [Event("SeatTaken", DATA, [tag], uuid.uuid4())],
            AppendCondition(Query([QueryItem(tags=[tag])])))


def conditional_append(peer, clients, count):
    """Appends a second under a condition, by so many clients with a connection each."""
    run = uuid.uuid4().hex[:8]
    if clients == 1:
        began = time.perf_counter()
        conditional(peer.client, run, count)
        seconds = time.perf_counter() - began
    else:
        connections = [Client(peer.served.url) for _ in range(clients)]
        for connection in connections:
            connection.head()
        start = threading.Barrier(clients + 1)
        failures = []

        def work(index):
            try:
                start.wait()
                conditional(connections[index], f"{run}-{index}", count)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(index,)) for index in range(clients)]
        for thread in threads:
            thread.start()
        start.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
        if failures:
            raise failures[0]
    peer.events += clients * count
    return clients * count, seconds


def read_all(peer):
    """Events a second, the whole store by the batches in which they come."""
    began = time.perf_counter()
    response = peer.client.read()
    count = last = 0
    while batch := response.next_batch():
        count += len(batch)
        last = batch[-1].position
    seconds = time.perf_counter() - began
    if (count, last) != (peer.events, peer.events):
        raise AssertionError(f"{peer.served.name} gave {count} to {last} of {peer.events}")
    return count, seconds


def tag_query(peer, count=1_500):
    """Queries a second for the ten events of one order."""
    blocks = peer.bulk_events // (ORDERS_A_BLOCK * EVENTS_AN_ORDER)
    queries = []
    for _ in range(count):
        peer.queries += 1
        block = peer.queries * 31 % blocks
        queries.append(
            Query([QueryItem(tags=[f"order:{block}-{peer.queries * 7919 % ORDERS_A_BLOCK}"])]))
    began = time.perf_counter()
    for query in queries:
        found = list(peer.client.read(query))
        if len(found) != EVENTS_AN_ORDER:
            raise AssertionError(f"{peer.served.name} found {len(found)} events of an order")
    return count, time.perf_counter() - began


def heads(peer, count=2_000):
    """Calls a second that only ask for the head: what a call costs."""
    began = time.perf_counter()
    for _ in range(count):
        peer.client.head()
    return count, time.perf_counter() - began


# Name, what it does, in how many slices, unit, must, aim: of the ratio to UmaDB. What waits for the
# disk is sliced finely, for a disk has slow seconds.
MEASURES = [
    ("conditional append, 1 client", lambda peer: conditional_append(peer, 1, 50), 20,
     "events/s", 1.0, 1.5),
    ("conditional append, 64 clients", lambda peer: conditional_append(peer, 64, 50), 4,
     "events/s", 0.8, 1.2),
    ("bulk append, 1000 events a request, 2 tags", lambda peer: bulk_append(peer, 20), 5,
     "events/s", 0.9, 1.2),
    ("read all", read_all, 1, "events/s", 1.0, 2.0),
    ("tag query of 10", lambda peer: tag_query(peer, 500), 3, "queries/s", 1.0, 1.5),
    ("head", lambda peer: heads(peer, 500), 4, "calls/s", None, None),
]
