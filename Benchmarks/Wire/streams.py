"""Many subscribers in one process, cheap enough to measure a server with: gRPC over bare sockets.

Each subscriber is a connection with one call; what comes is taken apart only as far as needed to
count events and to see their positions.
"""

import select
import socket
import struct
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING, GOAWAY = 0, 1, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
LARGEST_WINDOW = (1 << 31) - 1


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A header field that is in no table, without Huffman coding."""
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def varint(data, offset):
    value = shift = 0
    while True:
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
        shift += 7


def fields(data):
    """The fields of a message: number and value."""
    offset = 0
    while offset < len(data):
        key, offset = varint(data, offset)
        value, offset = varint(data, offset)
        if key & 7 == 2:
            start, offset = offset, offset + value
            value = data[start:offset]
        yield key >> 3, value


class Subscriber:
    """One call of a streaming method, on a connection of its own."""

    def __init__(self, port, path, message, positions):
        self.positions = positions
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        headers = b"".join(literal(*field) for field in (
            (":method", "POST"), (":scheme", "http"), (":path", path),
            (":authority", "127.0.0.1"), ("content-type", "application/grpc"), ("te", "trailers")))
        request = b"\x00" + len(message).to_bytes(4, "big") + message
        # Windows as large as they get: a measurement takes less than fills them.
        self.socket.sendall(
            PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, LARGEST_WINDOW))
            + frame(8, 0, 0, struct.pack(">I", LARGEST_WINDOW - 65_535))
            + frame(HEADERS, END_HEADERS, 1, headers) + frame(DATA, END_STREAM, 1, request))
        self.socket.setblocking(False)
        self.raw = b""
        self.message = b""
        self.next = None
        self.count = 0
        self.failure = None
        self.is_open = False

    def read(self):
        """Takes what has come; gives back the positions of the events in it."""
        try:
            piece = self.socket.recv(1 << 18)
        except BlockingIOError:
            return []
        if not piece:
            raise ConnectionError("the server closed the connection")
        raw = self.raw + piece if self.raw else piece
        offset = 0
        found = []
        while len(raw) - offset >= 9:
            length = int.from_bytes(raw[offset:offset + 3], "big")
            if len(raw) - offset < 9 + length:
                break
            kind, flags = raw[offset + 3], raw[offset + 4]
            payload = raw[offset + 9:offset + 9 + length]
            offset += 9 + length
            if kind == DATA:
                self.message += payload
                found += self.messages()
            elif kind == SETTINGS and not flags & ACK:
                self.socket.send(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.socket.send(frame(PING, ACK, 0, payload))
            elif kind == HEADERS and flags & END_STREAM or kind == GOAWAY:
                raise ConnectionError(f"the call ended: {payload[:120]!r}")
            elif kind == HEADERS:
                self.is_open = True
        self.raw = raw[offset:]
        return self.check(found)

    def messages(self):
        found = []
        while len(self.message) >= 5:
            length = int.from_bytes(self.message[1:5], "big")
            if len(self.message) < 5 + length:
                break
            found += self.positions(self.message[5:5 + length])
            self.message = self.message[5 + length:]
        return found

    def check(self, found):
        """Each position is the one before and one: nothing skipped, nothing repeated."""
        for position in found:
            if self.next is not None and position != self.next:
                raise AssertionError(f"position {position} came, and {self.next} was next")
            self.next = position + 1
        self.count += len(found)
        return found


def dcb_positions(message):
    """Of a SubscribeResponse of umadb.v1."""
    return [next(value for key, value in fields(event) if key == 1)
            for number, event in fields(message) if number == 1]


def deed_positions(message):
    """Of a SubscribeResponse of deed.streams.v1: field 2 has the events."""
    return [next((value for key, value in fields(event) if key == 1), 0)
            for number, events in fields(message) if number == 2
            for _, event in fields(events)]


def follow(subscribers, is_over, arrived):
    """Reads all of them until `is_over`; `arrived` gets positions and the time they came."""
    poll = select.epoll()
    by_number = {each.socket.fileno(): each for each in subscribers}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    while not is_over():
        for number, _ in poll.poll(0.2):
            found = by_number[number].read()
            if found:
                arrived(found, time.monotonic_ns())
    poll.close()
