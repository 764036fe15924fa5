"""Mutations of text: bytes, tokens, lines, whole pieces of other inputs."""

import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

WORDS = [
    *(
        "0",
        "-1",
        "1",
        "3",
        "224",
        "1e3",
        "1e999",
        "0.1",
        "-0.0",
        "nan",
        "inf",
        "1/0",
        "1/3",
        "10**18",
        "9" * 19,
        "9" * 400,
        "0x10",
        "1_000",
    ),
    *(
        "true",
        "false",
        "~",
        "null",
        "yes",
        "",
        " ",
        "x",
        "input",
        "n",
        "c",
        "k",
        "width",
        "res",
        "a",
        "id",
        "above",
        "None",
        "class",
    ),
    *(
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        "- ",
        "? ",
        "| ",
        "> ",
        "&a ",
        "*a",
        "!t ",
        "#",
        "'",
        '"',
        "\\",
        "%",
        "@",
        "`",
        "...",
        "---",
        "\t",
        "<<: *a",
    ),
    *(
        "[[[[",
        "}}",
        "{a: {a: {a: ",
        "'\\x1b[31m'",
        '"\\x1b"',
        "\u202e",
        "\u009b",
        "\u200b",
        "\ufeff",
        "\u00e9",
        "e\u0301",
        "\u5b57",
        "\U0001f600",
    ),
    *(
        "conv",
        "dwconv",
        "fc",
        "add",
        "concat",
        "gap",
        "maxpool",
        "bn",
        "relu",
        "lstm",
        "attention",
        "matmul",
        "reshape",
        "up",
        "res",
        "inception",
    ),
    *(
        "op",
        "from",
        "when",
        "repeat",
        "layers",
        "branches",
        "join",
        "outputs",
        "shares",
        "stage",
        "name",
        "args",
        "inputs",
        "defaults",
        "fixed",
    ),
    *(
        "is",
        "printed",
        "erratum",
        "value",
        "holds",
        "formula",
        "grid",
        "within",
        "unit",
        "cut",
        "kind",
        "layer",
        "net",
        "nets",
        "where",
        "versus",
    ),
    *(
        "macs",
        "params",
        "flops",
        "peak",
        "rf",
        "bytes",
        "intensity",
        "out",
        "in",
        "3 M",
        "4.8 MB",
        "5 %",
        "1e9 MACs",
        "3x8x8",
        "1x1",
        "-1",
        "-2",
    ),
    *(
        "int(x.c / 2)",
        "divisible(c * width)",
        "c ** 64",
        "min(1, 2)",
        "x.c",
        "k == 3",
        "1 if true else 0",
        "round(2.5)",
        "sqrt(-1)",
        "log(0)",
    ),
    *(
        "/etc/passwd",
        "../n.yaml",
        "n.yaml",
        "vgg16",
        "alexnet",
        "k40",
        "fp32",
        "int4",
        "burden",
        "\0",
        "\r",
        "\r\n",
        "\n",
        "\n\n",
        "\u2028",
        "\x85",
    ),
    *(
        "--width",
        "--set",
        "a=1",
        "a=b=c",
        "=",
        "width=",
        "0.5:1:0",
        "1:0:1",
        "0:1:1e-9",
        "macs >",
        "macs < 3 and",
        "--format",
        "json",
        "-o",
        "-",
        "--",
    ),
]
TOKEN = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\.[0-9]+)?|[^\sA-Za-z0-9_]")


