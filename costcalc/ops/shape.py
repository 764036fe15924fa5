"""Shape, and the one window formula that convolution and pooling share."""

from typing import NamedTuple

Pair = tuple[int, int]
Pads = tuple[int, int, int, int]


class Shape(NamedTuple):
    """The size of one sample's feature map: channels, height, width (elements)."""

    c: int
    h: int
    w: int

    @property
    def size(self) -> int:
        """Elements: c * h * w."""
        return self.c * self.h * self.w

    @property
    def doubt(self) -> str:
        """What a reader may want to know of an input that looks like height x width x channels, or nothing."""
        if not (self.w in (3, 4) and 16 <= self.h <= self.c):
            return ""
        read = f"{self.c} channels, height {self.h}, width {self.w}"
        return f"the input is read as {read}; for an image write {self.w}x{self.c}x{self.h}"

    def __str__(self) -> str:
        """Height x width x channels, as papers print it."""
        return f"{self.h}x{self.w}x{self.c}"


class Signal(Shape):
    """The size of a signal's map: channels and length, at height 1."""

    __slots__ = ()

    @property
    def shown(self) -> Pair:
        """What a reader sees of it."""
        return self.c, self.w


def called(value: int, name: str) -> int:
    """Return a value as it is; a symbol of `explain` takes the name that a textbook has for it."""
    take = getattr(value, "called", None)
    return take(name) if take else value


def called_pads(rows: Pair, columns: Pair) -> tuple[Pair, Pair]:
    """Return padding that follows from other columns as it is, its sides called top, bottom, left and right."""
    return (called(rows[0], "p_top"), called(rows[1], "p_bottom")), (
        called(columns[0], "p_left"),
        called(columns[1], "p_right"),
    )


class WindowError(ValueError):
    """A window that does not fit its input; `column` is the column at fault."""

    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column


def extent(k: int, d: int) -> int:
    """Return the pixels that a kernel of `k` taps spans at dilation `d`: d * (k - 1) + 1."""
    return d * (k - 1) + 1


def same_pads(size: int, k: int, s: int, d: int) -> Pair:
    """Return TensorFlow's SAME padding of one side as (before, after); the odd pixel goes after.

    Source: TensorFlow, `tf.nn` notes on padding: out = ceil(size / s), total = max((out - 1) * s + k - size, 0).
    """
    out = -(-size // s)
    total = max((out - 1) * s + extent(k, d) - size, 0)
    return total // 2, -(-total // 2)


def keep_pads(k: int, d: int) -> Pair:
    """Return the symmetric padding that keeps ceil(size / s) pixels; the kernel's extent must be odd."""
    half = d * (k - 1) // 2
    return half, half


def window(size: int, k: int, s: int, d: int, pads: Pair, ceil: bool = False) -> int:
    """Return the output pixels of one side: (size + before + after - extent) / s + 1, rounded down or up.

    With `ceil`, the last window may overhang by less than a stride, and one that would start in the padding after the
    input is dropped, as PyTorch's `ceil_mode` does (Caffe's pooling layer too, where a side has padding).
    Source: Dumoulin and Visin 2016, arXiv:1603.07285, relationship 15 (of version 2; relationship 6 undilated).
    """
    before, after = pads
    room = size + before + after - d * (k - 1) - 1
    out = (-(-room // s) if ceil else room // s) + 1
    if out < 1:
        padded = f" with {before} + {after} of padding" if before + after else ""
        raise WindowError("k", f"a window of {extent(k, d)} is larger than its input of {size}{padded}")
    return out - 1 if ceil and (out - 1) * s >= size + before else out
