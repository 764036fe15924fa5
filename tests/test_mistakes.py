"""The catalogue: a student makes each mistake, counted by hand, and is told exactly that; where several coincide, all."""

from fractions import Fraction

import pytest

from costcalc.analysis.api import bundled
from costcalc.causes import CATALOGUE, NEAR_HITS
from costcalc.causes.answers import VERDICTS, read_answer
from costcalc.causes.entry import KINDS
from costcalc.common.errors import Source, SpecError
from costcalc.network.figures import FIGURES
from costcalc.specfile import ASSIGNMENTS, load_as
from costcalc.teaching.assignments import Given
from costcalc.teaching.grading import Grader
from costcalc.teaching.grading.feedback import told_of
from costcalc.teaching.grading.grade import judged


def posed(question):
    """Return a question, given as the lines of its YAML, posed."""
    source = Source("hw.yaml", f"title: T\nquestions:\n  - {{id: q, {question}}}\n")
    assignment = load_as(source, ASSIGNMENTS)
    (question,) = Grader(assignment, bundled).questions({})
    return question


def found(question, text):
    return posed(question).search.explain(read_answer(text))


def named(question, text):
    """Return the names of the mistakes that give an answer, of each way in turn."""
    return [tuple(mistake.name for mistake in way.mistakes) for way in found(question, text).ways]