VALUES = (
    None,
    True,
    "",
    "x",
    "same",
    -1,
    0,
    1,
    2,
    1.5,
    10**9,
    10**30,
    [],
    {},
    [None],
    [1, 2],
    [[]],
    {"class_name": "x"},
)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place of a value: what holds it, and its key there."""
    for key in [*tree] if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield tree, key
        yield from _places(tree[key])


class Mutator:
    """Makes inputs of others, by one source of chance."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.words = [word.encode("utf-8", "surrogatepass") for word in WORDS]

    def __call__(self, data: bytes, other: bytes) -> bytes:
        """Return bytes with one to some mutations, most often one."""
        for _ in range(self.rng.choice((1, 1, 1, 1, 1, 1, 2, 2, 3))):
            data = self.rng.choice(WAYS)(self, data, other)
        return data[:60_000]

    def span(self, data: bytes, most: int = 40) -> tuple[int, int]:
        """Return a short part of some bytes."""
        start = self.rng.randint(0, len(data))
        return start, min(len(data), start + self.rng.randint(0, most))

    def token(self, data: bytes) -> tuple[int, int]:
        """Return the place of a word, a number or a mark."""
        found = [match.span() for match in TOKEN.finditer(data)]
        return self.rng.choice(found) if found else (0, 0)

    def byte(self, data: bytes, other: bytes) -> bytes:
        """Put any byte in the place of one, or between two."""
        start = self.rng.randint(0, len(data))
        return data[:start] + bytes([self.rng.randrange(256)]) + data[start + self.rng.randint(0, 1) :]

    def drop(self, data: bytes, other: bytes) -> bytes:
        """Leave a part out."""
        start, end = self.span(data)
        return data[:start] + data[end:]

    def copy(self, data: bytes, other: bytes) -> bytes:
        """Put a part somewhere else too, perhaps often."""
        start, end = self.span(data)
        at, times = self.rng.randint(0, len(data)), self.rng.choice((1, 1, 1, 2, 8, 64))
        return data[:at] + data[start:end] * times + data[at:]

    def word(self, data: bytes, other: bytes) -> bytes:
        """Put a word of the list in the place of one."""
        start, end = self.token(data)
        return data[:start] + self.rng.choice(self.words) + data[end:]

    def insert(self, data: bytes, other: bytes) -> bytes:
        """Put a word of the list behind one."""
        _, end = self.token(data)
        return data[:end] + self.rng.choice((b"", b" ", b", ")) + self.rng.choice(self.words) + data[end:]

    def borrowed(self, data: bytes, other: bytes) -> bytes:
        """Put a word of another input in the place of one."""
        (start, end), (first, last) = self.token(data), self.token(other)
        return data[:start] + other[first:last] + data[end:]

    def number(self, data: bytes, other: bytes) -> bytes:
        """Change a number a little, or a lot."""
        found = [match for match in re.finditer(rb"\d+", data) if len(match[0]) < 40]
        if not found:
            return data
        match = self.rng.choice(found)
        value = int(match[0])
        new = self.rng.choice((value + 1, value - 1, value * 2, value * 1000, -value, 0, 10 ** min(value, 30)))
        return data[: match.start()] + str(new).encode() + data[match.end() :]

    def lines(self, data: bytes, other: bytes) -> bytes:
        """Drop, double, swap, indent or borrow a line."""
        parts, theirs = data.split(b"\n"), other.split(b"\n")
        one, two = self.rng.randrange(len(parts)), self.rng.randrange(len(parts))
        way = self.rng.randrange(6)
        if way == 0:
            del parts[one]
        elif way == 1:
            parts[one:one] = [parts[one]] * self.rng.choice((1, 2, 20))
        elif way == 2:
            parts[one], parts[two] = parts[two], parts[one]
        elif way == 3:
            parts[one] = b"  " + parts[one]
        elif way == 4:
            parts[one] = parts[one].strip()
        else:
            parts[one] = self.rng.choice(theirs)
        return b"\n".join(parts)

    def value(self, data: bytes, other: bytes) -> bytes:
        """Put something else, or a copy of another one, in the place of a value of JSON."""
        with suppress(ValueError, RecursionError):
            tree = json.loads(data)
            places = list(_places(tree))
            (holder, key), (theirs, there) = (
                self.rng.choice(places or [([0], 0)]),
                self.rng.choice(places or [([0], 0)]),
            )
            holder[key] = self.rng.choice((*VALUES, deepcopy(theirs[there]), deepcopy(theirs[there])))
            return json.dumps(tree).encode("utf-8", "surrogatepass")
        return self.word(data, other)

    def splice(self, data: bytes, other: bytes) -> bytes:
        """Begin as one input and end as another."""
        return data[: self.rng.randint(0, len(data))] + other[self.rng.randint(0, len(other)) :]


WAYS = (
    *(
        Mutator.byte,
        Mutator.drop,
        Mutator.copy,
        Mutator.word,
        Mutator.word,
        Mutator.word,
        Mutator.insert,
        Mutator.insert,
    ),
    *(
        Mutator.value,
        Mutator.borrowed,
        Mutator.borrowed,
        Mutator.number,
        Mutator.number,
        Mutator.lines,
        Mutator.lines,
        Mutator.splice,
    ),
)
