"""The conventions of peers against what those tools print, and the totals of every bundled family against a framework."""

import pytest

import costcalc
from costcalc.common.errors import Source
from costcalc.network.metrics import CONVENTIONS, Measure
from costcalc.specfile import load_source
from costcalc.unfold.interpreter import build

TOOLS = ("fvcore", "torchprofile", "thop", "torchinfo", "ptflops", "ptflops-aten", "flopcounter")

# Printed by fvcore 0.1.5.post20221221, torchprofile 0.1.0, thop 0.1.1, torchinfo 1.8.0, ptflops 0.7.5 and PyTorch 2.13's
# FlopCounterMode for the models of torchvision 0.28 (MobileNet V1: a plain PyTorch one with an adaptive pool).
PRINTED = {
    "alexnet_one_tower": (714197696, 714197696, 714206912, 714682664, 716441128, 714682664, 1428376960),
    "vgg16": (15470289408, 15470289408, 15470314496, 15483821032, 15523225576, 15483821032, 30940528640),
    "resnet18": (1819065856, 1816557568, 1824033792, 1814083944, 1825313768, 1814074344, 3628146688),
    "resnet50": (4111512576, 4100300288, 4133742592, 4089238376, 4132436968, 4089185256, 8178368512),
    "densenet121": (2865546752, 2850005760, 2897007104, 2834246312, 2899843048, 2834162664, 5668323328),
    "squeezenet:res=224,ceil_mode=true": (819093576, 818925576, 819094576, 823270824, 836821960, 823270824, 1637849152),
    "squeezenet_1_1": (349320936, 349152936, 349321936, 351741288, 359982728, 351741288, 698303872),
    "mobilenet_v2": (314193216, 307453664, 327486720, 300809384, 320300008, 300775272, 601548544),
    "mobilenet_v2:width=1.4": (601430480, 591771040, 620489520, 582244760, 610186408, 582196824, 1164391648),
    "googlenet_bn": (1504878688, 1501603376, 1511332032, 1498391752, 1513907448, 1498377192, 2996752384),
    "inception_v3": (5731282144, 5724188032, 5749219168, 5713251528, 5747660552, 5713217096, 11426432192),
    "mobilenet_v1": (578875904, 573784064, 588962304, 568763240, 589012456, 568741352, 1137480704),
}

# torchvision's AlexNet and VGG pool their last maps onto themselves by an adaptive pool that stands in no paper's table:
# what tools count for its 256 * 6 * 6 and 512 * 7 * 7 inputs is the whole difference.
ADAPTIVE = {"alexnet_one_tower": 256 * 6 * 6, "vgg16": 512 * 7 * 7}
ADAPTIVE_FACTOR = {"fvcore": 1, "torchprofile": 1, "thop": 2, "ptflops": 2}


@pytest.mark.parametrize("name", PRINTED)
def test_a_convention_gives_what_its_tool_prints(name):
    spec, settings = name.partition(":")[0], dict(pair.split("=") for pair in name.partition(":")[2].split(",") if pair)
    values = {key: {"true": True}.get(value) or float(value) for key, value in settings.items()}
    network = costcalc.load(spec).build(**values)
    counted = {}
    for tool in TOOLS:
        missed = ADAPTIVE.get(spec, 0) * ADAPTIVE_FACTOR.get(tool, 0)
        counted[tool] = network._replace(measure=Measure(macs=CONVENTIONS[tool])).totals.macs + missed
    assert counted == dict(zip(TOOLS, PRINTED[name], strict=True))