# (mistake, question, the student's own count, written out by hand). On each of these layers no other mistake gives it.
VALID = "layer: {op: conv, k: 7, c: 96, s: 2, p: valid}, in: 3x224x224"  # 7 * 7 * 3 * 96 on 109 x 109
PADDED = "layer: {op: conv, k: 5, c: 10, p: 2}, in: 3x12x12"
GROUPED = "layer: {op: conv, k: 3, c: 40, g: 2, bias: true}, in: 16x10x10"
DEPTHWISE = "layer: {op: dwconv, k: 5}, in: 3x12x12"
DRESSED = "layer: {op: conv, k: 3, c: 20, norm: bn}, in: 6x8x8"
BIASED = "layer: {op: conv, k: 3, c: 20, bias: true}, in: 6x8x8"
PLAIN = "layer: {op: conv, k: 3, c: 20}, in: 6x8x8"
PAIR = "layer: [{op: dwconv, k: 3}, {op: conv, k: 1, c: 128}], in: 64x56x56"
STRIDED = "layer: [{op: dwconv, k: 3, s: 2}, {op: conv, k: 1, c: 24}], in: 16x14x14"
CHAIN = "layer: [{op: conv, k: 3, c: 20}, {op: conv, k: 3, c: 7}], in: 6x8x8"
POOL = "layer: {op: maxpool, k: 3, s: 2, ceil: true}, in: 8x112x112"
STUDENTS = [
    ("input-size", f"ask: macs, {VALID}", 7 * 7 * 3 * 96 * 224 * 224),
    ("stride-ignored", f"ask: macs, {VALID}", 7 * 7 * 3 * 96 * 218 * 218),
    ("padding-valid", f"ask: macs, {PADDED}", 5 * 5 * 3 * 10 * 8 * 8),
    ("padding-same", f"ask: macs, {VALID}", 7 * 7 * 3 * 96 * 112 * 112),
    ("groups-forgotten", f"ask: weights, {GROUPED}", 3 * 3 * 16 * 40),
    ("depthwise-as-full", f"ask: params, {DEPTHWISE}", 5 * 5 * 3 * 3),
    ("k-not-squared", f"ask: macs, {GROUPED}", 3 * 8 * 40 * 10 * 10),
    ("input-channels-forgotten", f"ask: weights, {PLAIN}", 3 * 3 * 20),
    ("output-channels-forgotten", f"ask: weights, {PLAIN}", 3 * 3 * 6),
    ("bias-forgotten", f"ask: params, {BIASED}", 3 * 3 * 6 * 20),
    ("bias-added", f"ask: params, {PLAIN}", 3 * 3 * 6 * 20 + 20),
    ("bias-added", f"ask: macs, {PLAIN}", (3 * 3 * 6 + 1) * 20 * 8 * 8),
    ("norm-forgotten", f"ask: params, {DRESSED}", 3 * 3 * 6 * 20),
    ("norm-added", f"ask: params, {PLAIN}", 3 * 3 * 6 * 20 + 2 * 20),
    ("stats-counted", f"ask: params, {DRESSED}", 3 * 3 * 6 * 20 + 4 * 20),
    ("flops-for-macs", f"ask: macs, {PLAIN}", 2 * 3 * 3 * 6 * 20 * 8 * 8),
    ("macs-for-flops", f"ask: flops, {PLAIN}", 3 * 3 * 6 * 20 * 8 * 8),
    ("fc-left-out", "ask: macs, layer: [{op: conv, k: 3, c: 20}, {op: fc, c: 7}], in: 6x8x8", 3 * 3 * 6 * 20 * 8 * 8),
    ("depthwise-alone", f"ask: macs, {PAIR}", 3 * 3 * 64 * 56 * 56),
    ("pointwise-alone", f"ask: macs, {PAIR}", 64 * 128 * 56 * 56),
    ("shortcut-forgotten", "ask: weights, spec: resnet18", 11_678_912 - 64 * 128 - 128 * 256 - 256 * 512),
    ("shortcut-counted", "ask: macs, spec: mobilenet_v2", 300_774_272 + 24 * 56**2 + 2 * 32 * 28**2 + (3 * 64 + 2 * 96) * 14**2 + 2 * 160 * 7**2),
    ("repeat-left-out", "ask: macs, spec: mobilenet_v1", 568_740_352 - (9 * 512 + 512 * 512) * 14 * 14),
    ("repeat-added", "ask: macs, spec: mobilenet_v1", 568_740_352 + (9 * 512 + 512 * 512) * 14 * 14),
    ("classes-scaled", "ask: params, spec: mobilenet_v1, at: {width: 0.5}", 1_331_592 - 513 * 500),
    ("width-rounding", "ask: params, spec: mobilenet_v2, at: {width: 1.4}, part: '0'", 3 * 3 * 3 * 44 + 2 * 44),
    ("other-reading", "ask: macs, spec: mobilenet_v2", 300_774_272 + 32 * 32 * 112 * 112),
    ("bytes-for-elements", f"ask: weights, {PLAIN}", 4 * 3 * 3 * 6 * 20),
    ("elements-for-bytes", f"ask: weights, dtype: fp16, {PLAIN}", 3 * 3 * 6 * 20),
    ("bits-for-bytes", f"ask: weights, dtype: fp16, {PLAIN}", 16 * 3 * 3 * 6 * 20),
    ("1000-for-1024", "ask: params, dtype: fp32, spec: mobilenet_v1, digits: 4", "16.93 MiB"),
    ("1024-for-1000", "ask: params, dtype: fp32, spec: mobilenet_v1, digits: 4", "16.14 MB"),
    ("digits-cut", "ask: macs, spec: mobilenet_v2, digits: 3", "300 M"),
    # a wrong size that the layer behind it sees: by hand a student puts in what they have
    ("stride-ignored", f"ask: macs, {STRIDED}", (3 * 3 * 16 + 16 * 24) * 14 * 14),
    ("stride-ignored", f"ask: out, {STRIDED}", "14x14x24"),
    ("padding-valid", f"ask: macs, {CHAIN}", 3 * 3 * 6 * 20 * 6 * 6 + 3 * 3 * 20 * 7 * 4 * 4),
    ("padding-valid", f"ask: macs, {CHAIN}", 3 * 3 * 6 * 20 * 6 * 6 + 3 * 3 * 20 * 7 * 6 * 6),
    ("input-channels-forgotten", "ask: macs, layer: {op: fc, c: 10}, in: 64x1x1", 10),
    ("output-channels-forgotten", "ask: params, layer: {op: fc, c: 10}, in: 4x5x5", 4 * 5 * 5 + 10),
    ("input-channels-forgotten", "ask: macs, layer: [{op: conv, k: 3, c: 20}, {op: fc, c: 7}], in: 6x8x8", 3 * 3 * 20 * 64 + 64 * 7),
    ("input-channels-forgotten", "ask: macs, layer: [{op: conv, k: 3, c: 20}, {op: fc, c: 7}], in: 6x8x8", 3 * 3 * 20 * 64 + 20 * 64 * 7),
    ("depthwise-alone", "ask: macs, spec: mobilenet_v1", 17_385_984),  # the lecture's row for Conv DW 3x3
    ("pointwise-alone", "ask: macs, spec: mobilenet_v1", 539_492_352),  # and that for Conv 1x1
    ("width-rounding", "ask: params, spec: mobilenet_v2, at: {width: 0.35}, part: '0'", 3 * 3 * 3 * 8 + 2 * 8),
    ("elements-for-bytes", "ask: weights, dtype: int4, layer: {op: conv, k: 3, c: 5}, in: 3x8x8", 3 * 3 * 3 * 5),
    ("bits-for-bytes", "ask: weights, dtype: int4, layer: {op: conv, k: 3, c: 5}, in: 3x8x8", 4 * 3 * 3 * 3 * 5),
    # the rarer ones
    # 1280 scaled too: 640 less in the last convolution, with its norm, and half of the classifier's weights
    (
        "kept-width-scaled",
        "ask: params, spec: mobilenet_v2, at: {width: 0.5}",
        1_968_680 - 640 * (160 + 2) - 640 * 1000,
    ),
    ("scaling-law", "ask: macs, spec: mobilenet_v1, at: {width: 0.5}, digits: 3", "142 M"),
    ("scaling-law", "ask: macs, spec: mobilenet_v1, at: {width: 0.5}", 568_740_352 // 4),
    ("setting-forgotten", "ask: macs, spec: mobilenet_v1, at: {width: 0.75, res: 192}", 418_121_728),  # at width 1
    ("other-quotient", "ask: macs, kind: Conv DW 3x3, share: true, spec: mobilenet_v1, digits: 3", "94.9 %"),
    ("other-type", "ask: params, dtype: fp32, spec: mobilenet_v1", f"{4_231_976 * 2} bytes"),
    ("memory-term", "ask: params, dtype: fp32, spec: mobilenet_v1", f"{4_231_976 * 4 * 3} bytes"),  # Adam
    ("memory-size", "ask: params, dtype: fp32, spec: resnet50", "9633792 bytes"),  # the peak
    ("other-readings", "ask: params, spec: googlenet", 13_004_888),  # torchvision's, with its heads
    ("other-figure", "ask: params, spec: squeezenet", 832_667_936),
    ("several-passes", "ask: macs, spec: alexnet", 3 * 724_406_816),
    ("map-size", "ask: macs, layer: {op: conv, k: 3, s: 2, p: 1, c: 24}, in: 3x192x192", 27 * 24 * 48 * 48),
    ("channels-mixed", "ask: out, layer: {op: conv, k: 5, p: 0, c: 16}, in: 6x14x14", "10x10x6"),
    ("groups-mixed", "ask: weights, layer: {op: conv, k: 3, c: 256, g: 32}, in: 128x28x28", 9 * 128 * 256 * 32),
    ("kernel-mixed", "ask: macs, layer: {op: conv, k: 1x7, c: 192}, in: 128x17x17", 49 * 128 * 192 * 17 * 17),
    ("flattened", "ask: params, layer: {op: fc, c: 4096}, in: 256x6x6", 256 * 4096 + 4096),
    ("bias-added", "ask: params, spec: resnet50", 25_583_592),  # Keras
    ("projection-added", "ask: params, spec: resnet34", 21_797_672 + 64 * 64 + 2 * 64),
    ("bias-mixed", "ask: params, spec: googlenet", 6_998_552 - 7_280),  # of the convolutions
    ("norm-mixed", "ask: params, spec: googlenet", 7_005_832),  # in place of biases
    ("tool", "ask: macs, spec: resnet50", 4_111_514_624),  # thop 0.0.31.post2004101309
    ("tool", "ask: flops, spec: resnet50", 8_211_108_352),  # calflops 0.3.2
    ("tool", "ask: flops, spec: alexnet, at: {res: 227}", 2 * 724_406_816 - 659_272),  # one addition less each
    ("counted-too", "ask: flops, spec: vgg16", 2 * 15_470_264_320 + 13_555_712),
    ("outputs-too", "ask: activations, spec: mobilenet_v1", 5_043_688 + 5_042_688),
    ("pair-mixed", "ask: macs, layer: [{op: dwconv, k: 5, s: 2}, {op: conv, k: 1, c: 96}], in: 48x28x28", 25 * 48 * 96 * 14 * 14),
    ("usual-setting", "ask: macs, spec: mobilenet_v1", 186_400_768),  # at 128
    ("repeats-ignored", "ask: macs, spec: mobilenet_v1", 359_606_784),
    ("other-strides", "ask: macs, spec: mobilenet_v1", 533_833_216),  # the last stride of 2, as the table prints it
    ("layer-left-out", "ask: params, spec: squeezenet", 1_248_424 - 513_000),  # conv10
    ("layer-twice", "ask: params, spec: squeezenet", 1_248_424 + 197_184),  # fire9
    ("layers-alone", "ask: params, spec: alexnet", 58_631_144),
    ("layer-dress", "ask: params, spec: mobilenet_v1", 4_231_976 - 64),  # the stem without norm
    ("layer-input", "ask: params, spec: squeezenet, part: fire4", 256 * 32 + 32 + 32 * 128 + 128 + 9 * 32 * 128 + 128),
    ("layer-output", "ask: macs, layer: [{op: conv, k: 1, c: 144}, {op: dwconv, k: 3, s: 2}, {op: conv, k: 1, c: 34}], in: 24x56x56", 24 * 144 * 56**2 + 9 * 144 * 28**2 + 144 * 24 * 28**2),
    ("other-widths", "ask: macs, layer: [{op: conv, k: 1, c: 144}, {op: dwconv, k: 3, s: 2}, {op: conv, k: 1, c: 32}], in: 24x56x56", 24 * 192 * 56**2 + 9 * 192 * 28**2 + 192 * 32 * 28**2),  # 6 * 32
    ("layer-kernel", "ask: params, spec: alexnet", 60_965_224 - 16 * 48 * 256),  # conv2 as 3x3
    ("layer-map", "ask: macs, spec: squeezenet, part: fire5", (256 * 32 + 32 * 128 + 9 * 32 * 128) * 55 * 55),
]  # fmt: skip


@pytest.mark.parametrize(("name", "question", "figure"), STUDENTS, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(STUDENTS)])  # fmt: skip
def test_a_student_who_makes_one_mistake_is_told_exactly_that(name, question, figure):
    assert named(question, str(figure)) == [(name,)]


