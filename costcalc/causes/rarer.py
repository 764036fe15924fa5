"""The rarer entries of the catalogue: looked at where none of the commoner ones gives an answer."""

from collections.abc import Callable

from costcalc.causes import among, networks, slips, tools, wider
from costcalc.causes.asked import Asked, Change
from costcalc.causes.entry import Entry, Phase, Ways

PARAM_COUNTS = ("params", "weights", "bias", "norm")


def _each(*changes: Change, counts: tuple[str, ...] = ()) -> Callable[[Asked], Ways]:
    """Return the ways of slips that are made in every layer."""

    def ways(asked: Asked) -> Ways:
        if not counts or asked.quantity in counts:
            for change in changes:
                words = (change.__doc__ or "").partition(".")[0]
                yield words[:1].lower() + words[1:], asked._replace(changes=(*asked.changes, change))

    return ways


# fmt: off
RARER = (
    Entry("scaling-law", "law", "scaled the whole by a law that holds for a part of it",
            "the count at the default * (width or resolution as a share of it)^1, 2 or 3",
            "networks at a width or a resolution other than the default", Phase.RESULT, wider.laws, tier=2),
    Entry("setting-forgotten", "setting", "counted at another setting",
            "the count at the default, or of another variant of the family",
            "networks with settings", Phase.NETWORK, wider.forgotten_settings, tier=2),
    Entry("other-quotient", "unit", "divided otherwise",
            "b / a, 1 - a, a - 1, the share of another kind, layers for counts",
            "shares and ratios", Phase.RESULT, wider.other_share, tier=2),
    Entry("other-type", "memory", "took elements of another type",
            "elements * bits / 8 for other bits",
            "sizes in bytes", Phase.RESULT, wider.other_type, tier=2),
    Entry("memory-term", "memory", "counted memory that is not asked for",
            "2, 3 or 4 * bytes; bytes of outputs too",
            "sizes in bytes", Phase.RESULT, wider.memory_terms, tier=2),
    Entry("memory-size", "memory", "took another size of memory",
            "the peak, the sum of all outputs, what training holds",
            "sizes in bytes of whole networks", Phase.RESULT, wider.memory_sizes, tier=2),
    Entry("other-figure", "unit", "gave another figure of the same layers",
            "MACs for parameters, weights for MACs",
            "all but sizes", Phase.RESULT, wider.other_figure, tier=2),
    Entry("several-passes", "counted", "counted several passes",
            "3 * MACs, batch * MACs; half of them",
            "counts", Phase.RESULT, wider.times_batch, tier=2),
    Entry("map-size", "slip", "took another output size",
            "h' - 1, h' + 1, h' / s, h' * w for h' * w', h * h for h * w",
            "windows", Phase.COUNTS,
            _each(slips.one_short, slips.one_more, slips.stride_twice, slips.stride_on_one_side, slips.rows_squared,
                  slips.columns_squared, slips.undilated_padding, slips.strided_by_kernel, slips.pooled), tier=2),
    Entry("channels-mixed", "slip", "took other channels",
            "c_in for c_out, c_in * c_out for c_out",
            "layers with channels of their own", Phase.COUNTS,
            _each(slips.channels_kept, slips.input_on_both_sides, slips.channels_multiplied), tier=2),
    Entry("groups-mixed", "slip", "took the groups otherwise",
            "weights / g, weights * g^2, g for c_in / g",
            "grouped and depthwise convolutions", Phase.COUNTS,
            _each(slips.groups_on_both_sides, slips.groups_multiplied, slips.groups_for_channels, slips.as_depthwise,
                  slips.one_filter_for_all, slips.as_separable), tier=2),
    Entry("kernel-mixed", "slip", "took another kernel",
            "what a dilated kernel spans, 7 * 7 for 1 * 7, weights for a pool",
            "dilated kernels, kernels that are not square, pools", Phase.COUNTS,
            _each(slips.extent_for_kernel, slips.square_kernel, slips.pool_as_kernel, slips.pool_as_one_kernel),
            tier=2),
    Entry("flattened", "structure", "flattened a map otherwise",
            "c_in for c_in * h * w, c_in * h for it",
            "fully connected layers on a map", Phase.COUNTS,
            _each(slips.map_lost, slips.one_side_of_map, slips.map_put_out), tier=2),
    Entry("projection-added", "toggle", "gave the first block's shortcut a convolution too",
            "the sum + c * c, and its norm",
            "networks whose later shortcuts start with a convolution", Phase.PART, networks.projections_added, tier=2),
    Entry("bias-mixed", "toggle", "counted other biases",
            "one for each input, slice, place or layer; of convolutions alone; none of fc",
            "parameters", Phase.COUNTS,
            _each(slips.conv_bias, slips.fc_bias, slips.conv_bias_lost, slips.bias_for_inputs, slips.bias_for_layer,
                  slips.bias_for_slices, slips.bias_for_places, slips.bias_for_norm, slips.conv_bias_and_stats,
                  counts=PARAM_COUNTS), tier=2),
    Entry("norm-mixed", "toggle", "counted other parameters of norms",
            "gamma alone, one for every element, of the input's channels; in place of biases",
            "parameters", Phase.COUNTS,
            _each(slips.gamma_alone, slips.norm_for_places, slips.norm_of_inputs, slips.norm_for_bias, slips.norm_too,
                  counts=PARAM_COUNTS), tier=2),
    Entry("tool", "convention", "counted as a tool does",
            "the sum of what that tool counts",
            "multiply-accumulates and FLOPs", Phase.COUNTS, tools.tools, tier=2),
    Entry("counted-too", "counted", "counted what is not multiplied",
            "MACs + elements of activations, pools, sums, shuffles or outputs",
            "multiply-accumulates and FLOPs", Phase.COUNTS, tools.counted_too, tier=2),
    Entry("outputs-too", "counted", "counted other outputs too",
            "outputs of conv and fc + those of norms, of activations, the input",
            "outputs of layers", Phase.RESULT, wider.outputs_too, tier=2),
    Entry("pair-mixed", "structure", "mixed the two halves of a separable convolution",
            "their product, one full convolution, the sides of the other",
            "a depthwise convolution and the 1x1 behind it", Phase.PART, among.pairs_mixed, tier=2),
    Entry("other-readings", "toggle", "read the network's table otherwise in several places",
            "the network of several declared alternatives together",
            "specs with `alternatives`", Phase.NETWORK, networks.alternatives_together, tier=3),
    Entry("usual-setting", "setting", "counted at another usual setting",
            "the count at that setting",
            "networks with settings", Phase.NETWORK, wider.usual_settings, tier=3),
    Entry("repeats-ignored", "structure", "counted repeated rows once",
            "1 in place of n",
            "rows and groups that are repeated", Phase.PART, among.repeats_ignored, tier=4),
    Entry("other-strides", "structure", "strided otherwise, which the layers behind saw",
            "s = 1 or 2 in one layer, or that of a row in each of its repeats",
            "several layers", Phase.PART, among.other_strides, tier=4),
    Entry("layer-left-out", "structure", "left some layers out",
            "the sum over the others",
            "several layers", Phase.PART, among.left_out, tier=4),
    Entry("layer-twice", "structure", "counted some layers twice",
            "the sum and their share again",
            "several layers", Phase.PART, among.counted_twice, tier=4),
    Entry("layers-alone", "structure", "counted some layers alone",
            "their sum",
            "several layers", Phase.PART, among.alone, tier=4),
    Entry("layer-dress", "structure", "counted some layers with another norm, bias or groups",
            "the sum with these counted so",
            "several layers", Phase.PART, among.other_dress, tier=4),
    Entry("layer-input", "structure", "let some layers read other channels",
            "the sum with c_in of these",
            "several layers", Phase.PART, among.other_inputs, tier=4),
    Entry("layer-output", "structure", "let some layers put out other channels",
            "the sum with c_out of these",
            "several layers", Phase.PART, among.other_outputs, tier=4),
    Entry("layer-kernel", "structure", "took another kernel in some layers",
            "the sum with k * k of these",
            "several layers", Phase.PART, among.other_kernels, tier=4),
    Entry("layer-map", "structure", "counted some layers at another map",
            "the sum with h' * w' of these",
            "several layers", Phase.PART, among.other_maps, tier=4),
)
# fmt: on
