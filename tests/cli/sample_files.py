# SPDX-License-Identifier: Apache-2.0
"""Files for the tests, made without any library: .npy arrays, PNG pictures, Paddle programs."""

import struct
import zlib

# NumPy's name of an element type, the letter for struct, Paddle's number.
DTYPES = {
    "|b1": ("?", 0),
    "<i2": ("h", 1),
    "<i4": ("i", 2),
    "<i8": ("q", 3),
    "<f4": ("f", 5),
    "<f8": ("d", 6),
    "|u1": ("B", 20),
    "|i1": ("b", 21),
}


def npy(dtype, shape, values, version=1, fortran=False):
    """The bytes of an .npy file; `values` in the order of the file."""
    text = f"{{'descr': '{dtype}', 'fortran_order': {fortran}, 'shape': {tuple(shape)}, }}".encode()
    start = 10 if version == 1 else 12
    text += b" " * (-(start + len(text) + 1) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    data = struct.pack(f"<{len(values)}{DTYPES[dtype][0]}", *values)
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def parse_npy(data):
    """(dtype, shape, values) of a version 1.0 file in C order."""
    assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
    (length,) = struct.unpack_from("<H", data, 8)
    header = eval(data[10 : 10 + length], {"__builtins__": {}})
    assert (10 + length) % 64 == 0 and header["fortran_order"] is False
    letter = DTYPES[header["descr"]][0]
    count = (len(data) - 10 - length) // struct.calcsize("<" + letter)
    values = struct.unpack_from(f"<{count}{letter}", data, 10 + length)
    return header["descr"], header["shape"], list(values)


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, pixel, colour_type=2, more=b""):
    """A picture of 8 bits a channel, RGB unless told; `pixel(x, y)` gives the bytes of one, `more` are whole chunks."""
    rows = b"".join(
        b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + more
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def png_header(data):
    """(width, height, bits, colour type) of a whole PNG file."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[-8:-4] == b"IEND"
    return struct.unpack_from(">IIBB", data, 16)


def png_chunks(data):
    """Name and body of one after the other."""
    at = 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def png_pixels(data):
    """Rows of a PNG of 8 bits a channel, as lists of tuples; by the specification."""
    width, height, bits, colour_type = png_header(data)
    assert bits == 8
    step = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]  # bytes a pixel
    packed = b"".join(body for kind, body in png_chunks(data) if kind == b"IDAT")
    raw, above, rows = zlib.decompress(packed), bytes(step * width), []
    for y in range(height):
        kind, *line = raw[y * (step * width + 1) :][: step * width + 1]
        row = bytearray(line)
        for i, value in enumerate(row):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            guess = left + above[i] - corner
            nearest = min((left, above[i], corner), key=lambda v: abs(guess - v))
            row[i] = (value + (0, left, above[i], (left + above[i]) // 2, nearest)[kind]) & 255
        above = row
        rows.append([tuple(row[i : i + step]) for i in range(0, len(row), step)])
    return rows


def varint(number):
    number &= (1 << 64) - 1
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """A protobuf field: bytes and text are length-delimited, numbers are varints."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor_desc(dtype, dims):
    return field(1, DTYPES[dtype][1]) + b"".join(field(2, dim) for dim in dims)


def variable(name, dtype, dims, persistable=False):
    tensor = field(1, tensor_desc(dtype, dims))
    return field(1, name) + field(2, field(1, 7) + field(3, tensor)) + field(3, int(persistable))


def operator(kind, inputs, outputs, attributes=()):
    """`inputs` and `outputs` map slots to one variable each; attributes are integers."""

    def slots(number, variables):
        return b"".join(field(number, field(1, s) + field(2, v)) for s, v in variables.items())

    attrs = b"".join(field(4, field(1, n) + field(2, 0) + field(3, i)) for n, i in attributes)
    return slots(1, inputs) + slots(2, outputs) + field(3, kind) + attrs


def program(variables, operators, version=2006002):
    block = field(1, 0) + field(2, 0)
    block += b"".join(field(3, v) for v in variables) + b"".join(field(4, o) for o in operators)
    return field(1, block) + field(4, field(1, version))


def feed(name, column=0):
    return operator("feed", {"X": "feed"}, {"Out": name}, [("col", column)])


def fetch(name, column=0):
    return operator("fetch", {"X": name}, {"Out": "fetch"}, [("col", column)])


def parameter(dtype, dims, values):
    """A record of a parameter file."""
    desc = tensor_desc(dtype, dims)
    data = struct.pack(f"<{len(values)}{DTYPES[dtype][0]}", *values)
    return struct.pack("<IQIi", 0, 0, 0, len(desc)) + desc + data


def picture_network(weights=(1.0, 0.0, 0.0)):
    """Program and parameters of sigmoid(1x1 convolution) on pictures of any size."""
    variables = [
        variable("x", "<f4", (-1, 3, -1, -1)),
        variable("w", "<f4", (1, 3, 1, 1), True),
        variable("c", "<f4", (-1, 1, -1, -1)),
        variable("s", "<f4", (-1, 1, -1, -1)),
    ]
    operators = [
        feed("x"),
        operator("conv2d", {"Input": "x", "Filter": "w"}, {"Output": "c"}),
        operator("sigmoid", {"X": "c"}, {"Out": "s"}),
        fetch("s"),
    ]
    return program(variables, operators), parameter("<f4", (1, 3, 1, 1), weights)


def two_input_network():
    """out0 = a + b in int32, out1 = relu(c) in float32."""
    variables = [
        variable("a", "<i4", (-1, 2)),
        variable("b", "<i4", (-1, 2)),
        variable("c", "<f4", (3,)),
        variable("sum", "<i4", (-1, 2)),
        variable("positive", "<f4", (3,)),
    ]
    operators = [
        feed("a"),
        feed("b", 1),
        feed("c", 2),
        operator("relu", {"X": "c"}, {"Out": "positive"}),
        operator("elementwise_add", {"X": "a", "Y": "b"}, {"Out": "sum"}),
        fetch("positive", 1),
        fetch("sum", 0),
    ]
    return program(variables, operators)


def constant_network(values):
    """No input at all: relu(w)."""
    dims = (len(values),)
    variables = [variable("w", "<f4", dims, True), variable("y", "<f4", dims)]
    operators = [operator("relu", {"X": "w"}, {"Out": "y"}), fetch("y")]
    return program(variables, operators), parameter("<f4", dims, values)