def test_a_pool_rounded_the_other_way():
    assert named(f"ask: out, {POOL}", "55x55x8") == [("pool-rounding",)]
    # with every pool rounded up, as the construction rules have it at 224, which the spec declares as an alternative too
    both = [("other-reading",), ("pool-rounding",)]
    assert named("ask: macs, spec: squeezenet, at: {res: 224}", str(818_924_576)) == both


def test_every_mistake_has_its_student():
    assert {name for name, *_ in STUDENTS} | {"pool-rounding"} == set(CATALOGUE)


def test_every_cause_is_of_a_kind():
    assert {cause.kind for cause in CATALOGUE.values()} == set(KINDS)


# (mistake, another that it equals, where they coincide): the column `equals`, in both directions
COINCIDE = [
    ("input-size", "stride-ignored", "ask: macs, layer: {op: conv, k: 3, c: 32, s: 2}, in: 3x224x224", 27 * 32 * 224 * 224),
    ("input-size", "padding-same", "ask: macs, layer: {op: conv, k: 3, c: 32, p: valid}, in: 3x20x20", 27 * 32 * 20 * 20),
    ("input-channels-forgotten", "output-channels-forgotten", "ask: weights, layer: {op: conv, k: 3, c: 20}, in: 20x8x8", 9 * 20),
    ("bias-added", "norm-added", f"ask: macs, {DRESSED}", (3 * 3 * 6 + 1) * 20 * 8 * 8),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "question", "figure"), COINCIDE)