# What the tools add to the 300 MACs of a 1x1 convolution from 3 to 4 channels on 5x5 for one row behind it: as a module
# or as a function that is called. The order is that of TOOLS.
ROWS = {
    ("relu", "module"): (0, 0, 0, 0, 200, 0, 0),
    ("relu", "function"): (0, 0, 0, 0, 100, 0, 0),
    ("relu6", "module"): (0, 0, 0, 0, 100, 0, 0),
    ("relu6", "function"): (0, 0, 0, 0, 100, 0, 0),
    ("silu", "module"): (0, 0, 0, 0, 100, 0, 0),
    ("silu", "function"): (0, 0, 0, 0, 100, 0, 0),
    ("leaky_relu", "module"): (0, 100, 0, 0, 100, 0, 0),
    ("leaky_relu", "function"): (0, 100, 0, 0, 0, 0, 0),
    ("prelu", "module"): (0, 0, 100, 4, 200, 0, 0),
    ("gelu", "module"): (0, 0, 0, 0, 200, 0, 0),
    ("gelu", "function"): (0, 0, 0, 0, 100, 0, 0),
    ("hswish", "module"): (0, 0, 0, 0, 0, 0, 0),
    ("sigmoid", "module"): (0, 0, 0, 0, 0, 0, 0),
    ("hsigmoid", "module"): (0, 0, 0, 0, 0, 0, 0),
    ("tanh", "module"): (0, 0, 0, 0, 0, 0, 0),
    ("bn", "module"): (200, 100, 400, 8, 200, 0, 0),
    ("ln", "module"): (500, 100, 400, 8, 100, 0, 0),
}


@pytest.mark.parametrize(("op", "coding"), ROWS, ids=" ".join)
def test_a_convention_gives_what_its_tool_adds_for_a_row(op, coding):
    text = "name: n\ninput: [3, 5, 5]\nlayers:\n  - {op: conv, k: 1, c: 4}\n  - {op: OP, coding: HOW}\n"
    source = Source("net.yaml", text.replace("OP", op).replace("HOW", coding))
    network = build(load_source(source))
    added = {
        tool: network._replace(measure=Measure(macs=CONVENTIONS[tool])).totals.macs
        - (600 if tool == "flopcounter" else 300)
        for tool in TOOLS
    }
    assert added == dict(zip(TOOLS, ROWS[op, coding], strict=True))


BURDEN = [
    ("alexnet", {}, 727362344),
    ("vgg16", {}, 15523175400),
    ("squeezenet", {"res": 224, "ceil_mode": True}, 836557024),
]


@pytest.mark.parametrize(("name", "settings", "operations"), BURDEN, ids=str)
def test_burden_gives_the_published_table(name, settings, operations):
    network = costcalc.load(name).build(**settings)
    assert network._replace(measure=Measure(macs=CONVENTIONS["burden"])).totals.macs == operations


