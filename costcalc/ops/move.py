"""Layers that move elements: shuffle, slice, pad, crop, tokens, grid, transpose, cells, upsample, identity."""

from typing import Annotated

from costcalc.common.errors import Name
from costcalc.ops.cost import Cost, OpError
from costcalc.ops.declare import MOVED, NEITHER, NEW, NO_FILTER, PART, WHOLE, Memory, Ran, layer_type
from costcalc.ops.schema import Channels, Groups, Kernel, Multiple, OneOf, Padding, Sides, Size, Start, Tokens, Window
from costcalc.ops.shape import Pads, Pair, Shape, called


@layer_type(Name("shuffle", ()), label="Channel shuffle", filter=NO_FILTER, keeps=NEITHER, memory=NEW)
def shuffle(x: Shape, /, *, g: Groups) -> Cost:
    """Channel shuffle over `g` groups.

    Shapes: kept. Counts: moved_elems = c * h * w. Errors: c that `g` does not divide.
    Source: Zhang et al. 2018, arXiv:1707.01083, section 3.1.
    """
    if x.c % g:
        raise OpError(f"groups of {g} do not divide the {x.c} input channels", "g")
    return Cost(x, moved_elems=x.size, activations=x.size)


@layer_type(Name("slice", ()), label="Slice", filter=NO_FILTER, keeps=NEITHER, memory=PART)
def slice_(x: Shape, /, *, c: Channels, start: Start = 0) -> Cost:
    """Slice: `c` channels, the first ones or those from `start` on (from 0).

    Shapes: (c_in, h, w) -> (c, h, w). Counts: moved_elems = c * h * w. Errors: a slice that ends past the last channel.
    Source: Ma et al. 2018, arXiv:1807.11164, section 3, "Channel Split and ShuffleNet V2".
    """
    if start + c > x.c:
        raise OpError(f"channels {start} to {start + c - 1} end past the last input channel, {x.c - 1}", "c")
    out = Shape(c, x.h, x.w)
    return Cost(out, moved_elems=out.size, activations=out.size)


@layer_type(Name("identity", ()), label="Identity", filter=NO_FILTER, keeps=NEITHER, memory=WHOLE)
def identity(x: Shape, /) -> Cost:
    """Identity: the input as it is.

    Shapes: kept. Counts: activations only. Errors: none. Source: He et al. 2016, arXiv:1603.05027, section 2.
    """
    return Cost(x, activations=x.size)


Target = Annotated[Pair, Sides(1, of_rows=True)]
Mode = Annotated[str, OneOf(("nearest", "bilinear"), off=False)]


def _four(op: str, p: str | Pads | None) -> Pads:
    """Return four sides in numbers, which are all that `pad` and `crop` take."""
    if not isinstance(p, tuple):
        raise OpError(f"`{op}` takes numbers for `p`, not `same`", "p")
    return p


@layer_type(
    Name("pad", ("zeropad2d", "zeropadding2d", "zero_padding", "padding", "reflectionpad2d")),
    label="Pad",
    filter=MOVED,
    keeps=NEITHER,
    memory=NEW,
)
def pad(x: Shape, /, *, p: Padding = (0, 0, 0, 0), c: Multiple = None) -> Cost:
    """Pad with zeros (or anything else): `p` on the sides, in conv's order, and channels up to `c`.

    Shapes: (c_in, h, w) -> (c, h + p_top + p_bottom, w + p_left + p_right), c = c_in unless given.
    Counts: activations only. Errors: a `c` below c_in; `p: same`.
    Source: PyTorch, `F.pad`; channels: He et al. 2015, arXiv:1512.03385, section 3.3, option A.
    """
    top, bottom, left, right = _four("pad", p)
    channels = x.c if c is None else c
    if channels < x.c:
        raise OpError(f"padding to {channels} channels is below the {x.c} that the input has", "c")
    out = Shape(channels, called(x.h + top + bottom, "h'"), called(x.w + left + right, "w'"))
    return Cost(out, activations=out.size)


@layer_type(
    Name("crop", ("cropping2d", "cropping", "center_crop")), label="Crop", filter=MOVED, keeps=NEITHER, memory=PART
)
def crop(x: Shape, /, *, p: Padding = (0, 0, 0, 0), c: Multiple = None) -> Cost:
    """Crop: `p` is what each side loses, in conv's order; the first `c` channels stay.

    Shapes: (c_in, h, w) -> (c, h - p_top - p_bottom, w - p_left - p_right), c = c_in unless given.
    Counts: activations only. Errors: a side that keeps nothing; a `c` over c_in; `p: same`.
    Source: Long et al. 2015, arXiv:1411.4038, section 4.2; Keras, `Cropping2D`.
    """
    top, bottom, left, right = _four("crop", p)
    for size, before, after in ((x.h, top, bottom), (x.w, left, right)):
        if before + after >= size:
            raise OpError(f"a crop of {before} + {after} leaves nothing of {size}", "p")
    channels = x.c if c is None else c
    if channels > x.c:
        raise OpError(f"the input has {x.c} channels, not {channels}", "c")
    out = Shape(channels, called(x.h - top - bottom, "h'"), called(x.w - left - right, "w'"))
    return Cost(out, activations=out.size)


def _tokens_memory(layer: Ran) -> Memory:
    """Return where tokens live: they are a view of the map, unless more are put before them."""
    return NEW if layer.args["extra"] else WHOLE