def test_where_two_coincide_both_are_told(one, other, question, figure):
    assert {(one,), (other,)} <= set(named(question, str(figure)))
    assert {name for names in named(question, str(figure)) for name in names} <= {one, *CATALOGUE[one].equals}


def test_what_equals_what_is_said_on_both_sides():
    said = {frozenset((name, other)) for name, mistake in CATALOGUE.items() for other in mistake.equals}
    assert said == {frozenset((one, other)) for one, other, *_ in COINCIDE}
    for one, other in map(sorted, said):
        assert other in CATALOGUE[one].equals
        assert one in CATALOGUE[other].equals


def test_what_coincides_asks_for_the_next_figure():
    pools = "layer: [{op: conv, k: 3, c: 20, p: valid}, {op: conv, k: 1, c: 20}], in: 20x8x8"
    ways = found(f"ask: weights, {pools}", str(9 * 20 + 400)).ways
    assert not ways  # 1x1 too has its channels left out
    both = found("ask: weights, layer: {op: conv, k: 3, c: 20}, in: 20x8x8", str(9 * 20))
    assert told_of(both) == (
        "2 mistakes give this figure: you left the input's channels out; or you left the output's channels out. "
        "Here they give the same result: no intermediate figure tells them apart"
    )
    apart = found("ask: macs, layer: {op: conv, k: 3, c: 8, p: valid, s: 2}, in: 6x9x9", str(54 * 8 * 9 * 9))
    assert (
        told_of(apart)
        == "you used the input's size in place of the output's: MACs = weights * h * w in place of weights * h' * w'"
    )
    shared = found(f"ask: macs, {DRESSED}", str((54 + 1) * 20 * 64))
    assert told_of(shared) == (
        "2 mistakes give this figure: you counted a bias that is not asked for; or you counted batch norm that is not "
        "asked for. To tell which one, look at your parameters: 1,140 or 1,120, in this order"
    )


