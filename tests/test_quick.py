"""What is counted the quick way gives what the plain way gives: pairs, sums over some layers, other sizes."""

import pytest

import costcalc
from costcalc.causes import CATALOGUE, TIERS
from costcalc.causes.diagnosis import PAIRS, Search
from costcalc.causes.stated import counts_in, searches_of
from costcalc.language.settings import resolve
from costcalc.unfold.interpreter import attempt
from costcalc.unfold.resized import Resizing


def searches(name, text="1.234567G", **settings):
    spec = costcalc.load(name)
    network = spec.build(**settings)
    given = {**spec.preset, **settings}
    return searches_of({(): network}, spec.definition, given, counts_in(text)[0])


CASES = (
    ("mobilenet_v1", {"width": 0.5}),
    ("resnet18", {}),
    ("shufflenet_v1", {}),
    ("squeezenet", {}),
)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_a_pair_counts_as_the_sum_over_all_layers_after_both(name, settings):
    met = 0
    for search in searches(name, **settings).values():
        for way in search.all_pairs("").ways:
            (side,) = way.asked.sides
            if way.asked.known is None and way.asked.changes[1:]:
                own = Search.tally_of()
                plain = sum(own.count(layer, way.asked._replace(tally=own)) for layer in side.layers)
                assert way.value == plain * way.asked.factor, way.did
                met += 1
    assert met > 50


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_ways_without_words_are_those_with_words(name, settings):
    met = 0
    for search in searches(name, **settings).values():
        for tier in TIERS:
            entries = [entry for entry in CATALOGUE.values() if entry.tier == tier]
            plain = [way for entry in entries for way in search.ways(entry, search.asked)]
            index = search.all_singles(tier)
            assert [(way.did, way.value) for way in plain] == [(way.did, way.value) for way in index.ways]
            assert index.ways[:3] == [*index.ways][:3]
            met += len(plain)
    assert met > 500


def test_ways_of_sizes_are_scaled_as_one_by_one():
    search = searches("resnet18", "12.34 MB")["params"]
    plain = [way for entry in CATALOGUE.values() if entry.tier == TIERS[-1] for way in search.ways(entry, search.asked)]
    assert [way.value for way in plain] == [item.value for item in search.all_singles(TIERS[-1]).items]
    assert search.at(PAIRS, counts_in("12.34 MB")[0]) == []


@pytest.mark.parametrize(
    ("name", "sizes", "fits"),
    [
        ("mobilenet_v1", (32, 33, 224, 227), True),
        ("densenet121", (31, 256), True),
        ("inception_v3", (74, 75, 299), True),  # 74 is too small for it
        ("efficientnet_b0", (65, 224), True),
        ("unet", (188, 572), False),  # its crops read sizes
        ("nasnet", (224,), False),  # it compares sizes
    ],
)
def test_layers_run_again_at_another_size_are_those_that_unfolding_gives(name, sizes, fits):
    spec = costcalc.load(name)
    resizing = Resizing(spec.definition, spec.build())
    assert ("res" in resizing.sizing) is fits
    for size in sizes if fits else ():
        settings = {**resizing.network.settings, "res": size}
        network, _ = attempt(spec.definition, settings)
        assert resizing.fits(settings)
        again = resizing.at(resolve(spec.definition, settings))
        assert (again and again.layers) == (network and network.layers)
        assert (again and again.fed) == (network and network.fed)


def test_other_settings_than_sizes_are_unfolded():
    spec = costcalc.load("mobilenet_v1")
    resizing = Resizing(spec.definition, spec.build())
    own = resizing.network.settings
    assert not resizing.fits({**own, "width": 0.5})
    assert not resizing.fits({**own, "width": 1})  # no float: cells may tell them apart
    assert not resizing.fits({"res": 192})