# Counted by hooks on real implementations (torchvision 0.28, timm 1.0.31, own PyTorch models of the Caffe nets):
# params, norm, stats, conv and fc MACs, conv and fc outputs.
MEASURED = {
    "alexnet_one_tower": (61100840, 0, 0, 714188480, 494184),
    "alexnet": (60965224, 0, 0, 724406816, 659272),
    "alexnet:res=224": (60965224, 0, 0, 720608384, 648808),
    "vgg11": (132863336, 0, 0, 7609090048, 7435240),
    "vgg13": (133047848, 0, 0, 11308466176, 12252136),
    "vgg16": (138357544, 0, 0, 15470264320, 13556712),
    "vgg19": (143667240, 0, 0, 19632062464, 14861288),
    "resnet18": (11689512, 9600, 9600, 1814073344, 2484712),
    "resnet34": (21797672, 17024, 17024, 3663761408, 3739112),
    "resnet50": (25557032, 53120, 53120, 4089184256, 11114984),
    "resnet101": (44549160, 105344, 105344, 7801405440, 16232936),
    "resnet152": (60192808, 151424, 151424, 11513626624, 22555112),
    "densenet121": (7978856, 83648, 83648, 2834161664, 6900200),
    "densenet169": (14149480, 158400, 158400, 3359843328, 7301608),
    "densenet201": (20013928, 229056, 229056, 4291365888, 7853544),
    "densenet161": (28681000, 219936, 219936, 7727907072, 11064808),
    "squeezenet:res=224,ceil_mode=true": (1248424, 0, 0, 818924576, 4346248),
    "squeezenet": (1248424, 0, 0, 832667936, 4451272),
    "squeezenet_1_1": (1235496, 0, 0, 349151936, 2589352),
    "googlenet_bn": (6624904, 14560, 14560, 1498376192, 3227160),
    "googlenet_bn:aux=true": (13004888, 15072, 15072, 1506748416, 3235304),
    "googlenet": (6998552, 0, 0, 1582671872, 3227160),
    "googlenet:aux=true": (13378280, 0, 0, 1591044096, 3235304),
    "googlenet:res=299": (6998552, 0, 0, 2723011840, 5633416),
    "inception_v3": (23834568, 34432, 34432, 5713216096, 8968488),
    "inception_v3:aux=true": (27161264, 36224, 36224, 5718899296, 8973456),
    "nasnet_mobile": (5289978, 36738, 36738, 563638816, 7938035),
    "nasnet_large": (88753150, 196668, 196668, 23783414658, 90560452),
    "conv_mobilenet": (29294088, 11968, 11968, 4867293184, 3111912),
    "mobilenet_v1:width=1.0,res=224": (4231976, 21888, 21888, 568740352, 5043688),
    "mobilenet_v1:width=1.0,res=160": (4231976, 21888, 21888, 290675200, 2573800),
    "mobilenet_v1:width=0.75,res=224": (2585560, 16416, 16416, 325400448, 3783016),
    "mobilenet_v1:width=0.75,res=160": (2585560, 16416, 16416, 166396800, 1930600),
    "mobilenet_v1:width=0.5,res=224": (1331592, 10944, 10944, 149497088, 2522344),
    "mobilenet_v1:width=0.5,res=160": (1331592, 10944, 10944, 76524800, 1287400),
    "mobilenet_v1:width=0.25,res=224": (470072, 5472, 5472, 41030272, 1261672),
    "mobilenet_v1:width=0.25,res=160": (470072, 5472, 5472, 21059200, 644200),
    "mobilenet_v2:width=1.0,res=224": (3504872, 34112, 34112, 300774272, 6679112),
    "mobilenet_v2:width=1.0,res=96": (3504872, 34112, 34112, 56289152, 1227592),
    "mobilenet_v2:width=1.4,res=224": (6108776, 47936, 47936, 582195824, 9574424),
    "mobilenet_v2:width=1.4,res=96": (6108776, 47936, 47936, 108396784, 1759384),
    "mobilenet_v2:width=0.75,res=224": (2636424, 26640, 26640, 209069792, 5856304),
    "mobilenet_v2:width=0.75,res=96": (2636424, 26640, 26640, 39445472, 1076464),
    "mobilenet_v2:width=0.5,res=224": (1968680, 18544, 18544, 97131840, 3641112),
    "mobilenet_v2:width=0.5,res=96": (1968680, 18544, 18544, 18885440, 669592),
    "mobilenet_v2:width=0.35,res=224": (1677128, 14080, 14080, 59285808, 2863776),
    "mobilenet_v2:width=0.35,res=96": (1677128, 14080, 14080, 11934128, 526816),
    "shufflenet_v1:groups=1": (1530936, 14688, 14688, 143078976, 1913176),
    "shufflenet_v1:groups=2": (1732848, 20400, 20400, 140836512, 2547040),
    "shufflenet_v1:groups=3": (1864728, 24480, 24480, 137460672, 2999800),
    "shufflenet_v1:groups=4": (1967344, 27744, 27744, 134339776, 3362008),
    "shufflenet_v1:groups=8": (2433768, 39168, 39168, 138365952, 4629736),
    "shufflenet_v1:width=2": (5449776, 48960, 48960, 524045184, 5998600),
    "shufflenet_v1:width=1.5": (3441168, 36720, 36720, 292443552, 4358080),
    "shufflenet_v1:width=0.5": (717324, 12240, 12240, 37589856, 1500400),
    "shufflenet_v1:width=0.5,groups=8": (1010448, 19584, 19584, 40469760, 2362408),
    "shufflenet_v1:width=0.5,groups=4,mid_up=true": (777040, 13904, 13904, 37468832, 1698752),
    "shufflenet_v1:width=2,se=true": (8348136, 48960, 48960, 526925184, 6016960),
}


@pytest.mark.parametrize("name", MEASURED)
def test_totals_are_those_of_a_real_implementation(name):
    spec, _, riding = name.partition(":")
    settings = {}
    for pair in filter(None, riding.split(",")):
        key, value = pair.split("=")
        settings[key] = {"true": True, "false": False}.get(value, float(value) if value[0].isdigit() else value)
    totals = costcalc.load(spec).build(**settings).totals
    assert (totals.params, totals.norm, totals.stats, totals.macs, totals.activations) == MEASURED[name]