def test_where_no_other_figure_tells_them_apart_more_digits_do():
    shortened = found("ask: macs, spec: mobilenet_v1, digits: 3", "568 M")
    assert told_of(shortened) == (
        "2 mistakes give this figure: you left the fully connected layers out; or you cut the last digits off "
        "instead of rounding. To tell which one, look at more digits: 567,716,352 or 568,740,352, in this order"
    )


def test_the_places_of_one_mistake_are_told_only_where_each_needs_one():
    (way,) = found(f"ask: macs, {STRIDED}", str((9 * 16 + 16 * 24) * 14 * 14)).ways
    assert way.did == "left the stride out (and the layers behind it saw that)"
    (way,) = found("ask: macs, layer: {op: fc, c: 10}, in: 64x1x1", "64").ways
    assert way.did == "left the output's channels out"


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("ask: macs, spec: mobilenet_v1, digits: 3", "569", "the unit is missing: in M it is right"),
        ("ask: macs, spec: mobilenet_v1, digits: 3", "0.569", "the unit is missing: in G it is right"),
        ("ask: params, dtype: fp32, spec: mobilenet_v1, digits: 3", "16.1", "the unit is missing: in MiB it is right"),
        (f"ask: macs, {DEPTHWISE}", "10.8", "the unit is missing: in k it is right"),
    ],
)
def test_a_figure_without_its_unit_is_told_so(question, text, told):
    grade = judged(posed(question), text)
    assert (grade.verdict, grade.accepted, grade.told) == ("unit", False, told)


def test_one_digit_without_a_unit_is_simply_wrong():
    assert judged(posed(f"ask: macs, {PLAIN}"), "7").verdict == "wrong"  # 69,120 is 0.07 M, and 7 is nothing


def test_the_next_figure_is_that_of_a_layer_whatever_its_unit():
    # without its 2 groups this layer has twice the weights, and so as many MACs as it has operations
    both = found("ask: macs, layer: {op: conv, k: 3, c: 4, g: 2}, in: 4x8x8", str(2 * 9 * 2 * 4 * 64))
    assert told_of(both) == (
        "2 mistakes give this figure: you left the groups out; or you counted two operations for each multiply-accumulate. "
        "To tell which one, look at your weights: 144 or 72, in this order"
    )


def test_pairs_are_told_only_where_no_single_mistake_fits():
    both = 5 * 5 * 3 * 3 * 24 * 24 * 2  # a full convolution at the input's size, as operations: three mistakes
    assert named(f"ask: macs, {DEPTHWISE}", str(both)) == []
    strided = "ask: macs, layer: {op: dwconv, k: 5, s: 2}, in: 3x24x24"
    assert named(strided, str(5 * 5 * 3 * 3 * 24 * 24)) == [
        ("depthwise-as-full", "input-size"),
        ("stride-ignored", "depthwise-as-full"),
    ]
    assert named(strided, str(5 * 5 * 3 * 24 * 24)) == [("input-size",), ("stride-ignored",)]


# (a question, a figure, the causes): one that is rarer, and another
RARER_AND = [
    (  # 1280 scaled too, and no gamma and beta, of which the narrower last layer has 1,280
        "ask: params, spec: mobilenet_v2, at: {width: 0.5}",
        1_968_680 - 640 * (160 + 2) - 640 * 1000 - (18_544 - 1_280),
        ("kept-width-scaled", "norm-forgotten"),
    ),
    (  # on the map before the pool, as operations
        "ask: macs, spec: squeezenet, part: fire5",
        2 * (256 * 32 + 32 * 128 + 9 * 32 * 128) * 55 * 55,
        ("layer-map", "flops-for-macs"),
    ),
]


