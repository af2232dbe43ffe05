"""Messages of deed.streams.v1 as their bytes: field numbers and nothing else."""


def varint(value):
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)


def field(number, value):
    """One field: an int, text, or the bytes of a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def parse(data):
    """The fields of a message: lists of ints and bytes by number."""
    fields, offset = {}, 0

    def take():
        nonlocal offset
        value = shift = 0
        while True:
            byte = data[offset]
            offset += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while offset < len(data):
        key = take()
        if key & 7 == 0:
            value = take()
        elif key & 7 == 2:
            count = take()
            value = data[offset:offset + count]
            offset += count
        else:
            raise ValueError(f"wire type {key & 7}")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def one(fields, number, default=None):
    return fields.get(number, [default])[-1]
