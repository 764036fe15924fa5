"""What is run: files of every kind to start from, the commands that take each kind, and options."""

from pathlib import Path
from typing import NamedTuple

from tests.fuzz import models

ROOT = Path(__file__).parent.parent.parent
SPECS = ROOT / "specs"
CORPUS = Path(__file__).parent / "corpus"
FILE, OTHER, OUT = "{file}", "{other}", "{out}"  # in a command: the file, one that goes with it, one to write

NET = "name: n\ninput: [3, res, res]\nsettings: {width: 1, res: 8}\nvariants: {small: {width: 0.5}}\nlayers:\n  - {op: conv, k: 3, c: 8 * width}\n  - {op: gap}\n  - {op: fc, c: 10}\n"
TABLE = """\
name: Net
source: Nobody 2020, Table 1
input: [3, res, res]
settings: {width: 1.0, res: 32, depth: 18, classes: 10}
choices: {depth: [18, 34]}
blocks:
  unit:
    args: [c, s=1]
    layers:
      - {op: conv, k: 3, c: c, s: s, norm: bn, act: relu, name: a}
      - {op: conv, k: 3, c: c, norm: bn, name: b}
      - {op: add, from: [x, b], when: s == 1 and x.c == c}
  inception: {branches: [[{op: conv, k: 1, c: 8}], [{op: conv, k: 3, c: 16}, {op: maxpool, k: 3, s: 1, p: same}]]}
columns: [op, k, {c: divisible(c * width)}, s, n]
layers:
  - [conv, 3, 16, 2, {name: stem, out: 16x16x16}]
  - [dwconv, 3, ~, 1, 2]
  - {repeat: 2, as: i, layers: [{op: unit, c: 16 * (i + 1), s: i + 1}]}
  - [inception]
  - {op: gap, name: pool}
  - {op: fc, c: classes, when: depth == 18}
variants: {small: {width: 0.5}, big: {depth: 34}}
alternatives: {without a stride: {res: 64}}
reported: {where: Table 1, params: 3 M, macs: {is: 40 M, printed: 41 M, erratum: misprinted}}
"""
CLAIMS = """\
source: Nobody 2020
nets: {v1: mobilenet_v1, small: "mobilenet_v1:width=0.5"}
sections:
  - where: Table 1
    net: v1
    columns: [id, is, value]
    claims:
      - [macs, 569 M, macs, {cut: true}]
      - [params, 4.2 M, params]
      - {id: ratio, is: "3.8", value: v1.macs / small.macs, within: 1 %}
      - {id: out, is: 7x7x1024, value: out, layer: sep13}
  - where: there
    places: {a: here, b: there}
    claims: [{id: f, is: 1/k, formula: 1 / k, value: 1 / k, grid: {k: [3, 5]}}, {id: h, is: less, holds: v1.macs > small.macs}]
"""
DEVICE = "name: d\nsource: s\ncounts: flops\npeak: {fp32: 1 T, fp16: 2 T}\nbandwidth: 10 GB\nwatts: 5\nnote: a note\n"
TIMES = 'name: t\nsource: s\ndevice: k40\ndtype: fp32\nbaseline: n.yaml\ninputs: [3x8x8, 3x16x16]\nmilliseconds:\n  n.yaml: [9, 11.5]\n  "n.yaml:width=0.5": [0.5, 1]\n'
HOMEWORK = """\
title: Homework
draw: {k: [3, 5], c: {from: 8, to: 32, by: 8}}
questions:
  - {id: a, text: "A {k}x{k} conv to {c}", points: 2, ask: macs, layer: {op: conv, k: k, c: c}, in: [3, 8, 8], rel: 1 %}
  - {id: b, ask: params, layer: [{op: dwconv, k: k}, {op: conv, k: 1, c: c}], in: 3x8x8, convention: no-norm}
  - {id: s, ask: macs, layer: {op: conv, k: k, c: 8}, in: [3, 8, 8], versus: {layer: {op: conv, k: 1, c: 8}, in: 3x8x8}, digits: 3}
  - {id: o, ask: out, layer: {op: conv, k: k, c: c, s: 2}, in: 3x9x9}
"""
FIXED = HOMEWORK.replace("draw: {k: [3, 5], c: {from: 8, to: 32, by: 8}}\n", "").replace("{k}x{k} conv to {c}", "conv")
FIXED = FIXED.replace("k: k", "k: 3").replace("c: c", "c: 8")
ANSWERS = "student: ada\nanswers: {a: 13824, b: 56 k, s: 9:1, o: 5x5x8}\n"
CLASS = 'student,a,b,s,o\nada,13824,"1,024",9,5x5x8\n"Bob ""B""",14 k,3 kB,9.0,8x5x5\nCy;D,,~,1e3,\n'