def test_every_convention_has_a_source_and_words():
    for convention in CONVENTIONS.values():
        assert convention.source
        assert convention.words
        assert convention.measures in ("macs", "params")
        assert convention.terms


# The same for rows with columns; of recurrent layers and attention only what the tools agree on at every run: how PyTorch
# computes those depends on the device.
WITH_COLUMNS = {
    "{op: gn, groups: 2}": (500, 100, 0, 8, 200, 0, 0),
    "{op: instance}": (500, 100, 400, 8, 200, 0, 0),
    "{op: instance, gamma: false, beta: false}": (400, 0, 200, 0, 100, 0, 0),
    "{op: rms}": (0, 0, 0, 4, 0, 0, 0),
    "{op: bn, gamma: false, beta: false}": (100, 0, 200, 0, 100, 0, 0),
    "{op: elu}": (0, 0, 0, 0, 200, 0, 0),
    "{op: elu, coding: function}": (0, 0, 0, 0, 0, 0, 0),
    "{op: selu}": (0, 0, 0, 0, 0, 0, 0),
    "{op: mish}": (0, 0, 0, 0, 0, 0, 0),
    "{op: softplus}": (0, 0, 0, 0, 0, 0, 0),
    "{op: prelu, slopes: 1}": (0, 0, 100, 1, 200, 0, 0),
    "{op: glu}": (0, 0, 0, 0, 0, 0, 0),
    "{op: swiglu}": (0, 50, 0, 0, 50, 0, 0),
    "{op: upsample, by: 2}": (400, 0, 400, 0, 800, 0, 0),
    "{op: upsample, by: 2, coding: function}": (400, 0, 0, 0, 400, 0, 0),
    "{op: upsample, by: 2, mode: bilinear}": (1600, 1600, 4400, 0, 800, 0, 0),
    "{op: upsample, by: 2, mode: bilinear, coding: function}": (1600, 1600, 0, 0, 400, 0, 0),
    "{op: avgpool, to: 5}": (100, 100, 200, 0, 200, 0, 0),
    "{op: avgpool, to: 3}": (100, 36, 136, 0, 200, 0, 0),
    "{op: avgpool, to: 10}": (100, 400, 500, 0, 200, 0, 0),
    "{op: avgpool, to: 3, coding: function}": (100, 36, 0, 0, 100, 0, 0),
    "{op: maxpool, to: 3}": (0, 0, 0, 0, 200, 0, 0),
    "{op: tconv, k: 3, c: 6, s: 2}": (5400, 21600, 21600, 21600, 5400, 5400, 10800),
    "{op: tconv, k: 3, c: 6, s: 2, bias: true}": (5400, 21600, 21600, 22200, 6000, 6000, 10800),
    "{op: tconv, k: 2, c: 6, s: 2}": (2400, 9600, 9600, 9600, 2400, 2400, 4800),
    "{op: linear, c: 7}": (700, 700, 700, 35, 875, 700, 1400),
    "{op: linear, c: 7, bias: false}": (700, 700, 700, 28, 700, 700, 1400),
    "{op: scale}": (0, 100, 0, 0, 0, 0, 0),
    "{op: offset, per: element}": (0, 0, 0, 0, 0, 0, 0),
    "{op: pad, p: 1}": (0, 0, 0, 0, 0, 0, 0),
    "{op: lstm, c: 6}": (0, 6000, 8400, 7200, 8700),
    "{op: lstm, c: 6, layers: 2, directions: 2}": (0, 33600, 43200, 38400, 44400),
    "{op: gru, c: 6}": (0, 0, 6450, 5400, 6450),
    "{op: attention, heads: 2, qkv: true}": (1600, None, 0, 0, 8350),
}


@pytest.mark.parametrize("row", WITH_COLUMNS)
def test_a_convention_gives_what_its_tool_adds_for_a_row_with_columns(row):
    text = f"name: n\ninput: [3, 5, 5]\nlayers:\n  - {{op: conv, k: 1, c: 4}}\n  - {row}\n"
    network = build(load_source(Source("net.yaml", text)))
    for tool, added in zip(TOOLS, WITH_COLUMNS[row], strict=False):
        macs = network._replace(measure=Measure(macs=CONVENTIONS[tool])).totals.macs
        assert added in (None, macs - (600 if tool == "flopcounter" else 300)), tool
