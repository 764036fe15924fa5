"""The Python door: load, build, totals, groups, errors, pickling, the types it ships."""

import pickle
from importlib import resources
from pathlib import Path

import pytest

import costcalc

ROOT = Path(__file__).parent.parent


def test_load_build_totals():
    network = costcalc.load("mobilenet_v1").build(width=0.5, res=160)
    assert (network.totals.params, network.totals.macs, network.totals.activations) == (1331592, 76524800, 1287400)
    assert network.totals.weights == network.totals.figure("weights") == 1319648
    assert (network.input, network.settings["width"]) == ((3, 160, 160), 0.5)
    assert network.layers[0].out == (16, 80, 80)


def test_by_kind_has_the_lectures_shares():
    network = costcalc.load("mobilenet_v1").build()
    kinds = {group.label: group.totals for group in network.by("kind")}
    assert round(100 * kinds["Conv 1x1"].macs / network.totals.macs, 2) == 94.86
    assert round(100 * kinds["Conv 1x1"].weights / network.totals.weights, 2) == 74.59


def test_a_spec_knows_its_name_source_and_settings():
    spec = costcalc.load("mobilenet_v2")
    assert spec.name == "MobileNet V2"
    assert spec.source.startswith("Sandler et al. 2018")
    assert dict(spec.settings) == {"width": 1.0, "res": 224, "classes": 1000, "expand_first": False}


def test_a_path_is_a_spec_too(tmp_path):
    copy = tmp_path / "mine.yaml"
    copy.write_text((ROOT / "specs" / "mobilenet_v2.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert costcalc.load(str(copy)).build(width=1.4).totals.macs == 582195824
    assert costcalc.load(str(copy)).key == "mine"


def test_an_input_need_not_be_square():
    network = costcalc.load("mobilenet_v1").build(input=(3, 480, 640))
    assert network.totals.params == 4231976
    # every map of the network scales with the input's area; the classifier does not
    assert network.totals.conv_macs == 567716352 * (480 * 640) // (224 * 224)


def test_unknown_settings_and_names_are_errors():
    known = "`width`, `res`, `classes`, `expand_first`"
    with pytest.raises(costcalc.SpecError, match=rf"has no setting `widht`; did you mean `width`\? Available: {known}"):
        costcalc.load("mobilenet_v2").build(widht=1)
    with pytest.raises(costcalc.SpecError, match="did you mean `mobilenet_v1`"):
        costcalc.load("mobilnet_v1")


def test_results_are_frozen_and_survive_pickling():
    spec = costcalc.load("squeezenet")
    network = spec.build()
    assert pickle.loads(pickle.dumps(spec)).build().totals == network.totals  # noqa: S301
    assert pickle.loads(pickle.dumps(network)) == network  # noqa: S301
    with pytest.raises(AttributeError):
        network.layers[0].path = "x"


def test_the_package_says_that_it_is_typed():
    assert resources.files(costcalc).joinpath("py.typed").is_file()


def test_public_names_are_there():
    for name in costcalc.__all__:
        assert getattr(costcalc, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = costcalc.nothing


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((3, 8.5, 8), "the input must be a whole number, not 8.5"),
        ((3, 8), r"the input is \(channels, height, width\), not 2 numbers"),
        ((3, "8", 8), "the input must be a whole number, not the word `8`"),
        ((3, 0, 8), "the input must be at least 1, not 0"),
    ],
)
def test_an_input_is_three_whole_numbers(shape, message):
    with pytest.raises(costcalc.SpecError, match=message):
        costcalc.load("mobilenet_v1").build(input=shape)
