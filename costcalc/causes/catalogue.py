"""The catalogue: each mistake with its sentence for the student, its formula, where it applies; slips of the pen."""

from collections.abc import Callable, Mapping
from operator import ne

from costcalc.causes import layers, networks, results
from costcalc.causes.asked import MAC_COUNTS, Asked, Change
from costcalc.causes.entry import Entry, NearHit, Phase, Ways
from costcalc.causes.rarer import RARER
from costcalc.network.model import Layer

PARAM_COUNTS = ("params", "bias", "norm")


def _each(change: Change, counts: tuple[str, ...] = ()) -> Callable[[Asked], Ways]:
    """Return the ways of a mistake that is made in every layer: one, for these counts or for all."""

    def ways(asked: Asked) -> Ways:
        if not counts or asked.quantity in counts:
            yield "", asked._replace(changes=(*asked.changes, change))

    return ways


def _sized(change: Change) -> Callable[[Asked], Ways]:
    """Return the ways of a mistake in an output size: made in every layer, and carried on to the layers behind it."""

    def ways(asked: Asked) -> Ways:
        yield from _each(change)(asked)
        yield from networks.carried(asked, change)

    return ways


def _with_fc(change: Change) -> Callable[[Asked], Ways]:
    """Return the ways of a mistake that is made in the convolutions alone, or in the fully connected layers too."""

    def convolutions(layer: Layer) -> Layer | None:
        return None if layer.cost.fc_macs else change(layer)

    def ways(asked: Asked) -> Ways:
        costs = [layer.cost for side in asked.sides for layer in side.layers]
        both = any(cost.conv_macs for cost in costs)
        if both:
            yield "", asked._replace(changes=(*asked.changes, convolutions))
        if any(cost.fc_macs for cost in costs):
            yield "in fc layers too" if both else "", asked._replace(changes=(*asked.changes, change))

    return ways


def _norm_added(asked: Asked) -> Ways:
    """Yield batch norm among the parameters, or its elements among the multiply-accumulates."""
    change = layers.norm_as_macs if asked.quantity in MAC_COUNTS else layers.with_norm
    yield from _each(change, (*MAC_COUNTS, *PARAM_COUNTS))(asked)


def _bias_added(asked: Asked) -> Ways:
    yield from _each(layers.with_bias, (*MAC_COUNTS, *PARAM_COUNTS))(asked)


def _table(*entries: Entry) -> Mapping[str, Entry]:
    return {entry.name: entry for entry in (*entries, *RARER)}