@pytest.mark.parametrize(("question", "figure", "causes"), RARER_AND)
def test_a_rarer_cause_and_another(question, figure, causes):
    assert causes in named(question, str(figure))


def test_three_digits_fit_pairs_by_chance():
    search = posed("ask: macs, spec: mobilenet_v2, at: {width: 1.4}").search
    assert len([way for way in search.all_pairs("M").ways if search.gives(way, read_answer("581 M"))]) > 5
    assert search.explain(read_answer("581 M")).ways == ()
    assert named("ask: macs, spec: mobilenet_v1", "0.78 G") == []  # as two do


HITS = {hit.name: hit for hit in NEAR_HITS}
MACS, PARAMS = "ask: macs, spec: mobilenet_v1", "ask: params, spec: mobilenet_v1"
LEFT_OUT = "near 567,716,352, which it would be if you left the fully connected layers out"
# (a question, a figure, what it is near, how): of figures of six digits and more, never credited, and no mistake
NEAR = [
    (MACS, "568_704_352", "near the right value", "digits-exchanged"),
    (MACS, "568_740_353", "near the right value", "digit-wrong"),
    (MACS, "568_740_252", "near the right value", "digit-wrong"),
    (MACS, "568_742_352", "near the right value", "digit-wrong"),
    (MACS, "567_716_452", LEFT_OUT, "digit-wrong"),
    (MACS, "568_739_352", "near the right value", "thousand-off"),
    (PARAMS, "4_232_076", "near the right value", "hundred-off"),
]


@pytest.mark.parametrize(("question", "figure", "near", "hit"), NEAR)
def test_a_slip_of_the_pen_is_said_as_near(question, figure, near, hit):
    grade = judged(posed(question), figure)
    assert grade.told.startswith(f"{near}: {HITS[hit].did}")
    assert (grade.verdict, grade.accepted, grade.mistakes) == ("wrong", False, ())


def test_every_near_hit_is_made_and_is_no_cause():
    assert {hit for *_, hit in NEAR} == HITS.keys()
    assert not HITS.keys() & CATALOGUE.keys()


def test_a_ratio_of_few_digits_is_no_pair():
    ratio = f"ask: macs, layer: {{op: conv, k: 3, c: 128}}, in: 64x56x56, versus: {{{PAIR}}}"
    assert named(ratio, "1") == []
    assert named(ratio, "9") == [("pointwise-alone",)]  # as the lecture has it for many channels
    assert any(posed(ratio).search.gives(way, read_answer("1")) for way in posed(ratio).search.all_pairs().ways)


def test_a_vector_that_is_wrong_is_no_size_of_a_mistake():
    assert named("ask: out, layer: {op: fc, c: 10}, in: 3x4x4", "11") == []


def test_no_mistake_is_told_of_a_figure_that_none_gives():
    assert named("ask: macs, spec: mobilenet_v1", "12345679") == []


def test_mistakes_of_a_network_are_made_in_every_layer():
    # MobileNet V1 with full convolutions in place of the depthwise ones alone, counted layer by layer
    widths = [(32, 112), (64, 56), (128, 56), (128, 28), (256, 28), (256, 14), *[(512, 14)] * 5, (512, 7), (1024, 7)]
    depthwise = sum(9 * c * size**2 for c, size in widths)
    full = sum(9 * c * c * size**2 for c, size in widths)
    figure = 568_740_352 - depthwise + full
    assert named("ask: macs, spec: mobilenet_v1", str(figure)) == [("depthwise-as-full",)]


def test_every_answer_that_a_mistake_gives_is_found_again():
    for name in ("mobilenet_v1", "mobilenet_v2", "resnet18", "squeezenet", "shufflenet_v1", "alexnet", "densenet121"):
        question = posed(f"ask: macs, spec: {name}")
        for way in question.search.all_singles().ways:
            if not way.asked.units and not way.asked.cut and Fraction(way.value).denominator == 1:
                again = question.search.explain(read_answer(str(way.value)))
                assert way.mistakes[0].name in {mistake.name for one in again.ways for mistake in one.mistakes}


def test_repeats_that_give_the_same_are_told_together():
    (way,) = found("ask: macs, spec: resnet18", str(1_814_073_344 - 2 * 9 * 64 * 64 * 56 * 56)).ways
    assert way.did == "counted one repeat too few (conv2_x or conv3_x or conv4_x or conv5_x)"


