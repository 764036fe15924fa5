"""Shape and the window formula: windows enumerated one by one, TensorFlow's SAME from its definition, errors."""

from itertools import product

import pytest

from costcalc.ops.shape import Shape, WindowError, extent, keep_pads, same_pads, window


def starts(size, k, s, d, pads, *, ceil=False):
    """Enumerate the first pixels of every window, by walking; the input's pixels are 0 to size - 1."""
    before, after = pads
    # rounding up lets the last window hang over the padded input by less than one stride
    end = size + after + (s - 1 if ceil else 0)
    found = []
    at = -before
    while all(at + d * tap < end for tap in range(k)):
        found.append(at)
        at += s
    if ceil:  # such a window has to begin on the input, or in the padding before it
        found = [at for at in found if at < size]
    return found


GRID = list(product((1, 2, 3, 4, 5), (1, 2, 3, 5), (1, 2, 3)))  # kernel, stride, dilation


@pytest.mark.parametrize(("k", "s", "d"), GRID)
@pytest.mark.parametrize("ceil", [False, True], ids=["floor", "ceil"])
def test_window_counts_the_windows_that_fit(k, s, d, ceil):
    for size, before, after in product(range(1, 11), range(4), range(4)):
        if ceil and max(before, after) >= extent(k, d):
            continue  # pools refuse such padding, where a window would see no input
        fit = len(starts(size, k, s, d, (before, after), ceil=ceil))
        if fit:
            assert window(size, k, s, d, (before, after), ceil) == fit, (size, before, after)
        else:
            with pytest.raises(WindowError):
                window(size, k, s, d, (before, after), ceil)


@pytest.mark.parametrize(("k", "s", "d"), GRID)
def test_every_pixel_that_a_ceil_window_adds_is_there_for_the_tail(k, s, d):
    # rounding up never adds more than one window, and none where the windows end exactly with the input
    for size in range(extent(k, d), 12):
        down, up = window(size, k, s, d, (0, 0)), window(size, k, s, d, (0, 0), ceil=True)
        exact = (size - extent(k, d)) % s == 0
        assert up - down in ((0,) if exact else (0, 1))


# tf.nn's notes say it by remainders: filter - stride where the stride divides, filter - remainder where it does not
def tensorflow_same(size, k, s, d):
    filter_size = d * (k - 1) + 1
    along = max(filter_size - s, 0) if size % s == 0 else max(filter_size - size % s, 0)
    return along // 2, along - along // 2


@pytest.mark.parametrize(("k", "s", "d"), GRID)
def test_same_pads_are_tensorflows_and_keep_the_size(k, s, d):
    for size in range(1, 20):
        pads = same_pads(size, k, s, d)
        assert pads == tensorflow_same(size, k, s, d), size
        covered = window(size, k, s, d, pads)
        assert (covered - 1) * s < size <= covered * s, size  # ceil(size / s), without a division
        assert window(size, k, s, d, pads, ceil=True) == covered


@pytest.mark.parametrize(
    ("size", "k", "s", "d", "pads"),
    [
        pytest.param(224, 3, 2, 1, (0, 1), id="odd pixel goes after"),
        pytest.param(225, 3, 2, 1, (1, 1), id="odd size is symmetric"),
        pytest.param(7, 2, 2, 1, (0, 1), id="even kernel"),
        pytest.param(5, 1, 2, 1, (0, 0), id="a stride over the kernel needs none"),
        pytest.param(28, 3, 1, 2, (2, 2), id="dilated"),
        pytest.param(224, 7, 2, 1, (2, 3), id="7x7 stem"),
        pytest.param(1, 5, 3, 1, (2, 2), id="one pixel"),
    ],
)
def test_same_pads_of_known_cases(size, k, s, d, pads):
    assert same_pads(size, k, s, d) == pads


@pytest.mark.parametrize(("k", "s", "d"), [(k, s, d) for k, s, d in GRID if extent(k, d) % 2])
def test_keep_pads_are_symmetric_and_keep_the_size(k, s, d):
    before, after = keep_pads(k, d)
    assert before == after
    assert before + after + 1 == extent(k, d)
    for size in range(1, 20):
        kept = window(size, k, s, d, (before, after))
        assert (kept - 1) * s < size <= kept * s, size


@pytest.mark.parametrize(("k", "d", "pixels"), [(1, 1, 1), (1, 9, 1), (2, 1, 2), (2, 3, 4), (3, 1, 3), (3, 2, 5)])
def test_extent_spans_first_to_last_tap(k, d, pixels):
    assert extent(k, d) == pixels


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        pytest.param((2, 3, 1, 1, (0, 0)), "a window of 3 is larger than its input of 2", id="kernel"),
        pytest.param((6, 4, 1, 2, (0, 0)), "a window of 7 is larger than its input of 6", id="dilated kernel"),
        pytest.param(
            (2, 5, 1, 1, (1, 1)), "a window of 5 is larger than its input of 2 with 1 + 1 of padding", id="both pads"
        ),
        pytest.param(
            (2, 4, 1, 1, (0, 1)), "a window of 4 is larger than its input of 2 with 0 + 1 of padding", id="one pad"
        ),
        pytest.param((2, 3, 9, 1, (0, 0)), "a window of 3 is larger than its input of 2", id="the stride is no help"),
        pytest.param((1, 3, 2, 1, (0, 0), True), "a window of 3 is larger than its input of 1", id="ceil, by a stride"),
    ],
)
def test_window_that_does_not_fit(args, sentence):
    with pytest.raises(WindowError) as caught:
        window(*args)
    assert str(caught.value) == sentence
    assert caught.value.column == "k"
    assert isinstance(caught.value, ValueError)


def test_ceil_window_may_be_larger_than_its_input_by_less_than_a_stride():
    # PyTorch 2.13 measured: MaxPool2d(3, 2, ceil_mode=True) of 2x2 is 1x1; Caffe's formula gives the same
    assert window(2, 3, 2, 1, (0, 0), ceil=True) == 1
    assert window(1, 3, 3, 1, (0, 0), ceil=True) == 1


def test_shape_is_channels_height_width_and_prints_as_papers_do():
    shape = Shape(3, 224, 112)
    assert (shape.c, shape.h, shape.w) == shape == (3, 224, 112)
    assert shape.size == 3 * 224 * 112
    assert str(shape) == "224x112x3"
    with pytest.raises(AttributeError):
        shape.c = 4