# The simplest, which are the commonest, first. Each layer is counted on its true input, as a table prints it: a wrong
# output size reaches the next layer where there are a few alone, and in `pool-rounding`, which shows nowhere else.
# A mistake has three lines: its name and what you did; what was counted; where it shows, when and how it is made.
# fmt: off
CATALOGUE = _table(
    Entry("input-size", "slip", "used the input's size in place of the output's",
            "MACs = weights * h * w in place of weights * h' * w'",
            "convolutions with a stride, or whose padding does not keep the size",
            Phase.COUNTS, _each(layers.at_input_size), ("stride-ignored", "padding-same")),
    Entry("stride-ignored", "slip", "left the stride out",
            "h' = h + padding - k + 1 in place of floor((h + padding - k) / s) + 1",
            "a stride above 1; apart from `input-size` only where the padding does not keep the size",
            Phase.COLUMNS, _sized(layers.without_stride), ("input-size",)),
    Entry("padding-valid", "slip", "left the padding out",
            "h' = floor((h - k) / s) + 1",
            "layers with padding that changes the output's size", Phase.COLUMNS, _sized(layers.valid)),
    Entry("padding-same", "slip", "padded where there is no such padding",
            "h' = ceil(h / s)",
            "layers whose padding does not keep the size", Phase.COLUMNS, _sized(layers.same), ("input-size",)),
    Entry("groups-forgotten", "slip", "left the groups out",
            "weights = k * k * c_in * c_out in place of k * k * (c_in / g) * c_out",
            "1 < g < c_in", Phase.COLUMNS, _each(layers.without_groups)),
    Entry("depthwise-as-full", "slip", "took a depthwise convolution as a full one",
            "weights = k * k * c_in * c_out in place of k * k * c_out",
            "depthwise convolutions (g = c_in)", Phase.COLUMNS, _each(layers.as_full)),
    Entry("k-not-squared", "slip", "used k in place of k * k",
            "weights = k * (c_in / g) * c_out",
            "square kernels above 1x1", Phase.COUNTS, _each(layers.one_side)),
    Entry("input-channels-forgotten", "slip", "left the input's channels out",
            "weights = k * k * c_out in place of k * k * (c_in / g) * c_out",
            "convolutions and fc with more than one input channel for each filter",
            Phase.COUNTS, _with_fc(layers.without_input_channels), ("output-channels-forgotten",)),
    Entry("output-channels-forgotten", "slip", "left the output's channels out",
            "weights = k * k * (c_in / g)",
            "convolutions and fc; apart from `input-channels-forgotten` only where c_in / g is not c_out",
            Phase.COUNTS, _with_fc(layers.without_output_channels), ("input-channels-forgotten",)),
    Entry("bias-forgotten", "toggle", "left the biases out",
            "parameters = weights",
            "layers with a bias", Phase.COUNTS, _each(layers.without_bias, PARAM_COUNTS)),
    Entry("bias-added", "toggle", "counted a bias that is not asked for",
            "parameters = weights + c_out; MACs = (weights + c_out) * h' * w'",
            "parameters of layers without a bias; multiply-accumulates of every conv and fc",
            Phase.COUNTS, _bias_added, ("norm-added",)),
    Entry("norm-forgotten", "toggle", "left gamma and beta of batch norm out",
            "parameters = weights + bias",
            "layers with batch norm", Phase.COUNTS, _each(layers.without_norm, PARAM_COUNTS)),
    Entry("norm-added", "toggle", "counted batch norm that is not asked for",
            "parameters = weights + 2 * c_out; MACs = (weights + c_out) * h' * w'",
            "parameters of convolutions without batch norm; multiply-accumulates of layers with it",
            Phase.COUNTS, _norm_added, ("bias-added",)),
    Entry("stats-counted", "convention", "counted the running statistics of batch norm, which are not trained",
            "parameters = weights + 4 * c_out in place of weights + 2 * c_out",
            "layers with batch norm", Phase.COUNTS, _each(layers.with_stats, PARAM_COUNTS)),
    Entry("flops-for-macs", "unit", "counted two operations for each multiply-accumulate",
            "2 * MACs",
            "multiply-accumulates", Phase.RESULT, results.doubled),
    Entry("macs-for-flops", "unit", "counted a multiply-accumulate as one operation, and it is two",
            "FLOPs / 2",
            "FLOPs", Phase.RESULT, results.halved),
    Entry("fc-left-out", "toggle", "left the fully connected layers out",
            "the sum over the other layers",
            "networks with fc layers", Phase.PART, networks.fc_left_out),
    Entry("depthwise-alone", "structure", "counted the depthwise half alone",
            "k * k * c_in without c_in * c_out",
            "depthwise convolutions that a 1x1 follows", Phase.PART, networks.depthwise_alone),
    Entry("pointwise-alone", "structure", "counted the pointwise half alone",
            "c_in * c_out without k * k * c_in",
            "depthwise convolutions that a 1x1 follows", Phase.PART, networks.pointwise_alone),
    Entry("shortcut-forgotten", "structure", "left the convolutions of the shortcuts out",
            "the sum over the other layers",
            "shortcuts with a convolution of their own", Phase.PART, networks.projections_left_out),
    Entry("shortcut-counted", "counted", "counted the additions of the shortcuts",
            "MACs + c * h * w for each sum",
            "multiply-accumulates of networks with shortcuts", Phase.COUNTS, _each(layers.sum_as_macs, MAC_COUNTS)),
    Entry("repeat-left-out", "structure", "counted one repeat too few",
            "(n - 1) in place of n",
            "rows and groups that are repeated", Phase.PART, networks.repeat_left_out),
    Entry("repeat-added", "structure", "counted one repeat too many",
            "(n + 1) in place of n",
            "rows and groups that are repeated", Phase.PART, networks.repeat_added),
    Entry("classes-scaled", "law", "scaled the classifier's outputs with the width",
            "c_out = width * classes in place of classes",
            "networks at a width other than 1", Phase.PART, networks.classes_scaled),
    Entry("width-rounding", "law", "rounded the widths otherwise",
            "another rounding of width * c",
            "networks at a width other than 1 whose channels do not come out whole",
            Phase.NETWORK, networks.widths_rounded),
    Entry("other-reading", "toggle", "read the network's table otherwise",
            "the network of a declared alternative, such as an expansion counted at t = 1",
            "specs with `alternatives`", Phase.NETWORK, networks.alternatives),
    Entry("pool-rounding", "slip", "rounded the pools' output sizes the other way",
            "floor in place of ceil, or ceil in place of floor, and every layer behind it",
            "window pools whose stride does not divide what it has to cover", Phase.NETWORK, networks.pools_rounded),
    Entry("bytes-for-elements", "unit", "gave bytes where elements are asked for",
            "4 * elements",
            "counts of elements", Phase.RESULT, results.as_bytes),
    Entry("elements-for-bytes", "unit", "gave elements where bytes are asked for",
            "bytes * 8 / bits of an element",
            "sizes in bytes", Phase.RESULT, results.as_elements),
    Entry("bits-for-bytes", "unit", "gave bits where bytes are asked for",
            "8 * bytes",
            "sizes in bytes", Phase.RESULT, results.as_bits),
    Entry("1000-for-1024", "unit", "divided by 1,000s where the unit takes 1,024s (`MiB` for `MB`)",
            "bytes / 1,000^2, called MiB",
            "answers in KiB, MiB, GiB or TiB", Phase.RESULT, results.by_thousands),
    Entry("1024-for-1000", "unit", "divided by 1,024s where the unit takes 1,000s (`MB` for `MiB`)",
            "bytes / 1,024^2, called MB",
            "answers in k, M, G, T or kB, MB, GB, TB", Phase.RESULT, results.by_1024s),
    Entry("digits-cut", "unit", "cut the last digits off instead of rounding",
            "the value cut, not rounded",
            "shortened answers", Phase.RESULT, results.cut),
)
# What a number that nothing gives is near, and is not: no cause, never credited, in no gradebook. The first holds.
NEAR_HITS = (
    NearHit("digit-wrong", "one digit differs", "a digit in place of another", places=1),
    NearHit("digits-exchanged", "two digits are exchanged", "two digits, each in the other's place",
            places=2, made=results.exchanged),
    NearHit("hundred-off", "100 off", "the number + 100 or - 100", off=100),
    NearHit("thousand-off", "1,000 off", "the number + 1,000 or - 1,000", off=1000),
)
# fmt: on
BY_PLACES = {hit.places: hit for hit in NEAR_HITS if hit.places}
BY_OFF = {hit.off: hit for hit in NEAR_HITS if hit.off}


def slip_of(written: int, meant: int) -> str:
    """Return which slip of the pen makes one number of another, or nothing."""
    one, other = str(written), str(meant)
    hit = BY_PLACES.get(sum(map(ne, one, other))) if len(one) == len(other) else None
    if hit is None or (hit.made and not hit.made(one, other)):
        hit = BY_OFF.get(abs(written - meant))
    return hit.did if hit else ""
