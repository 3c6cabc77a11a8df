"""Writes small databases in MaxMind's format, after "MaxMind DB File Format Specification" 2.0, for the cases that need
one: save(path, type, {network: record}). A record is a dict of texts, numbers (as uint32) and further dicts."""
import ipaddress
import pathlib
import struct

SEPARATOR = bytes(16)
MARK = b"\xab\xcd\xefMaxMind.com"


def control(kind, size):
    assert size < 285
    head, tail = (size, b"") if size < 29 else (29, bytes([size - 29]))
    if kind < 8:
        return bytes([kind << 5 | head]) + tail
    return bytes([head, kind - 7]) + tail


def encode(value, kind=None):
    if isinstance(value, str):
        data = value.encode()
        return control(2, len(data)) + data
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(encode(v) for v in value)
    data = struct.pack(">Q", value).lstrip(b"\0")
    return control(kind or 6, len(data)) + data


def bits_of(network, version):
    number, length = int(network.network_address), network.prefixlen
    if network.version == 4 and version == 6:
        length += 96
    width = 128 if version == 6 else 32
    return [number >> (width - 1 - i) & 1 for i in range(length)]


def save(path, kind, networks, version=6):
    nodes, data, at = [[None, None]], b"", {}
    for text, record in networks.items():
        node, bits = 0, bits_of(ipaddress.ip_network(text), version)
        for bit in bits[:-1]:
            if nodes[node][bit] is None:
                nodes.append([None, None])
                nodes[node][bit] = len(nodes) - 1
            node = nodes[node][bit]
        at[node, bits[-1]] = len(data)
        data += encode(record)
    count = len(nodes)
    tree = b""
    for i, node in enumerate(nodes):
        for bit in (0, 1):
            value = count if node[bit] is None else node[bit]
            if (i, bit) in at:
                value = count + len(SEPARATOR) + at[i, bit]
            tree += struct.pack(">I", value)[1:]
    meta = {"node_count": (count, 6), "record_size": (24, 5), "ip_version": (version, 5), "database_type": kind,
            "languages": ["en"], "binary_format_major_version": (2, 5), "binary_format_minor_version": (0, 5),
            "build_epoch": (1767225600, 9), "description": {"en": "made for a test"}}
    text = control(7, len(meta)) + b"".join(
        encode(k) + (encode(*v) if isinstance(v, tuple) else encode(v)) for k, v in meta.items())
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).write_bytes(tree + SEPARATOR + data + MARK + text)