@layer_type(
    Name("tokens", ("patches", "flatten_patches", "cls_token", "class_token")),
    label="Tokens",
    filter=MOVED,
    keeps=NEITHER,
    memory=_tokens_memory,
)
def tokens(x: Shape, /, *, extra: Tokens = 0) -> Cost:
    """Line the places of a map up as tokens, in one row, behind `extra` learnt ones, such as a class token.

    Shapes: (c, h, w) -> (c, 1, extra + h * w). Counts: other = c * extra. Errors: none.
    Source: Dosovitskiy et al. 2021, arXiv:2010.11929, equation 1.
    """
    out = Shape(x.c, 1, called(x.h * x.w + extra, "w'"))
    return Cost(out, other=x.c * extra, activations=out.size)


@layer_type(Name("grid", ("reshape", "unflatten")), label="Grid", filter=MOVED, keeps=NEITHER, memory=PART)
def grid(x: Shape, /, *, to: Target) -> Cost:
    """Tokens as a map again: the last `to` places; extra tokens before them are dropped.

    Shapes: (c, h, w) -> (c, to_h, to_w). Counts: activations only. Errors: fewer places than the map has.
    Source: Ranftl et al. 2021, arXiv:2103.13413, section 3.
    """
    if to[0] * to[1] > x.h * x.w:
        raise OpError(f"{x.h * x.w} tokens are too few for a map of {to[0]}x{to[1]}", "to")
    out = Shape(x.c, called(to[0], "h'"), called(to[1], "w'"))
    return Cost(out, activations=out.size)


@layer_type(Name("transpose", ("permute",)), label="Transpose", filter=MOVED, keeps=NEITHER, memory=WHOLE)
def transpose(x: Shape, /) -> Cost:
    """Channels as places and places as channels, as MLP-Mixer mixes tokens.

    Shapes: (c, h, w) -> (h * w, 1, c). Counts: activations only. Errors: none.
    Source: Tolstikhin et al. 2021, arXiv:2105.01601, equation 1.
    """
    return Cost(Shape(called(x.h * x.w, "c_out"), 1, called(x.c, "w'")), activations=x.size)


@layer_type(
    Name("unshuffle", ("pixelunshuffle", "pixel_unshuffle", "space_to_depth", "patch_merging", "focus")),
    label="Unshuffle",
    filter=MOVED,
    keeps=NEITHER,
    memory=NEW,
)
def unshuffle(x: Shape, /, *, by: Kernel) -> Cost:
    """Places of each cell of `by` as channels of one place, as Swin Transformer merges patches.

    Shapes: (c, h, w) -> (c * by_h * by_w, h / by_h, w / by_w). Counts: moved_elems = c * h * w.
    Errors: a height or width that `by` does not divide: `pad` first. Source: PyTorch, `PixelUnshuffle`.
    """
    if x.h % by[0] or x.w % by[1]:
        raise OpError(f"cells of {by[0]}x{by[1]} do not divide a map of {x.h}x{x.w}: `pad` it first", "by")
    out = Shape(called(x.c * by[0] * by[1], "c_out"), called(x.h // by[0], "h'"), called(x.w // by[1], "w'"))
    return Cost(out, moved_elems=x.size, activations=out.size)


@layer_type(
    Name("pixelshuffle", ("pixel_shuffle", "depth_to_space", "subpixel", "sub_pixel")),
    label="Pixel shuffle",
    filter=MOVED,
    keeps=NEITHER,
    memory=NEW,
)
def pixelshuffle(x: Shape, /, *, by: Kernel) -> Cost:
    """Channels of each place as places of a cell of `by`, as sub-pixel convolutions scale up; features as a map.

    Shapes: (c, h, w) -> (c / (by_h * by_w), h * by_h, w * by_w). Counts: moved_elems = c * h * w.
    Errors: channels that the cell does not divide. Source: Shi et al. 2016, arXiv:1609.05158; PyTorch, `PixelShuffle`.
    """
    if x.c % (by[0] * by[1]):
        raise OpError(f"cells of {by[0]}x{by[1]} do not divide {x.c} channels", "by")
    out = Shape(called(x.c // (by[0] * by[1]), "c_out"), called(x.h * by[0], "h'"), called(x.w * by[1], "w'"))
    return Cost(out, moved_elems=x.size, activations=out.size)


@layer_type(
    Name("upsample", ("upsampling", "upsampling2d", "interpolate", "resize", "nearest", "bilinear")),
    label="Upsample",
    filter=MOVED,
    keeps=NEITHER,
    memory=NEW,
    either=("by", "to"),
)
def upsample(x: Shape, /, *, by: Window = None, to: Size = None, mode: Mode = "nearest") -> Cost:
    """Interpolation to `by` times the size, or `to` a size, which may be that of a row.

    Shapes: (c, h, w) -> (c, by_h * h, by_w * w) or (c, to_h, to_w). Counts: interp_elems = c * h' * w', whatever the
    mode.
    Errors: both or neither of `by` and `to`. Source: PyTorch, `F.interpolate`.
    """
    h, w = (x.h * by[0], x.w * by[1]) if by else to or (x.h, x.w)
    out = Shape(x.c, called(h, "h'"), called(w, "w'"))
    return Cost(out, interp_elems=out.size, activations=out.size)