# of each kind of file: what to start from, and the commands that take one
TEXTS = {
    "spec": [NET, TABLE],
    "claims": [CLAIMS],
    "devices": [DEVICE],
    "latencies": [TIMES],
    "assignments": [HOMEWORK, FIXED],
    "answers": [ANSWERS],
    "class": [CLASS],
    "template": [HOMEWORK],
}
STARTS = {kind: [text.encode() for text in texts] for kind, texts in TEXTS.items()} | models.starts()
MODEL = """import F|import F --flat|import F --input 3x16x16 -o OUT --force|report F|report F --by block --format json|lint F
    |memory F --training|compare F n.yaml|explain F 0|roofline F --device k40"""
COMMANDS = {
    "spec": """lint F|lint F --format json|report F|report F --by layer|report F --by block --format json|memory F|memory F --training
        |verify F|explain F 0|explain F 1 --format json|compress F --density 0.5|compare F n.yaml|why F 12345|reconcile F 12345|roofline F --device k40
        |epoch F --images 9 --rate 3|check F --macs 3M --params 12|sweep F --width 0.5,1 --format csv|sweep F --set res=8,16|fit F --macs 1M
        |show F|report F --format html|report F --format latex|report F:small|layer conv --k 3 --c 8 --in 3x8x8|report F --plot shares|report -
        |page F|page F n.yaml --dtype fp16|export F --to torch|export F --to keras|export F --to scalesim""",
    "claims": "lint F|verify F|verify F --format json",
    "devices": "lint F|roofline n.yaml --device F|epoch n.yaml --images 9 --device F --efficiency 0.5|roofline n.yaml --device F --format json",
    "latencies": "lint F|latency F --files .|latency F --files . --format json|latency F",
    "assignments": "lint F|check F answers.yaml|check F class.csv|exercise F --seed 7|exercise F --seed 7 --assignment OUT --force",
    "answers": "lint F|check homework.yaml F|check homework.yaml F --format json|check homework.yaml F --format gradescope",
    "class": "check homework.yaml F|check homework.yaml F --format json|check homework.yaml F --format csv|exercise template.yaml --seed 3 --for F",
    "template": "exercise F --seed 3 --for class.csv --assignment OUT --force|exercise F --seed 4 --format latex",
    **dict.fromkeys(models.KINDS, MODEL),
}
# what is mutated as options: a line of arguments each
OPTIONS = """report n.yaml --width 0.5 --set res=8
report table.yaml:small --by stage --input 3x64x64
report n.yaml:width=0.5,res=16 --convention conv
sweep n.yaml --width 0.25:1:0.25 --where 'macs <= 300M and params > 3' --sort -macs --columns width,macs,peak
sweep n.yaml table.yaml --res 8:32:8 --pareto macs,params --limit 3 --format json
fit n.yaml --macs 1M --over width,res --width 0.5:2:0.5 --res 8,16
check n.yaml --macs '3*3*3*8*64' --params 1.2k --ask peak '4.8 MB' --part 0
why table.yaml '12.3 GFLOPs' --res 64
layer conv --k 3 --c 8 --in 3x8x8
explain table.yaml stem
memory table.yaml --dtype fp16 --batch 8 --budget '3 MB'
compress n.yaml --density 1/9 --bits 8
epoch n.yaml --images 1.2M --rate 9.5 --backward 1.5
compare n.yaml table.yaml --figures macs,params
exercise homework.yaml --seed 7 --format md
latency times.yaml --device k40
list --format csv
page n.yaml --over width=0.5..1.5:0.25 --choose res=8,16
export table.yaml --to keras --set depth=34
schema claims
show alexnet
lint n.yaml table.yaml""".splitlines()
BESIDE = {
    "n.yaml": NET,
    "table.yaml": TABLE,
    "homework.yaml": FIXED,
    "template.yaml": HOMEWORK,
    "answers.yaml": ANSWERS,
    "class.csv": CLASS,
    "times.yaml": TIMES,
}


class Case(NamedTuple):
    """One input: what it is a file of (or `options`), its bytes, and the arguments, in which `F` is the file."""

    kind: str
    data: bytes
    args: tuple[str, ...]


def commands_of(kind: str) -> list[tuple[str, ...]]:
    """Return the arguments of each command that takes a kind of file."""
    return [tuple(line.split()) for line in COMMANDS[kind].split("|")]


def corpus() -> list[tuple[str, bytes]]:
    """Return (kind, bytes) of each file that once broke something: the kind is the first part of its name."""
    return [(path.name.partition("-")[0], path.read_bytes()) for path in sorted(CORPUS.iterdir())]


def starts() -> list[tuple[str, bytes]]:
    """Return (kind, bytes) of everything that mutation starts from."""
    found = [(kind, data) for kind, pool in STARTS.items() for data in pool]
    found += [("options", line.encode()) for line in OPTIONS]
    folders = (
        ("spec", ""),
        ("claims", "claims"),
        ("devices", "devices"),
        ("latencies", "latencies"),
        ("assignments", "assignments"),
    )
    for kind, folder in folders:
        small = [path for path in sorted((SPECS / folder).glob("*.yaml")) if path.stat().st_size < 2_200]
        found += [(kind, path.read_bytes()) for path in small]
    return [*found, *((kind, data) for kind, data in corpus() if len(data) < 600)]