def test_a_layer_that_is_refused_is_told_where():
    with pytest.raises(SpecError) as error:
        posed("ask: macs, layer: {op: conv, k: 3, c: 8, g: 3}, in: 4x8x8")
    assert str(error.value) == (
        "hw.yaml:3:57: error: groups of 3 do not divide the 4 input channels\n"
        "    - {id: q, ask: macs, layer: {op: conv, k: 3, c: 8, g: 3}, in: 4x8x8}\n"
        "                                                          ^"
    )


def test_the_working_is_shown_where_no_mistake_fits():
    question = posed(f"ask: macs, {DEPTHWISE}")
    source = Source("a.yaml", "1234567")
    from costcalc.common.errors import Mark

    grader = Grader(None, bundled)
    grade = grader.answer(question, Given("1234567", Mark(source, 1, 1)))
    assert grade.told == (
        "no known mistake gives this; the working: "
        "conv_macs = k_h * k_w * (c_in / g) * c_out * h' * w' = 5 * 5 * 1 * 3 * 12 * 12 = 10,800; MACs = conv_macs = 10,800"
    )


LAYERS = (PAIR, POOL, GROUPED, DEPTHWISE, "layer: {op: fc, c: 10}, in: 4x9x9", "layer: {op: gap}, in: 4x9x9", "layer: {op: prelu}, in: 4x9x9")  # fmt: skip
TEXTS = ("0", "1", "11", "4.2M", "1x", "33 %", "12x12x3", "12x12", "16 MB", "3 GiB", "0.5", "2 h", "=1")


@pytest.mark.parametrize("layer", LAYERS)
def test_every_answer_to_every_quantity_gets_a_verdict(layer):
    for ask in (*FIGURES, "out"):
        for more in ("", ", digits: 2", ", share: true", ", dtype: fp16"):
            try:
                question = posed(f"ask: {ask}, {layer}{more}")
            except (AssertionError, SpecError):
                continue  # what does not go together, or a share of nothing
            for text in TEXTS:
                assert judged(question, text).verdict in VERDICTS


STEM = "ask: macs, layer: {op: conv, k: 3, s: 2, p: 1, c: 32}, in: 3x224x224"
# (question, an answer that is its working, what is told first): no entry of the catalogue is needed for that
WORKINGS = [
    (STEM, "3*3*3*32*224*224", "224 x 224 is the input; the output is 112 x 112"),
    (
        STEM,
        "9*3*32*111*111",
        "the output's height 112 is missing; the output's width 112 is missing; 111 is not a factor of it",
    ),
    (STEM, "3*3*32*112*112", "the input channels of a filter 3 is missing"),
    (STEM, "3^3*64*112^2", "the output channels 32 is missing; 64 is not a factor of it"),
    ("ask: macs, layer: {op: fc, c: 10}, in: 64x1x1", "64*11", "the outputs 10 is missing; 11 is not a factor of it"),
]


@pytest.mark.parametrize(("question", "text", "told"), WORKINGS)
def test_a_working_is_compared_factor_by_factor(question, text, told):
    grade = judged(posed(question), text)
    assert grade.verdict == "wrong"
    assert grade.told.startswith(told)


PRINTED = "ask: macs, spec: mobilenet_v1, at: {res: 160}, digits: 3, as: printed"


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        (PRINTED, "290 M", "as the source prints it"),  # 290,802,688 cut, in the lecture's table 7
        (PRINTED, "0.29G", "as the source prints it"),
        (PRINTED, "291 M", "right to 3 digits"),
        (PRINTED, "290802688", ""),
    ],
)
def test_a_printed_figure_is_right_where_it_is_asked_for(question, text, told):
    grade = judged(posed(question), text)
    assert (grade.accepted, grade.told) == (True, told)
    assert judged(posed(question.replace(", as: printed", "")), "290 M").accepted is False


def test_what_is_not_printed_cannot_be_asked_as_printed():
    with pytest.raises(SpecError) as found:
        posed("ask: macs, spec: mobilenet_v1, at: {res: 150}, as: printed")
    assert str(found.value) == (
        "hw.yaml:3:64: error: question `q` is `as: printed`, and nothing is reported of its macs\n"
        "    - {id: q, ask: macs, spec: mobilenet_v1, at: {res: 150}, as: printed}\n"
        "                                                                 ^^^^^^^"
    )
