"""Error paths: each wrong spec, file, setting and option with its whole message, and nothing but messages."""

import itertools
import os
import pickle
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from running import CliRunner

import costcalc
from costcalc.analysis.lint import lint_source
from costcalc.cli import main
from costcalc.common.errors import MAX_PROBLEMS, NOTES_SHOWN, Mark, Source, SpecError, listing, suggest
from costcalc.language.expr import MAX_CHARS, MAX_DEPTH, ExprError, evaluate, parse
from costcalc.ops.shape import Shape
from costcalc.specfile import examine
from costcalc.specfile.composer import MAX_ALIASED, MAX_NODES, compose
from costcalc.specfile.tree import MAX_BYTES, read_text
from costcalc.unfold.interpreter import MAX_LAYERS, MAX_STEPS
from costcalc.unfold.scope import MAX_WORK

SPECS = Path(__file__).parent.parent / "specs"
LEFT_OUT = {"name": "name: n", "input": "input: [3, 8, 8]"}

# Each case is a name, a spec and what `costcalc report` says of it. A name and an input of 3x8x8 are added below a spec
# that leaves them out, so that a line keeps its number.
CASES = """
=== no layers key
name: n
input: [3, 8, 8]
---
net.yaml:1:1: error: a spec needs `layers`
  name: n
  ^
=== an unknown key
layrs: []
layers: [{op: gap}]
---
net.yaml:1:1: error: a spec has no key `layrs`; did you mean `layers`?
  layrs: []
  ^^^^^
=== a duplicate key
layers: [{op: gap}]
layers: [{op: gap}]
---
net.yaml:2:1: error: duplicate key `layers`
  layers: [{op: gap}]
  ^^^^^^
=== a duplicate key of a row
layers:
  - {op: conv, k: 3, c: 8, k: 5}
---
net.yaml:2:28: error: duplicate key `k`
    - {op: conv, k: 3, c: 8, k: 5}
                             ^
=== no name
name:
layers: [{op: gap}]
---
net.yaml:1:6: error: `name` must be a text, not nothing
  name:
       ^
=== an input of four
input: [3, 8, 8, 8]
layers: [{op: gap}]
---
net.yaml:1:8: error: `input` must be [channels, height, width]: clips, which have a third side, are not counted; write one frame
  input: [3, 8, 8, 8]
         ^
=== an input with a gap
input: [3, ~, 8]
layers: [{op: gap}]
---
net.yaml:1:8: error: `input` must be [channels, height, width]
  input: [3, ~, 8]
         ^
=== no layers
layers: []
---
net.yaml:1:1: error: the network has no layers
  layers: []
  ^
=== layers that is a map
layers: {op: gap}
---
net.yaml:1:9: error: `layers` must be a list of rows, not a map
  layers: {op: gap}
          ^
=== a row that is a word
layers:
  - gap
---
net.yaml:2:5: error: a row must be a list under `columns:` or a map, not `gap`
    - gap
      ^^^
=== an integer over 10^18
layers:
  - {op: conv, k: 3, c: 1000000000000000001}
---
net.yaml:2:25: error: an integer over 10^18 is not allowed
    - {op: conv, k: 3, c: 1000000000000000001}
                          ^^^^^^^^^^^^^^^^^^^
=== a product over 10^18
layers:
  - {op: conv, k: 3, c: 10**9 * 10**10}
---
net.yaml:2:25: error: an integer over 10^18 is not allowed
    - {op: conv, k: 3, c: 10**9 * 10**10}
                          ^^^^^^^^^^^^^^
=== an output over 10^18
input: [1000000000, 1000000000, 8]
layers:
  - {op: flatten}
---
net.yaml:3:5: error: an output side over 10^18 is not allowed
    - {op: flatten}
      ^
=== a tower of powers
layers:
  - {op: conv, k: 3, c: 9**9**9}
---
net.yaml:2:25: error: an exponent over 64 is not allowed
    - {op: conv, k: 3, c: 9**9**9}
                          ^^^^^^^
=== an attribute
layers:
  - {op: conv, k: 3, c: x.__class__}
---
net.yaml:2:25: error: unknown attribute `.__class__`; available: `c`, `h`, `w`
    - {op: conv, k: 3, c: x.__class__}
                          ^^^^^^^^^^^
=== an import
layers:
  - {op: conv, k: 3, c: __import__('os')}
---
net.yaml:2:36: error: `'` has no meaning in an expression
    - {op: conv, k: 3, c: __import__('os')}
                                     ^
=== a subscript
layers:
  - {op: conv, k: 3, c: 'x[0]'}
---
net.yaml:2:27: error: `[` has no meaning in an expression
    - {op: conv, k: 3, c: 'x[0]'}
                            ^
=== a lambda
layers:
  - {op: conv, k: 3, c: '(lambda: 3)()'}
---
net.yaml:2:33: error: `:` has no meaning in an expression
    - {op: conv, k: 3, c: '(lambda: 3)()'}
                                  ^
=== a comprehension
layers:
  - {op: conv, k: 3, c: max(3 for y in z)}
---
net.yaml:2:25: error: `max` takes 2 values or more, not 1
    - {op: conv, k: 3, c: max(3 for y in z)}
                          ^^^^^^^^^^^^^^^^^
=== a string
layers:
  - {op: conv, k: 3, c: "'8'"}
---
net.yaml:2:26: error: `'` has no meaning in an expression
    - {op: conv, k: 3, c: "'8'"}
                           ^
=== a walrus
layers:
  - {op: conv, k: 3, c: '(y := 3)'}
---
net.yaml:2:29: error: `:` has no meaning in an expression
    - {op: conv, k: 3, c: '(y := 3)'}
                              ^
=== not an expression
layers:
  - {op: conv, k: 3, c: 8 +}
---
net.yaml:2:27: error: `8 +` is not an expression
    - {op: conv, k: 3, c: 8 +}
                            ^
=== an unknown function
layers:
  - {op: conv, k: 3, c: rond(8.5)}
---
net.yaml:2:25: error: unknown function `rond`; did you mean `round`? Available: `min`, `max`, `int`, `round`, `floor`, `ceil`, `divisible`, `sqrt`, `log`, `log2`
    - {op: conv, k: 3, c: rond(8.5)}
                          ^^^^^^^^^
=== too many arguments
layers:
  - {op: conv, k: 3, c: 'int(8, 9)'}
---
net.yaml:2:26: error: `int` takes 1 value, not 2
    - {op: conv, k: 3, c: 'int(8, 9)'}
                           ^^^^^^^^^
=== a division by zero
layers:
  - {op: conv, k: 3, c: 8 / (3 - 3)}
---
net.yaml:2:25: error: a division by zero
    - {op: conv, k: 3, c: 8 / (3 - 3)}
                          ^^^^^^^^^^^
=== an imaginary power
layers:
  - {op: conv, k: 3, c: (-8) ** 0.5}
---
net.yaml:2:25: error: the power of a negative number is not a real number
    - {op: conv, k: 3, c: (-8) ** 0.5}
                          ^^^^^^^^^^^
=== a number too large
layers:
  - {op: conv, k: 3, c: 1e999}
---
net.yaml:2:25: error: the number is too large to compute with
    - {op: conv, k: 3, c: 1e999}
                          ^^^^^
=== multiples of zero
layers:
  - {op: conv, k: 3, c: 'divisible(8, 0)'}
---
net.yaml:2:26: error: `divisible` cannot compute this: there are no multiples of 0
    - {op: conv, k: 3, c: 'divisible(8, 0)'}
                           ^^^^^^^^^^^^^^^
=== a negative size
layers:
  - {op: conv, k: 3, c: -8}
---
net.yaml:2:25: error: `c` must be at least 1, not -8
    - {op: conv, k: 3, c: -8}
                          ^^
=== a kernel of 0
layers:
  - {op: conv, k: 0, c: 8}
---
net.yaml:2:19: error: `k` must be at least 1, not 0
    - {op: conv, k: 0, c: 8}
                    ^
=== a fraction
settings: {width: 0.3}
layers:
  - {op: conv, k: 3, c: 8 * width}
---
net.yaml:3:25: error: `c` must be a whole number, not 2.4 (say how to round: `int`, `round`, `divisible`)
    - {op: conv, k: 3, c: 8 * width}
                          ^^^^^^^^^
=== a size of three
layers:
  - {op: conv, k: 3x5x7, c: 8}
---
net.yaml:2:19: error: `k` takes one number or two (height, width), not 3
    - {op: conv, k: 3x5x7, c: 8}
                    ^^^^^
=== a list of three
layers:
  - {op: conv, k: [3, 5, 7], c: 8}
---
net.yaml:2:19: error: a size is a list of one, two or four numbers: clips, which have a third side, are not counted; write [height, width]
    - {op: conv, k: [3, 5, 7], c: 8}
                    ^
=== a negative side
layers:
  - {op: conv, k: [3, -5], c: 8}
---
net.yaml:2:23: error: a size must be at least 0, not -5
    - {op: conv, k: [3, -5], c: 8}
                        ^^
=== a leading zero
layers:
  - {op: conv, k: 3, c: 010}
---
net.yaml:2:25: error: `010` has a leading zero: write `10`
    - {op: conv, k: 3, c: 010}
                          ^^^
=== base 60
layers:
  - {op: conv, k: 3, c: 3:20}
---
net.yaml:2:26: error: `:` has no meaning in an expression
    - {op: conv, k: 3, c: 3:20}
                           ^
=== on
layers:
  - {op: conv, k: 3, c: 8, bias: on}
---
net.yaml:2:34: error: `on` is not a truth value here: write `true`
    - {op: conv, k: 3, c: 8, bias: on}
                                   ^^
=== no
layers:
  - {op: conv, k: 3, c: 8, bias: no}
---
net.yaml:2:34: error: `no` is not a truth value here: write `false`
    - {op: conv, k: 3, c: 8, bias: no}
                                   ^^
=== a hexadecimal that is a size
layers:
  - {op: conv, k: 3, c: 0x10}
---
net.yaml:2:25: error: `c` must be a whole number, not the size 0x10
    - {op: conv, k: 3, c: 0x10}
                          ^^^^
=== a hexadecimal
layers:
  - {op: conv, k: 3, c: 0xff}
---
net.yaml:2:25: error: `0xff` is not allowed in a cell
    - {op: conv, k: 3, c: 0xff}
                          ^^^^
=== an underscore at the end
layers:
  - {op: conv, k: 3, c: 1_}
---
net.yaml:2:26: error: `1_` is not an expression
    - {op: conv, k: 3, c: 1_}
                           ^
=== thousands in a block map
layers:
  - op: conv
    k: 3
    c: 14,208
---
net.yaml:4:8: error: `14,208` has thousands commas: write `14208` or `14_208`
      c: 14,208
         ^^^^^^
=== thousands in a flow map
layers:
  - {op: conv, k: 3, c: 14,208}
---
net.yaml:2:28: error: `208` is a key with no value: a number has no thousands commas here
    - {op: conv, k: 3, c: 14,208}
                             ^^^
=== thousands in a list row
columns: [op, k, c]
layers:
  - [conv, 3, 14,208]
---
net.yaml:3:15: error: `14,208` has thousands commas: write `14208`, or a space after the comma between two cells
    - [conv, 3, 14,208]
                ^^^^^^
=== a key with no space
layers:
  - {op: conv, k: 3, c: 8, p:1}
---
net.yaml:2:28: error: `p:1` is a key with no value: write `p: 1`, with a space
    - {op: conv, k: 3, c: 8, p:1}
                             ^^^
=== a comma in a flow row
columns: [op, k, c]
layers:
  - [conv, 3, max(8, 4)]
---
net.yaml:3:22: error: the row has 4 cells for 3 columns; `4)` has no column: in a [ ] or { } row an expression with a comma needs quotes
    - [conv, 3, max(8, 4)]
                       ^^
=== a comma in a flow map
layers:
  - {op: conv, k: 3, c: max(8, 4)}
---
net.yaml:2:32: error: `4)` is a key with no value: in a [ ] or { } row an expression with a comma needs quotes
    - {op: conv, k: 3, c: max(8, 4)}
                                 ^^
=== a date
layers:
  - {op: conv, k: 3, c: 2020-01-01}
---
net.yaml:2:30: error: `2020-01-01` is not an expression
    - {op: conv, k: 3, c: 2020-01-01}
                               ^
=== infinity
layers:
  - {op: conv, k: 3, c: .inf}
---
net.yaml:2:25: error: `.inf` is not an expression
    - {op: conv, k: 3, c: .inf}
                          ^
=== a window larger than its input
layers:
  - {op: conv, k: 3, s: 4, c: 8}
  - {op: maxpool, k: 3}
---
net.yaml:3:22: error: a window of 3 is larger than its input of 2
    - {op: maxpool, k: 3}
                       ^
=== a dilated window
layers:
  - {op: conv, k: 3, d: 5, c: 8, p: 1}
---
net.yaml:2:19: error: a window of 11 is larger than its input of 8 with 1 + 1 of padding
    - {op: conv, k: 3, d: 5, c: 8, p: 1}
                    ^
=== an even kernel
layers:
  - {op: conv, k: 2, c: 8}
---
net.yaml:2:19: error: an even kernel (2x2) has no symmetric padding that keeps the size: say `p` (a number, `same` or `valid`)
    - {op: conv, k: 2, c: 8}
                    ^
=== padding over the window
layers:
  - {op: maxpool, k: 2, p: 2}
---
net.yaml:2:28: error: padding of 2 is as large as the window of 2
    - {op: maxpool, k: 2, p: 2}
                             ^
=== groups of the input
layers:
  - {op: conv, k: 3, c: 8, g: 2}
---
net.yaml:2:31: error: groups of 2 do not divide the 3 input channels
    - {op: conv, k: 3, c: 8, g: 2}
                                ^
=== groups of the output
layers:
  - {op: conv, k: 3, c: 8, g: 3}
---
net.yaml:2:31: error: groups of 3 do not divide the 8 output channels
    - {op: conv, k: 3, c: 8, g: 3}
                                ^
=== a multiplier that is none
layers:
  - {op: dwconv, k: 3, c: 8}
---
net.yaml:2:27: error: 8 output channels must be a multiple of the 3 input channels
    - {op: dwconv, k: 3, c: 8}
                            ^
=== a slice past the end
layers:
  - {op: slice, c: 2, start: 2}
---
net.yaml:2:20: error: channels 2 to 3 end past the last input channel, 2
    - {op: slice, c: 2, start: 2}
                     ^
=== a shuffle that does not divide
layers:
  - {op: shuffle, g: 2}
---
net.yaml:2:22: error: groups of 2 do not divide the 3 input channels
    - {op: shuffle, g: 2}
                       ^
=== add of unequal shapes
layers:
  - {op: conv, k: 1, c: 8, name: a}
  - {op: add, from: [input, a]}
---
net.yaml:3:22: error: `add` needs sides that are equal or 1, not 8x8x3 and 8x8x8
    - {op: add, from: [input, a]}
                       ^^^^^
=== concat of unequal sizes
layers:
  - {op: maxpool, k: 2, name: a}
  - {op: concat, from: [input, a]}
---
net.yaml:3:25: error: `concat` needs equal heights and widths, not 8x8x3 and 4x4x3
    - {op: concat, from: [input, a]}
                          ^^^^^
=== mul of unequal channels
layers:
  - {op: conv, k: 1, c: 8, name: a}
  - {op: mul, from: [input, a]}
---
net.yaml:3:22: error: `mul` needs sides that are equal or 1, not 8x8x3 and 8x8x8
    - {op: mul, from: [input, a]}
                       ^^^^^
=== branches that do not meet
blocks:
  b:
    branches:
      - [{op: gap}]
      - [{op: relu}]
layers:
  - {op: b}
---
net.yaml:4:7: error: `concat` needs equal heights and widths, not 1x1x3 and 8x8x3
        - [{op: gap}]
        ^
while unfolding `b` at net.yaml:7:5 (0)
=== a name used before it is defined
layers:
  - {op: add, from: [input, later]}
  - {op: relu, name: later}
---
net.yaml:2:29: error: no row or input named `later` above this row
    - {op: add, from: [input, later]}
                              ^^^^^
=== a shape read before it is defined
layers:
  - {op: conv, k: 1, c: later.c}
  - {op: relu, name: later}
---
net.yaml:2:25: error: unknown row or input `later`
    - {op: conv, k: 1, c: later.c}
                          ^^^^^
=== a caller's name
blocks:
  b: {layers: [{op: gap, from: stem}]}
layers:
  - {op: relu, name: stem}
  - {op: b}
---
net.yaml:2:32: error: no row or input named `stem` above this row
    b: {layers: [{op: gap, from: stem}]}
                                 ^^^^
=== the network's input in a block
blocks:
  b: {layers: [{op: add, from: [x, input]}]}
layers:
  - {op: b}
---
net.yaml:2:36: error: no row or input named `input` above this row: a block reads inputs of its own, here `x`
    b: {layers: [{op: add, from: [x, input]}]}
                                     ^^^^^
=== a block in itself
blocks:
  a: {layers: [{op: b}]}
  b: {layers: [{op: a}]}
layers:
  - {op: a}
---
net.yaml:3:21: error: a block must not contain itself: `a -> b -> a`
    b: {layers: [{op: a}]}
                      ^
while unfolding `a` at net.yaml:3:16 (0/0/0)
while unfolding `b` at net.yaml:2:16 (0/0)
while unfolding `a` at net.yaml:5:5 (0)
=== a misspelt op
layers:
  - {op: cnov, k: 3, c: 8}
---
net.yaml:2:10: error: unknown op or block `cnov`; did you mean `conv`?
    - {op: cnov, k: 3, c: 8}
           ^^^^
=== a misspelt column of a row
layers:
  - {op: conv, k: 3, c: 8, stride: 2}
---
net.yaml:2:28: error: a row has no key `stride`; did you mean `s`?
    - {op: conv, k: 3, c: 8, stride: 2}
                             ^^^^^^
=== a misspelt column
columns: [op, k, bais]
layers:
  - [relu]
---
net.yaml:1:18: error: nothing reads column `bais`: no op or block takes it, and `data:` does not keep it; did you mean `bias`?
  columns: [op, k, bais]
                   ^^^^
=== a misspelt word
layers:
  - {op: conv, k: 3, c: 8, act: rleu}
---
net.yaml:2:33: error: unknown name `rleu`; did you mean `relu`?
    - {op: conv, k: 3, c: 8, act: rleu}
                                  ^^^^
=== a misspelt word in a default
defaults: {conv: {act: rleu}}
layers:
  - {op: conv, k: 3, c: 8}
---
net.yaml:1:24: error: `act` cannot be `rleu`; did you mean `relu`?
  defaults: {conv: {act: rleu}}
                         ^^^^
=== a misspelt setting
settings: {width: 1}
layers:
  - {op: conv, k: 3, c: 8 * widht * width}
---
net.yaml:3:29: error: unknown name `widht`; did you mean `width`?
    - {op: conv, k: 3, c: 8 * widht * width}
                              ^^^^^
=== a misspelt setting of a variant
settings: {depth: 1}
variants: {a: {dept: 2}}
layers:
  - {op: conv, k: 3, c: depth}
---
net.yaml:2:16: error: unknown setting `dept`; did you mean `depth`?
  variants: {a: {dept: 2}}
                 ^^^^
=== a misspelt setting of a header
settings: {depth: 1}
columns: [op, {c, dept: [1, 2]}]
layers:
  - [relu]
---
net.yaml:2:19: error: unknown setting `dept`; did you mean `depth`?
  columns: [op, {c, dept: [1, 2]}]
                    ^^^^
=== a misspelt row
layers:
  - {op: relu, name: stem}
  - {op: add, from: [input, setm]}
---
net.yaml:3:29: error: no row or input named `setm` above this row; did you mean `stem`?
    - {op: add, from: [input, setm]}
                              ^^^^
=== a misspelt row in a cell
layers:
  - {op: relu, name: stem}
  - {op: conv, k: 1, c: 2 * setm.c}
---
net.yaml:3:29: error: unknown row or input `setm`; did you mean `stem`?
    - {op: conv, k: 1, c: 2 * setm.c}
                              ^^^^
=== a misspelt op in defaults
defaults: {cnov: {act: relu}}
layers:
  - {op: relu}
---
net.yaml:1:12: error: unknown op or block `cnov`; did you mean `conv`?
  defaults: {cnov: {act: relu}}
             ^^^^
=== a misspelt column in defaults
defaults: {conv: {atc: relu}}
layers:
  - {op: relu}
---
net.yaml:1:19: error: the entry of `conv` in `defaults` has no key `atc`; did you mean `act`?
  defaults: {conv: {atc: relu}}
                    ^^^
=== a misspelt argument
blocks:
  b: {args: [width], layers: [{op: conv, k: 1, c: width}]}
layers:
  - {op: b, widht: 8}
---
net.yaml:4:13: error: a row has no key `widht`; did you mean `width`?
    - {op: b, widht: 8}
              ^^^^^
=== a misspelt total
layers: [{op: gap}]
totals: {parms: 0}
---
net.yaml:2:10: error: `totals` has no key `parms`; did you mean `params`?
  totals: {parms: 0}
           ^^^^^
=== a choice of no setting
choices: {dpeth: [18, 34]}
settings: {depth: 18}
layers: [{op: conv, k: 3, c: depth}]
---
net.yaml:1:11: error: unknown setting `dpeth`; did you mean `depth`?
  choices: {dpeth: [18, 34]}
            ^^^^^
=== a choice that stands twice
settings: {depth: 18}
choices: {depth: [18, 18]}
layers: [{op: conv, k: 3, c: depth}]
---
net.yaml:2:18: error: an entry of `choices` must list different values of its setting, such as `[18, 34]`
  choices: {depth: [18, 18]}
                   ^
=== a default that is no choice
settings: {depth: 19}
choices: {depth: [18, 34]}
layers: [{op: conv, k: 3, c: depth}]
---
net.yaml:1:19: error: setting `depth` must be 18 or 34, not 19
  settings: {depth: 19}
                    ^^
=== a variant that is no choice
settings: {depth: 18}
choices: {depth: [18, 34]}
variants: {wide: {depth: 35}}
layers: [{op: conv, k: 3, c: depth}]
---
net.yaml:3:26: error: setting `depth` must be 18 or 34, not 35
  variants: {wide: {depth: 35}}
                           ^^
=== a variant column for what is no choice
settings: {depth: 18}
choices: {depth: [18, 34]}
columns: [op, k, {c, depth: [18, 35]}]
layers: [[conv, 3, 4, 8]]
---
net.yaml:3:29: error: `depth` cannot be 35; its choices are 18, 34
  columns: [op, k, {c, depth: [18, 35]}]
                              ^
=== an input of totals that is another
layers: [{op: conv, k: 3, c: 4}]
totals: {in: 9x8x3, macs: 6912}
---
net.yaml:2:14: error: `totals` says in 9x8x3; the layers give 8x8x3
  totals: {in: 9x8x3, macs: 6912}
               ^^^^^
=== a misspelt variant
settings: {depth: 1}
variants: {one: {depth: 2}}
layers:
  - {op: conv, k: 1, c: depth}
totals: {variant: oen, params: 9}
---
net.yaml:5:19: error: unknown variant `oen`; did you mean `one`?
  totals: {variant: oen, params: 9}
                    ^^^
=== names that meet: setting and argument
settings: {c: 8}
blocks:
  b: {args: [c], layers: [{op: conv, k: 1, c: c}]}
layers:
  - {op: b, c: c}
---
net.yaml:3:14: error: `c` is already defined here; choose another name
    b: {args: [c], layers: [{op: conv, k: 1, c: c}]}
               ^
=== names that meet: two rows
layers:
  - {op: relu, name: a}
  - {op: relu, name: a}
---
net.yaml:3:22: error: `a` is already defined here; choose another name
    - {op: relu, name: a}
                       ^
=== names that meet: row and setting
settings: {a: 8}
layers:
  - {op: conv, k: 1, c: a, name: a}
---
net.yaml:3:34: error: `a` is already defined here; choose another name
    - {op: conv, k: 1, c: a, name: a}
                                   ^
=== names that meet: row and input
blocks:
  b: {layers: [{op: relu, name: x}]}
layers:
  - {op: b}
---
net.yaml:2:33: error: `x` is already defined here; choose another name
    b: {layers: [{op: relu, name: x}]}
                                  ^
=== names that meet: setting and block
settings: {b: 8}
blocks:
  b: {layers: [{op: conv, k: 1, c: b}]}
layers:
  - {op: b}
---
net.yaml:1:12: error: `b` is both a setting and a block; choose another name for one of them
  settings: {b: 8}
             ^
=== names that meet: two inputs
blocks:
  b: {inputs: [x, x], layers: [{op: relu}]}
layers:
  - {op: b, from: [input, input]}
---
net.yaml:2:19: error: input `x` is listed twice; choose another name
    b: {inputs: [x, x], layers: [{op: relu}]}
                    ^
=== a block with an op's name
blocks:
  gap: {layers: [{op: relu}]}
layers:
  - {op: gap}
---
net.yaml:2:3: error: block `gap` has the name of an op; choose another name
    gap: {layers: [{op: relu}]}
    ^^^
=== a setting named none
settings: {none: 1}
layers: [{op: conv, k: 1, c: none}]
---
net.yaml:1:12: error: `none` is a reserved word and cannot name a setting
  settings: {none: 1}
             ^^^^
=== a row named none
layers: [{op: relu, name: none}]
---
net.yaml:1:27: error: `none` is a reserved word and cannot name a row
  layers: [{op: relu, name: none}]
                            ^^^^
=== a name that is none
layers: [{op: relu, name: 1e3}]
---
net.yaml:1:27: error: a row must have a name of letters, digits and `_`, not `1e3`
  layers: [{op: relu, name: 1e3}]
                            ^^^
=== an argument named n
blocks:
  b: {args: [n], layers: [{op: conv, k: 1, c: n}]}
layers:
  - {op: b, n: 8}
---
net.yaml:2:14: error: `n` is a column of every row, whatever its op: it cannot name an argument
    b: {args: [n], layers: [{op: conv, k: 1, c: n}]}
               ^
=== a word for a number
layers:
  - {op: conv, k: 3, c: relu}
---
net.yaml:2:25: error: `c` must be a whole number, not the word `relu`
    - {op: conv, k: 3, c: relu}
                          ^^^^
=== a number for a word
layers:
  - {op: conv, k: 3, c: 8, act: 6}
---
net.yaml:2:33: error: `act` must be one of `relu`, `relu6`, `leaky_relu`, `prelu`, `silu`, `swish`, `hswish`, `sigmoid`, `hsigmoid`, `tanh`, `gelu`, `elu`, `selu`, `mish`, `softplus` or `none`, not 6
    - {op: conv, k: 3, c: 8, act: 6}
                                  ^
=== a word for a number through an argument
blocks:
  b:
    args: [c]
    layers:
      - {op: conv, k: 1, c: c}
layers:
  - {op: b, c: relu}
---
net.yaml:7:16: error: `c` must be a whole number, not the word `relu`
    - {op: b, c: relu}
                 ^^^^
read at net.yaml:5:29
while unfolding `b` at net.yaml:7:5 (0)
=== a number for a word through two arguments
blocks:
  b:
    args: [f]
    layers:
      - {op: conv, k: 1, c: 4, act: f}
  a: {args: [f], layers: [{op: b, f: f}]}
layers:
  - {op: a, f: 8}
---
net.yaml:8:16: error: `act` must be one of `relu`, `relu6`, `leaky_relu`, `prelu`, `silu`, `swish`, `hswish`, `sigmoid`, `hsigmoid`, `tanh`, `gelu`, `elu`, `selu`, `mish`, `softplus` or `none`, not 8
    - {op: a, f: 8}
                 ^
read at net.yaml:5:37
while unfolding `b` at net.yaml:6:27 (0/0)
while unfolding `a` at net.yaml:8:5 (0)
=== a word in arithmetic through an argument
blocks:
  b:
    args: [c]
    layers:
      - {op: conv, k: 1, c: 2 * c}
layers:
  - {op: b, c: same}
---
net.yaml:7:16: error: a number is expected, not the word `same`
    - {op: b, c: same}
                 ^^^^
while unfolding `b` at net.yaml:7:5 (0)
=== a word for a number through a setting
settings: {c: relu}
layers:
  - {op: conv, k: 1, c: c}
---
net.yaml:1:15: error: `c` must be a whole number, not the word `relu`
  settings: {c: relu}
                ^^^^
read at net.yaml:3:25
=== a number for a block
settings: {unit: 3}
layers:
  - {op: unit}
---
net.yaml:1:18: error: unknown op or block 3
  settings: {unit: 3}
                   ^
=== a word compared with a number
settings: {norm: bn}
layers:
  - {op: relu, when: norm == 1}
---
net.yaml:1:18: error: a word cannot be compared with a number
  settings: {norm: bn}
                   ^^
=== words in order
settings: {norm: bn}
layers:
  - {op: relu, when: norm > ln}
---
net.yaml:3:22: error: a word has no order: only `==` and `!=` compare it
    - {op: relu, when: norm > ln}
                       ^^^^
=== a number for a truth
layers:
  - {op: conv, k: 1, c: 8, bias: 1}
---
net.yaml:2:34: error: `bias` must be true or false, not 1
    - {op: conv, k: 1, c: 8, bias: 1}
                                   ^
=== a when that is a number
layers:
  - {op: relu, when: 1}
---
net.yaml:2:22: error: `when` must be true or false, not 1
    - {op: relu, when: 1}
                       ^
=== a layer for a value
layers:
  - {op: relu, name: a}
  - {op: conv, k: 1, c: a}
---
net.yaml:3:25: error: `a` is a layer's output, not a value: read `a.c`, `.h` or `.w`
    - {op: conv, k: 1, c: a}
                          ^
=== a padding of a word
layers:
  - {op: conv, k: 3, c: 8, p: smae}
---
net.yaml:2:31: error: unknown name `smae`; did you mean `same`?
    - {op: conv, k: 3, c: 8, p: smae}
                                ^^^^
=== a setting that nothing reads
settings: {width: 1, depth: 2}
layers:
  - {op: conv, k: 1, c: width}
---
net.yaml:1:22: error: nothing reads setting `depth`
  settings: {width: 1, depth: 2}
                       ^^^^^
=== an argument that nothing reads
blocks:
  b:
    args: [c, s=1]
    layers: [{op: conv, k: 1, c: c}]
layers:
  - {op: b, c: 8}
---
net.yaml:3:15: error: nothing reads argument `s` of block `b`
      args: [c, s=1]
                ^^^
=== an input that nothing reads
blocks:
  b: {inputs: [x, y], layers: [{op: relu}]}
layers:
  - {op: b, from: [input, input]}
---
net.yaml:2:3: error: nothing reads input `y` of block `b`
    b: {inputs: [x, y], layers: [{op: relu}]}
    ^
=== a block that nothing uses
blocks:
  b: {layers: [{op: relu}]}
layers:
  - {op: relu}
---
net.yaml:2:3: error: nothing uses block `b`
    b: {layers: [{op: relu}]}
    ^
=== a column that nothing reads
columns: [op, density]
layers:
  - [relu, 0.5]
---
net.yaml:1:15: error: nothing reads column `density`: no op or block takes it, and `data:` does not keep it
  columns: [op, density]
                ^^^^^^^
=== a column that the op does not take
columns: [op, k]
layers:
  - [relu, 2]
---
net.yaml:3:12: error: `relu` has no column `k`; it takes no columns
    - [relu, 2]
             ^
=== a kept column that is read
data: [act]
layers:
  - {op: relu}
---
net.yaml:1:8: error: column `act` is read by a layer: `data` must list only columns that no layer reads
  data: [act]
         ^^^
=== a list row without columns
layers:
  - [conv, 3, 8]
---
net.yaml:2:5: error: a list row needs `columns:` above it to name its cells
    - [conv, 3, 8]
      ^
=== a list row without op
columns: [op, k]
layers:
  - [~, 3]
---
net.yaml:3:5: error: a row needs `op`: a layer type, such as `conv`, or a block
    - [~, 3]
      ^
=== a map row without op
layers:
  - {k: 3}
---
net.yaml:2:5: error: a row needs `op`: a layer type, such as `conv`, or a block
    - {k: 3}
      ^
=== a map row with op: ~
layers:
  - {op: ~, k: 3}
---
net.yaml:2:5: error: a row needs `op`: a layer type, such as `conv`, or a block
    - {op: ~, k: 3}
      ^
=== no required column
layers:
  - {op: conv, k: 3}
---
net.yaml:2:10: error: `conv` needs `c`
    - {op: conv, k: 3}
           ^^^^
=== no required argument
blocks:
  b:
    args: [c]
    layers: [{op: conv, k: 1, c: c}]
layers:
  - {op: b}
---
net.yaml:6:10: error: block `b` needs `c`
    - {op: b}
           ^
=== too many cells
columns: [op, k]
layers:
  - [maxpool, 2, 2]
---
net.yaml:3:18: error: the row has 3 cells for 2 columns; `2` has no column
    - [maxpool, 2, 2]
                   ^
=== a map in the middle
columns: [op, k]
layers:
  - [maxpool, {s: 2}, 2]
---
net.yaml:3:23: error: the row has 3 cells for 2 columns; `2` has no column
    - [maxpool, {s: 2}, 2]
                        ^
=== a map that names a column
columns: [op, k]
layers:
  - [maxpool, {k: 2}]
---
net.yaml:3:16: error: `k` is a column of this table: write it in that column
    - [maxpool, {k: 2}]
                 ^
=== a column twice
columns: [op, k, k]
layers:
  - [maxpool, 2]
---
net.yaml:1:18: error: column `k` is listed twice
  columns: [op, k, k]
                   ^
=== a bare number for a ruled column
settings: {width: 1}
columns: [op, k, {c: int(c * width)}]
layers:
  - [conv, 3, 8]
  - {op: conv, k: 3, c: 16}
---
net.yaml:5:25: error: the rule `int(c * width)` of column `c` does not apply to a row written as a map: write `16` as an expression of the settings
    - {op: conv, k: 3, c: 16}
                          ^^
=== a rule that does not read its cells
settings: {width: 1}
columns: [op, k, {c: int(8 * width)}]
layers:
  - [conv, 3, 8]
---
net.yaml:2:19: error: the rule of column `c` must use the value of its cells
  columns: [op, k, {c: int(8 * width)}]
                    ^
=== a rule for op
settings: {unit: relu}
columns: [{op: unit}]
layers:
  - [relu]
---
net.yaml:2:12: error: column `op` takes neither a rule nor a cell for each value of a setting
  columns: [{op: unit}]
             ^^
=== a rule over a list
columns: [op, c, {k: k + 2}]
layers:
  - [conv, 8, [3, 5]]
---
net.yaml:3:15: error: the rule of column `k`: a number is expected, not the size 3x5
    - [conv, 8, [3, 5]]
                ^
=== a rule for a claim
settings: {width: 1}
columns: [op, {params: params * width}]
layers:
  - [relu, 0]
---
net.yaml:2:16: error: column `params` must not have a rule: it is checked, not read
  columns: [op, {params: params * width}]
                 ^^^^^^
=== a variant column half filled
settings: {depth: 18}
columns: [op, {n, depth: [18, 34, 50]}]
layers:
  - [relu, 2, 3]
---
net.yaml:4:12: error: column `n` has a cell for each of 3 values of `depth`; this row fills 2
    - [relu, 2, 3]
             ^
=== a variant column with a hole
settings: {depth: 18}
columns: [op, {n: ~, depth: [18, 34, 50]}, act]
layers:
  - [bn, 2, ~, 3, relu]
---
net.yaml:4:10: error: column `n` has a cell for each of 3 values of `depth`; this row fills 2
    - [bn, 2, ~, 3, relu]
           ^
=== a variant column for another value
settings: {depth: 20}
columns: [op, {n, depth: [18, 34]}]
layers:
  - [relu, 2, 3]
---
net.yaml:2:16: error: the table has no column for depth 20; it has 18, 34
  columns: [op, {n, depth: [18, 34]}]
                 ^
=== a variant column of another sort
settings: {depth: true}
columns: [op, {n, depth: [1, 34]}]
layers:
  - [relu, 2, 3]
---
net.yaml:2:16: error: the header lists 1, but setting `depth` is true
  columns: [op, {n, depth: [1, 34]}]
                 ^
=== a group without layers
layers:
  - {repeat: 2, op: relu}
---
net.yaml:2:6: error: `repeat` repeats a group of `layers`; write `n` to repeat one row
    - {repeat: 2, op: relu}
       ^^^^^^
=== a repeat of nothing
layers:
  - {repeat: ~, layers: [{op: relu}]}
---
net.yaml:2:5: error: `repeat` needs a number, such as 3
    - {repeat: ~, layers: [{op: relu}]}
      ^
=== a repeat of 0
layers:
  - {repeat: 0, layers: [{op: relu}]}
---
net.yaml:2:14: error: `repeat` must be at least 1, not 0
    - {repeat: 0, layers: [{op: relu}]}
               ^
=== a row with n that names a row
layers:
  - {op: relu, name: a}
  - {op: relu, n: 2, from: a}
---
net.yaml:3:28: error: `from` of a row with `n` must be a number of rows back, such as `-1`, not `a`
    - {op: relu, n: 2, from: a}
                             ^
=== one input for add
layers:
  - {op: add}
---
net.yaml:2:10: error: `add` reads two inputs or more, not 1: name them in `from`
    - {op: add}
           ^^^
=== two inputs for conv
layers:
  - {op: relu, name: a}
  - {op: conv, k: 1, c: 8, from: [input, a]}
---
net.yaml:3:35: error: `conv` reads 1 input, not 2: name them in `from`
    - {op: conv, k: 1, c: 8, from: [input, a]}
                                    ^^^^^
=== two inputs for a block of one
blocks:
  b: {layers: [{op: relu}]}
layers:
  - {op: b, from: [input, input]}
---
net.yaml:4:20: error: `b` reads 1 input, not 2: name them in `from`
    - {op: b, from: [input, input]}
                     ^^^^^
while unfolding `b` at net.yaml:4:5 (0)
=== from past the start
layers:
  - {op: relu}
  - {op: add, from: [-1, -3]}
---
net.yaml:3:26: error: `from: -3` goes back too far: this row has 2 values above it
    - {op: add, from: [-1, -3]}
                           ^^
=== from past a block's start
blocks:
  b: {layers: [{op: add, from: [-1, -2]}]}
layers:
  - {op: relu}
  - {op: b}
---
net.yaml:2:37: error: `from: -2` goes back too far: this row has 1 value above it
    b: {layers: [{op: add, from: [-1, -2]}]}
                                      ^^
while unfolding `b` at net.yaml:5:5 (1)
=== from of a fraction
layers:
  - {op: relu, from: 1.5}
---
net.yaml:2:22: error: `from` takes names of rows and inputs, or -1, -2 for rows back, not `1.5`
    - {op: relu, from: 1.5}
                       ^^^
=== from of nothing
layers:
  - {op: relu, from: []}
---
net.yaml:2:22: error: `from` must name 1 to 1,000 rows, not 0
    - {op: relu, from: []}
                       ^
=== an absent row of several inputs
settings: {v: false}
layers:
  - {op: add, from: [input, input], name: sum, when: v}
  - {op: gap, from: sum}
---
net.yaml:4:21: error: row `sum` is left out: its `when` is false
    - {op: gap, from: sum}
                      ^^^
=== a shape of an absent row
settings: {v: false}
layers:
  - {op: add, from: [input, input], name: sum, when: v}
  - {op: conv, k: 1, c: sum.c}
---
net.yaml:4:25: error: row `sum` is left out: its `when` is false
    - {op: conv, k: 1, c: sum.c}
                          ^^^^^
=== a false claim
columns: [op, k, c, out, params]
layers:
  - [conv, 3, 8, 8x8x8, 217]
---
net.yaml:3:25: error: `params` says `217`; the layers give 216
    - [conv, 3, 8, 8x8x8, 217]
                          ^^^
=== a false claim in a block
blocks:
  b: {layers: [{op: gap, out: 2x2}]}
layers:
  - {op: b}
---
net.yaml:2:31: error: `out` says `2x2`; the layers give 1x1x3
    b: {layers: [{op: gap, out: 2x2}]}
                                ^^^
=== a claim that is a list
layers:
  - {op: gap, out: [1, 1]}
---
net.yaml:2:20: error: a claim must be one figure or size, not a list
    - {op: gap, out: [1, 1]}
                     ^
=== a false filter
layers:
  - {op: conv, k: 3, c: 8, filter: 3x3x8x8}
---
net.yaml:2:36: error: `filter` says `3x3x8x8`; the layers give 3x3x3x8
    - {op: conv, k: 3, c: 8, filter: 3x3x8x8}
                                     ^^^^^^^
=== a false total
layers:
  - {op: conv, k: 3, c: 8}
totals: {params: 217, macs: 13824}
---
net.yaml:3:18: error: `totals` says params 217; the layers give 216
  totals: {params: 217, macs: 13824}
                   ^^^
=== a rounded total
layers: [{op: gap}]
totals: {params: 0.1 M}
---
net.yaml:2:18: error: `totals` has exact integers, not `0.1 M`
  totals: {params: 0.1 M}
                   ^^^^^
=== a declared erratum that holds
layers:
  - {op: gap, out: {is: 1x1x3, printed: 1x1, erratum: no channels}}
---
net.yaml:2:41: error: this is not an erratum: the printed value `1x1` is right
    - {op: gap, out: {is: 1x1x3, printed: 1x1, erratum: no channels}}
                                          ^^^
=== a declared erratum of nothing
layers:
  - {op: conv, k: {is: 3, printed: 3, erratum: none}, c: 8}
---
net.yaml:2:36: error: this is not an erratum: `is` and `printed` are both `3`
    - {op: conv, k: {is: 3, printed: 3, erratum: none}, c: 8}
                                     ^
=== half a misprint
layers:
  - {op: conv, k: {is: 3, printed: 5}, c: 8}
---
net.yaml:2:19: error: a misprint is `{is: .., printed: .., erratum: ..}`; `erratum` is missing
    - {op: conv, k: {is: 3, printed: 5}, c: 8}
                    ^
=== a reported figure without where
layers: [{op: gap}]
reported: {macs: 0}
---
net.yaml:2:11: error: an entry of `reported` needs `where`: the place that prints it
  reported: {macs: 0}
            ^
=== a block without rows
blocks:
  b: {args: [c]}
layers:
  - {op: b, c: 3}
---
net.yaml:2:3: error: block `b` must have either `layers` or `branches`
    b: {args: [c]}
    ^
=== one branch
blocks:
  b: {branches: [[{op: gap}]]}
layers:
  - {op: b}
---
net.yaml:2:17: error: `branches` must be a list of two branches or more, each a list of rows
    b: {branches: [[{op: gap}]]}
                  ^
=== a join of layers
blocks:
  b: {layers: [{op: gap}], join: add}
layers:
  - {op: b}
---
net.yaml:2:34: error: `join` needs `branches`, and this block has `layers`
    b: {layers: [{op: gap}], join: add}
                                   ^^^
=== a join with a claim
blocks:
  b: {branches: [[{op: relu}], []], join: {op: add, out: 8x8}}
layers:
  - {op: b}
---
net.yaml:2:53: error: `join` takes `op` and that op's columns, not `out`
    b: {branches: [[{op: relu}], []], join: {op: add, out: 8x8}}
                                                      ^^^
=== an argument without its default
blocks:
  b: {args: [c=], layers: [{op: conv, k: 1, c: c}]}
layers:
  - {op: b, c: 3}
---
net.yaml:2:14: error: argument `c` has no default after `=`
    b: {args: [c=], layers: [{op: conv, k: 1, c: c}]}
               ^^
=== arguments that are a map
blocks:
  b: {args: {c: 1}, layers: [{op: conv, k: 1, c: 2}]}
layers:
  - {op: b}
---
net.yaml:2:13: error: `args` must be a list of names, such as `[c, s]`, not a map
    b: {args: {c: 1}, layers: [{op: conv, k: 1, c: 2}]}
              ^
"""


def whole(text):
    """Return a spec with what it leaves out."""
    lines = [*text.strip("\n").split("\n")]
    added = [line for key, line in LEFT_OUT.items() if not any(row.startswith(f"{key}:") for row in lines)]
    return "".join(f"{line}\n" for line in (*lines, *added)).encode()


def read_cases():
    parts = re.split(r"^=== (.*)\n", CASES, flags=re.MULTILINE)[1:]
    for name, case in zip(parts[::2], parts[1::2], strict=True):
        text, message = case.split("\n---\n")
        yield name, whole(text), message.strip("\n")


ROW = "layers:\n  - {op: conv, k: 3, c: %s}"
EMPTY = "net.yaml:1:1: error: the file is empty: a spec needs `name`, `input` and `layers`"
DUE = "`name`, `input`, `layers`"
SUM = " + ".join("1" * 126)
LETTERS = "abcdefg"

# what a table of readable texts cannot hold: odd bytes, endless lines
FILES = [
    ("an empty file", b"", f"{EMPTY}\n\n  ^"),
    ("comments alone", b"# nothing\n", f"{EMPTY}\n  # nothing\n  ^"),
    ("nothing, said", b"~\n", f"{EMPTY}\n  ~\n  ^"),
    (
        "a text",
        b"just text\n",
        f"net.yaml:1:1: error: a spec must be a map with {DUE}, not `just text`\n  just text\n  ^^^^^^^^^",
    ),
    (
        "a list",
        b"- {op: gap}\n",
        f"net.yaml:1:1: error: a spec must be a map with {DUE}, not a list\n  - {{op: gap}}\n  ^",
    ),
    ("NUL bytes", b"name: a\n# \0\1\n", "net.yaml:2:3: error: not a text file: character U+0000\n  #   \n    ^"),
    (
        "an image",
        b"\x89PNG\r\n\x1a\n\0\0",
        "net.yaml:1:1: error: not UTF-8 text (byte 0); save the file as UTF-8\n  �PNG\n  ^",
    ),
    (
        "Latin-1",
        b"name: caf\xe9\n",
        "net.yaml:1:10: error: not UTF-8 text (byte 9); save the file as UTF-8\n  name: caf�\n           ^",
    ),
    (
        "a mark of direction",
        "name: a\nsource: \u202eb\n".encode(),
        "net.yaml:2:9: error: not a text file: character U+202E\n  source:  b\n          ^",
    ),
    (
        "a line end of YAML's",
        "name: a\nsource: b\u2028c\n".encode(),
        "net.yaml:2:10: error: not a text file: character U+2028\n  source: b\n           ^",
    ),
    (
        "an escape for a terminal",
        b'name: "\\e[31mred"\n',
        'net.yaml:1:7: error: the text contains the invisible character U+001B\n  name: "\\e[31mred"\n        ^^^^^^^^^^^',
    ),
    (
        "too many bytes",
        b"#" * (MAX_BYTES + 1),
        "error: `net.yaml` has 262,145 bytes; a spec has at most 262,144 (256 KiB)",
    ),
    (
        "a tab",
        b"layers:\n\t- {op: gap}\n",
        "net.yaml:2:1: error: not YAML: a tab is not allowed here: use spaces\n   - {op: gap}\n  ^",
    ),
    (
        "two documents",
        b"name: a\n---\nname: b\n",
        "net.yaml:2:1: error: a second YAML document: a file holds one spec\n  ---\n  ^",
    ),
    (
        "a hundred thousand brackets",
        b"[" * 100_000,
        f"net.yaml:1:65: error: nested over 64 deep\n  {'[' * 160}\n  {' ' * 64}^",
    ),
    (
        "brackets and a fault that a parser finds first as it reads ahead",
        b"[" * 100 + b"@",
        f"net.yaml:1:65: error: nested over 64 deep\n  {'[' * 100}@\n  {' ' * 64}^",
    ),
    (
        "a brace that the end of the file leaves open",
        b"name: x\nlayers:\n  - {op: fc, c: 10\n",
        "net.yaml:3:5: error: not YAML: this `{` is not closed\n    - {op: fc, c: 10\n      ^",
    ),
    (
        "a bracket that the next line finds open",
        b"a: [1, 2\nb: 3\n",
        "net.yaml:1:4: error: not YAML: this `[` is not closed\n  a: [1, 2\n     ^",
    ),
    (
        "a comma that is missing",
        b"layers:\n  - {op: fc c: 10}\n",
        "net.yaml:2:14: error: not YAML: a `,` or a `}` is expected\n    - {op: fc c: 10}\n               ^",
    ),
    (
        "brackets and a quote that is not closed",
        b"[" * 100 + b"'",
        f"net.yaml:1:65: error: nested over 64 deep\n  {'[' * 100}'\n  {' ' * 64}^",
    ),
    (
        "a tag before brackets",
        b"[!x " + b"{" * 1010,
        f"net.yaml:1:2: error: `!x` is a YAML tag, of which a spec has none: quote a text that starts with `!`\n  [!x {'{' * 156}\n   ^",
    ),
    (
        "brackets in brackets",
        b"layers: " + b"[" * 64 + b"]" * 64,
        f"net.yaml:1:72: error: nested over 64 deep\n  layers: {'[' * 64}{']' * 64}\n  {' ' * 71}^",
    ),
    (
        "aliases of aliases",
        "".join(
            f"{b}: &{b} [{', '.join([f'*{a}' if i else 'x'] * 10)}]\n"
            for i, (a, b) in enumerate(zip("_" + LETTERS, LETTERS, strict=False))
        ).encode(),
        f"net.yaml:5:28: error: aliases write out more than {MAX_ALIASED:,} characters\n  e: &e [{', '.join(['*d'] * 10)}]\n  {' ' * 27}^",
    ),
    (
        "a wide character",
        whole(ROW % "8\uff0b8"),
        "net.yaml:2:26: error: `\uff0b` has no meaning in an expression\n    - {op: conv, k: 3, c: 8\uff0b8}\n                           ^^",
    ),
    (
        "an expression of 501 characters",
        whole(ROW % SUM),
        f"net.yaml:2:25: error: an expression of 501 characters; at most 500 are allowed\n  {(ROW % SUM)[8:168]}\n  {' ' * 24}{'^' * 136}",
    ),
    (
        "an expression of 101 signs",
        whole(ROW % ("-" * 101 + "1")),
        f"net.yaml:2:25: error: an expression nested over 100 deep\n    - {{op: conv, k: 3, c: {'-' * 101}1}}\n  {' ' * 24}{'^' * 102}",
    ),
]
FOREVER = 1_000_000_000


def grouped(row, times):
    """Return a row in so many groups of one."""
    return "{repeat: 1, layers: [" * times + row + "]}" * times


BOUNDS = {
    "a row": (
        f"layers:\n  - {{op: relu, n: {FOREVER}}}",
        f"net.yaml:2:5: error: the network has more than {MAX_LAYERS:,} layers",
    ),
    "repeats in repeats": (
        f"layers:\n  - {{repeat: {FOREVER}, layers: [{{repeat: {FOREVER}, layers: [{{op: relu}}]}}]}}",
        f"net.yaml:2:65: error: the network has more than {MAX_LAYERS:,} layers",
    ),
    "absent rows": (
        f"layers:\n  - {{repeat: {FOREVER}, layers: [{{op: relu, when: false}}]}}",
        f"error: unfolding takes more than {MAX_STEPS:,} steps",
    ),
    "no rows": (
        f"layers:\n  - {{repeat: {FOREVER}, layers: []}}",
        f"net.yaml:2:5: error: unfolding takes more than {MAX_STEPS:,} steps",
    ),
    "blocks of no rows": (
        "".join(["blocks:\n", *(f"  b{i}: {{layers: [{{op: b{i + 1}}}, {{op: b{i + 1}}}]}}\n" for i in range(60))])
        + "  b60: {layers: []}\nlayers: [{op: b0}]",
        f"error: unfolding takes more than {MAX_STEPS:,} steps",
    ),
    "long expressions": (
        f"layers:\n  - {{repeat: {FOREVER}, layers: [{{op: relu, when: {' + '.join('1' * 90)} < 0}}]}}",
        f"net.yaml:2:52: error: unfolding reads more than {MAX_WORK:,} characters of cells",
    ),
    "blocks in blocks": (
        "".join(["blocks:\n", *(f"  b{i}: {{layers: [{{op: b{i + 1}}}]}}\n" for i in range(65))])
        + "  b65: {layers: [{op: gap}]}\nlayers: [{op: b0}]",
        "net.yaml:65:23: error: blocks nested over 64 deep",
    ),
    "groups in blocks": (
        "".join(["blocks:\n", *(f"  b{i}: {{layers: [{grouped(f'{{op: b{i + 1}}}', 20)}]}}\n" for i in range(40))])
        + "  b40: {layers: [{op: gap}]}\nlayers: [{op: b0}]",
        "error: blocks, branches and groups nested over 128 deep",
    ),
    "groups in branches": (
        "".join(
            [
                "blocks:\n",
                *(f"  b{i}: {{branches: [[], [{grouped(f'{{op: b{i + 1}}}', 9)}]]}}\n" for i in range(60)),
                "  b60: {layers: [{op: gap}]}\nlayers: [{op: b0}]",
            ]
        ),
        "error: blocks, branches and groups nested over 128 deep",
    ),
    "settings": (
        f"settings: {{{', '.join(f'a{i}: 1' for i in range(101))}}}\nlayers: [{{op: gap}}]",
        "net.yaml:1:11: error: 101 settings; at most 100 are allowed",
    ),
    "arguments": (
        f"blocks: {{b: {{args: [{', '.join(f'a{i}' for i in range(101))}], layers: []}}}}\nlayers: [{{op: gap}}]",
        "net.yaml:1:20: error: 101 names; at most 100 are allowed",
    ),
    "totals": (
        "layers: [{op: gap}]\ntotals:\n" + "  - {params: 0}\n" * 101,
        "net.yaml:3:3: error: 101 entries of `totals`; at most 100 are allowed",
    ),
    "nodes": (
        f"a: &a [{'[],' * 999}]\nb: [{'*a,' * 200}]",
        f"net.yaml:2:299: error: more than {MAX_NODES:,} nodes once aliases are written out",
    ),
    "copies of a text": (
        f"a: &a {SUM}\nb: [{'*a,' * 300}]",
        f"net.yaml:2:395: error: aliases write out more than {MAX_ALIASED:,} characters",
    ),
}

NET = """\
name: Net
settings: {width: 1.0, unit: relu, wide: false, k: 3x5}
input: [4, 8, 8]
layers:
  - {op: conv, k: k, c: int(8 * width), act: unit, bias: wide}
"""
HAS = "available: `width`, `unit`, `wide`, `k`"
SHAPE = "--input must be channels x height x width, such as 3x480x640, not"
LISTED = "(`costcalc list` shows the bundled ones)"

# SPEC and options, and the last lines on stderr; click puts the usage above what it finds itself
OPTIONS = [
    ("no_such_net", f"error: no bundled spec `no_such_net` and no such file {LISTED}"),
    ("mobilnet_v1", f"error: no bundled spec `mobilnet_v1` and no such file; did you mean `mobilenet_v1`? {LISTED}"),
    ("resnet5O", f"error: no bundled spec `resnet5O` and no such file; did you mean `resnet50`? {LISTED}"),
    ("missing.yaml", "error: cannot read `missing.yaml`: no such file or directory"),
    ("net.yaml/net.yaml", "error: cannot read `net.yaml/net.yaml`: not a directory"),
    (".", "error: cannot read `.`: is a directory"),
    ("../", "error: cannot read `../`: is a directory"),
    ("folder.yaml", "error: cannot read `folder.yaml`: is a directory"),
    ("net.yaml --set widht=2", f"error: `Net` has no setting `widht`; did you mean `width`? A{HAS[1:]}"),
    ("net.yaml:widht=2", f"error: `Net` has no setting `widht`; did you mean `width`? A{HAS[1:]}"),
    ("net.yaml --res 8", f"error: `Net` has no setting `res`; {HAS}"),
    ("net.yaml --set width", "Error: `width` must be written KEY=VALUE"),
    ("net.yaml --set =2", "Error: `=2` must be written KEY=VALUE"),
    ("net.yaml:width=1,,", "Error: `` must be written KEY=VALUE"),
    ("net.yaml --set width=", "Error: setting `width`: an empty expression"),
    ("net.yaml --width relu", "error: setting `width` must be a number, such as 1.0, not the word `relu`"),
    ("net.yaml --set unit=8", "error: setting `unit` must be a word, such as `relu`, not 8"),
    ("net.yaml --set unit=rleu", "error: setting `unit` must be a word of this spec, not `rleu`; did you mean `relu`?"),
    ("net.yaml --set wide=1", "error: setting `wide` must be a truth, such as false, not 1"),
    ("net.yaml --set wide=on", "Error: setting `wide`: `on` is not a truth value here: write `true`"),
    ("net.yaml --set k=3", "error: setting `k` must be a size, such as the size 3x5, not 3"),
    ("net.yaml --width 1e999", "Error: setting `width`: the number is too large to compute with"),
    ("net.yaml --width 1e300", "error: setting `width` must be a number of at most 10^18"),
    ("net.yaml --width 9**9**9", "Error: setting `width`: an exponent over 64 is not allowed"),
    ("net.yaml --width __import__('os')", "Error: setting `width`: `'` has no meaning in an expression"),
    ("net.yaml --width x.c", "Error: setting `width`: unknown row or input `x`"),
    ("net.yaml --width 1,5", "Error: setting `width`: `1,5` is not an expression that cells allow"),
    ("net.yaml --width 1 --set width=2", "Error: setting `width` is given twice"),
    ("net.yaml --set width=1 --set width=1", "Error: setting `width` is given twice"),
    ("net.yaml:width=1 --width 2", "Error: setting `width` is given twice"),
    ("net.yaml:width=1,width=2", "Error: setting `width` is given twice"),
    *(
        (f"net.yaml --input {shape}", f"Error: {SHAPE} `{shape}`")
        for shape in ("3x8", "0x8x8", "3x-8x8", "axbxc", "3x8x8x8", "3X8X8", "1234567890x8x8", "\u0663x8x8")
    ),
    (
        "mobilenet_v1 --res 224 --input 3x8x8",
        "error: setting `res` sizes the input alone, which another input replaces: give one of them",
    ),
    (
        "net.yaml --width 0",
        """\
net.yaml:5:25: error: `c` must be at least 1, not 0
    - {op: conv, k: k, c: int(8 * width), act: unit, bias: wide}
                          ^^^^^^^^^^^^^^""",
    ),
    (
        "net.yaml --set k=3x5x7",
        """\
net.yaml:5:19: error: `k` takes one number or two (height, width), not 3
    - {op: conv, k: k, c: int(8 * width), act: unit, bias: wide}
                    ^""",
    ),
    (
        "net.yaml --by colour",
        "Error: Invalid value for '--by': unknown name `colour`; available: `kind`, `layer`, `stage`, `block`",
    ),
    ("net.yaml --top 0", "Error: Invalid value for '--top': 0 is not in the range x>=1."),
    ("net.yaml extra", "Error: Got unexpected extra argument (extra)"),
]

PYTHON = [
    ({"widht": 2}, f"error: `Net` has no setting `widht`; did you mean `width`? A{HAS[1:]}"),
    ({"width": "0.5"}, "error: setting `width` must be a number, such as 1.0, not the word `0.5`"),
    ({"width": None}, "error: setting `width` must be a number, such as 1.0, not a value of type `NoneType`"),
    ({"width": True}, "error: setting `width` must be a number, such as 1.0, not true"),
    ({"width": 10**5000}, "error: setting `width` must be a number of at most 10^18"),
    ({"width": float("nan")}, "error: setting `width` must be a number of at most 10^18"),
    ({"width": float("-inf")}, "error: setting `width` must be a number of at most 10^18"),
    ({"unit": "rleu"}, "error: setting `unit` must be a word of this spec, not `rleu`; did you mean `relu`?"),
    ({"unit": "\x1b[31m"}, "error: setting `unit` must be a word of this spec, not `\\x1b[31m`"),
    ({"wide": 1}, "error: setting `wide` must be a truth, such as false, not 1"),
    ({"k": 3}, "error: setting `k` must be a size, such as the size 3x5, not 3"),
    ({"k": [3, 2.5]}, "error: setting `k` must be a size of whole numbers"),
]


@pytest.fixture
def say(tmp_path, monkeypatch):
    """Return a function that writes net.yaml and gives what a command says of it on stderr: it fails with 2 alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(data, *args, **options):
        Path("net.yaml").write_bytes(data)
        result = CliRunner().invoke(main, [*(args or ("report", "net.yaml"))], **options)
        assert isinstance(result.exception, SystemExit), result.exception
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Traceback" not in result.stderr
        assert result.stderr.replace("\n", "").isprintable()
        return result.stderr.removesuffix("\n")

    return run


def without_layers(stderr):
    """Return a message without the layers that were counted before it."""
    head, *lines = stderr.split("\n")
    if not re.fullmatch(r"the (\d+ layers|layer) before the error:", head):
        return stderr
    return "\n".join(lines[next(index for index, line in enumerate(lines) if not line.startswith("  ")) :])


@pytest.mark.parametrize(("data", "message"), [pytest.param(*case[1:], id=case[0]) for case in [*read_cases(), *FILES]])
def test_a_wrong_spec_has_the_whole_message(say, data, message):
    assert without_layers(say(data)) == message


# figures that only those who recompute them read: the spec itself is right
REPORTED = [
    (
        "reported: {where: a table, macs: lots}",
        34,
        "cannot read `lots` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208",
    ),
    (
        "reported: {where: a table, macs: {is: 300 MB, cut: true}}",
        39,
        "`macs` must be a count, such as 300 M, not `300 MB`",
    ),
    ("reported: {where: a table, bytes: 3 M}", 35, "`bytes` must be a size, such as 4.8 MB, not `3 M`"),
]


@pytest.mark.parametrize(("line", "column", "sentence"), REPORTED, ids=[case[0] for case in REPORTED])
@pytest.mark.parametrize("command", ["verify", "lint"])
def test_a_reported_figure_that_cannot_be_read_is_told_by_who_reads_it(command, line, column, sentence, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(f"name: n\ninput: [3, 8, 8]\nlayers: [{{op: gap}}]\n{line}\n")
    result = CliRunner().invoke(main, [command, str(path)])
    assert result.exit_code == 2
    assert f"{path}:4:{column}: error: {sentence}\n  {line}\n" in result.output
    assert CliRunner().invoke(main, ["report", str(path)]).exit_code == 0


@pytest.mark.parametrize(("data", "message"), [pytest.param(*case[1:], id=case[0]) for case in [*read_cases(), *FILES]])
def test_lint_finds_the_same(data, message):
    try:
        found = lint_source(*examine(read_text("net.yaml", data)))
    except SpecError as error:
        found = [error]
    assert message in map(str, found)


# a spec with a key that no row has, and the other faults that show, each as the text at its caret
TOGETHER = {
    "of the same row": ("layers:\n  - {op: conv, kk: 3, c: zz, when: yy}", ["kk", "zz", "yy"]),
    "of a block's row": (
        "blocks: {b: {layers: [{op: fc, cc: 3}]}}\nlayers:\n  - {op: b, when: yy}\n  - {op: cnv}",
        ["cc", "yy", "cnv"],
    ),
    "of a list row": ("columns: [op, k, c]\nlayers:\n  - [conv, 3, zz, {nope: 1, s: qq}]", ["zz", "nope", "qq"]),
    "of another row": ("layers:\n  - {op: conv, kk: 3, c: 3}\n  - {op: fc, k: 3}", ["kk", "fc", "3"]),
    "without what may follow": (
        "settings:\n  width: 1 +\n  unread: 1\nlayers:\n  - {op: conv, k: 3, c: width}\n  - {op: relu, foo: 1, from: [row]}",
        ["+", "foo"],
    ),
}


@pytest.mark.parametrize("case", TOGETHER)
def test_a_row_with_an_unknown_key_tells_its_other_faults_too(case):
    text, places = TOGETHER[case]
    _, problems = examine(Source("net.yaml", f"name: n\ninput: [3, 8, 8]\n{text}\n"))
    shown = [
        error.mark.source.line(error.mark.line)[error.mark.column - 1 :][: error.mark.width]
        for error in sorted(problems, key=lambda error: error.mark[1:])
    ]
    assert shown == places


@pytest.mark.parametrize("text", ["['" + "[" * 80, "[" * 60 + "&a @", "a: [[1], [2]"])
def test_a_fault_is_not_taken_for_depth(text):
    with pytest.raises(SpecError, match=r"^net\.yaml:.* error: not YAML: "):
        compose(Source("net.yaml", text))


@pytest.mark.parametrize("case", BOUNDS)
def test_what_would_take_forever_has_an_end(say, case):
    text, message = BOUNDS[case]
    first = without_layers(say(whole(text))).split("\n")[0]
    assert first[-len(message) :] == message  # where the count of steps runs out is no promise


@pytest.mark.parametrize(("line", "message"), OPTIONS)
def test_wrong_options_have_a_message(say, line, message):
    Path("folder.yaml").mkdir()
    stderr = say(NET.encode(), "report", *line.split(" "))
    usage = "Usage: main report [OPTIONS] SPEC\nTry 'main report --help' for help.\n\n"
    assert stderr == (usage + message if message.startswith("Error") else message)


@pytest.mark.parametrize(("given", "message"), PYTHON)
def test_wrong_settings_from_python_have_a_message(tmp_path, given, message):
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    with pytest.raises(SpecError) as caught:
        costcalc.load(path).build(**given)
    assert str(caught.value) == message


def test_a_file_that_may_not_be_read(say, monkeypatch):
    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("costcalc.specfile.open", refuse, raising=False)
    assert say(b"") == "error: cannot read `net.yaml`: permission denied"


def test_standard_input(say):
    assert say(b"", "report", "-", input=b"") == f"{EMPTY}\n\n  ^".replace("net.yaml", "<stdin>")
    assert (
        say(b"", "report", "-", input=b"\xff")
        == "<stdin>:1:1: error: not UTF-8 text (byte 0); save the file as UTF-8\n  �\n  ^"
    )
    long = b"#" * (MAX_BYTES + 2)
    assert say(b"", "report", "-", input=long).startswith("error: `<stdin>` has 262,145 bytes; a spec has at most")


def test_a_setting_of_another_sort_in_a_variant_or_in_totals_is_found_where_it_stands():
    text = "settings: {depth: 18}\nvariants: {a: {depth: deep}}\nlayers: [{op: conv, k: 1, c: depth}]\ntotals: {set: {depth: true}}"
    found = lint_source(*examine(read_text("net.yaml", whole(text))))
    assert [str(error).split("\n")[0] for error in found] == [
        "net.yaml:2:23: error: setting `depth` must be a number, such as 18, not the word `deep`",
        "net.yaml:4:23: error: setting `depth` must be a number, such as 18, not true",
    ]


def test_the_layers_before_an_error_are_printed(say):
    text = "layers:\n  - {op: conv, k: 3, s: 4, c: 8, name: stem}\n  - {op: relu}\n  - {op: maxpool, k: 3}"
    assert say(whole(text)).split("\n")[:3] == [
        "the 2 layers before the error:",
        "  stem  Conv 3x3         8x8x3 -> 2x2x8",
        "  1     ReLU             2x2x8 -> 2x2x8",
    ]


# the process itself: no traceback on any stream, an end within bounds


GROWING = {
    "brackets": (100_000, lambda count: b"[" * count),
    "dashes": (100_000, lambda count: b"- " * count),
    "keys": (100_000, lambda count: b"? " * count),
    "misspelt names": (
        7000,
        lambda count: whole("layers:\n" + "".join(f"- {{op: conv, k: 1, c: n{i}}}\n" for i in range(count))),
    ),
    "rows of one name": (9000, lambda count: whole("layers:\n" + "- {op: relu, name: a}\n" * count)),
    "keys of one name": (20_000, lambda count: whole("layers:\n  - {" + "op: relu, " * count + "}")),
    "columns": (60_000, lambda count: whole(f"columns: [op, {'c, ' * count}]\nlayers: [[relu]]")),
}
HOSTILE = {
    **{name: make(count) for name, (count, make) in GROWING.items()},
    "signs": whole(ROW % ("-" * 490 + "1")),
    "parentheses": whole(ROW % ("(" * 240 + "1" + ")" * 240)),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_ends_within_bounds_and_without_a_traceback(tmp_path, case):
    (tmp_path / "net.yaml").write_bytes(HOSTILE[case])
    memory = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)); " if sys.platform == "linux" else ""
    )
    program = f"{memory}from costcalc.cli import main; main(['lint', 'net.yaml'])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=False, env={**os.environ}
    )
    assert done.returncode == 2
    assert done.stderr == b""
    assert len(done.stdout) < 100_000
    assert done.stdout.startswith(b"net.yaml:")


def calls_of(data):
    """Return how many calls it takes to find the errors of a spec."""
    calls = itertools.count()
    before = sys.getprofile()
    sys.setprofile(lambda *event: next(calls))
    try:
        with suppress(SpecError):
            lint_source(*examine(read_text("net.yaml", data)))
    finally:
        sys.setprofile(before)
    return next(calls)


@pytest.mark.parametrize("case", GROWING)
def test_twice_a_hostile_file_is_at_most_twice_the_work(case):
    _, make = GROWING[case]
    assert calls_of(make(2000)) < 2.1 * calls_of(make(1000))


# how errors are shown


def test_a_long_line_is_cut_to_a_window_around_the_caret():
    line = "".join(f"{number:>5}" for number in range(100))
    source = Source("net.yaml", f"first\n{line}\n")
    shown = str(SpecError("here", Mark(source, 2, 251, 5))).split("\n")
    assert shown == ["net.yaml:2:251: error: here", f"  {line[170:330]}", f"  {' ' * 80}{'^' * 5}"]
    assert str(SpecError("end", Mark(source, 2, 500, 9))).split("\n")[1:] == [f"  {line[340:]}", f"  {' ' * 159}^"]


def test_the_caret_stands_under_wide_and_joined_characters():
    source = Source("net.yaml", "\u5377\u7a4de\u0301x")
    assert str(SpecError("x", Mark(source, 1, 5))).split("\n")[2] == "       ^"
    assert str(SpecError("wide", Mark(source, 1, 1, 2))).split("\n")[2] == "  ^^^^"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_yaml_counts_them(end):
    text = end.join(["name: n", "input: [3, 8, 8]", "layers:", "  - {op: cnov}", ""])
    _, (error,) = examine(read_text("net.yaml", text.encode()))
    assert str(error).split("\n")[1:] == ["    - {op: cnov}", "           ^^^^"]


def test_many_notes_and_names_are_counted_not_listed():
    notes = [f"while unfolding {number}" for number in range(20)]
    shown = str(SpecError("deep", notes=notes)).split("\n")
    assert shown == ["error: deep", *notes[: NOTES_SHOWN - 1], "... (12 more)", notes[-1]]
    assert listing(range(62)).endswith("`58`, `59` and 2 more")
    assert suggest("layer_7777", (f"layer_{number}" for number in range(9000))).startswith("; did you mean `layer_")


def test_the_search_for_errors_ends_after_many(say):
    rows = "".join(f"  - {{op: relu, name: a, from: b{number}}}\n" for number in range(2 * MAX_PROBLEMS))
    for text in (f"layers:\n{rows}", "layers:\n" + "  - {op: relu, k: 1}\n" * (2 * MAX_PROBLEMS)):
        found = lint_source(*examine(read_text("net.yaml", whole(text))))
        assert len(found) == MAX_PROBLEMS + 1
        assert found[-1].sentence == "100 errors found; the rest was not checked"


def test_an_error_survives_pickling():
    error = SpecError("here", Mark(Source("net.yaml", "name: n"), 1, 7), ["while unfolding"], "warning")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(again) == str(error) == "net.yaml:1:7: warning: here\n  name: n\n        ^\nwhile unfolding"


# any text


PARTS = [
    *"[]{}:,-~#&*!|>'\"%@`\n\t \\x()=<>.",
    *(
        "layers:",
        "blocks:",
        "settings:",
        "columns:",
        "totals:",
        "- {op: conv, k: 3, c: 8}",
        "{op: gap}",
        "op: add",
        "from:",
    ),
    *(
        "input: [3, 8, 8]",
        "name: n",
        "\n  - ",
        "repeat: 9",
        "when:",
        "x.c",
        "{is: 1, printed: 2, erratum: e}",
        "args: [c=1]",
    ),
    *("\u202e", "\u200b", "\x1b", "\u5377", "\x85", "\r", "0x10", "1e3", "10**18", "9" * 30),
]
BUNDLED = sorted(path.read_text() for path in SPECS.glob("*.yaml"))


@st.composite
def changed(draw):
    """Return a bundled spec with a few pieces cut out or put in."""
    text = draw(st.sampled_from(BUNDLED))
    for _ in range(draw(st.integers(1, 3))):
        start, cut = draw(st.integers(0, len(text))), draw(st.integers(0, 12))
        text = text[:start] + draw(st.sampled_from(PARTS)) + text[start + cut :]
    return text


@settings(max_examples=120)
@given(st.one_of(changed(), st.lists(st.sampled_from(PARTS)).map("".join), st.text()))
@example("? [a]\n: b\n")
@example("&a a: *a\n*a : 1")
@example("layers: !!binary x")
def test_any_text_is_a_spec_or_has_errors_in_it(text):
    data = text.encode("utf-8", "surrogatepass")
    try:
        found = lint_source(*examine(read_text("net.yaml", data)))
    except SpecError as error:
        found = [error]
    for error in found:
        assert str(error).replace("\n", "").isprintable()
        if error.mark:
            lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", error.mark.source.text)
            assert 1 <= error.mark.line <= len(lines)
            assert 1 <= error.mark.column <= len(lines[error.mark.line - 1]) + 1


@settings(max_examples=150)
@given(st.integers(1, 40), st.integers(2, 7), st.integers(1, 9), st.integers(0, 6), st.integers(0, 6))
def test_lint_counts_the_rows_that_no_window_reads(size, k, s, before, after):
    assume(size + before + after >= k)
    row = f"{{op: conv, k: {k}, s: {s}, c: 1, p: [{before}, {after}, {before}, {after}]}}"
    found = lint_source(*examine(Source("net.yaml", f"name: N\ninput: [1, {size}, {size}]\nlayers:\n  - {row}\n")))
    read = {at - before for start in range(0, size + before + after - k + 1, s) for at in range(start, start + k)}
    lost = size - len(read & set(range(size)))
    told = f"stride {s}x{s} drops {lost} of {size} rows and {lost} of {size} columns of the input to `0`"
    assert [finding.sentence for finding in found] == ([told] if lost else [])


def test_lint_takes_a_moment_for_a_map_of_any_size():
    rows = f"layers:\n  - {{repeat: 40, layers: [{{op: conv, k: 3, c: 1}}]}}\n  - {grouped('{op: maxpool, k: 2, s: 3}', 1)}\n"
    found = lint_source(*examine(Source("net.yaml", f"name: N\ninput: [1, {10**17}, {10**17}]\n{rows}")))
    assert len(found) == 1
    lost = 10**17 // 3 + 1
    assert f"drops {lost} of {10**17} rows" in found[0].sentence


def test_lint_ends_where_a_family_is_too_large_and_says_so():
    members = ", ".join(f"v{index}: {{c: {index + 1}}}" for index in range(20))
    text = f"settings: {{c: 1}}\nvariants: {{{members}}}\nlayers: [{{op: conv, k: 1, c: c, n: 15000}}]"
    found = lint_source(*examine(Source("net.yaml", whole(text).decode())))
    assert [finding.level for finding in found] == ["warning"]
    assert found[0].sentence == "lint checked 7 of 21 members, 105,000 layers in total, and stopped there"


WRITTEN = st.recursive(
    st.sampled_from(["1", "0", "2.5", "1e3", "10**9", "x", "s", "x.c", "relu", "true", "3x5", "y.q", "010", ""]),
    lambda part: st.one_of(
        st.tuples(
            part, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "==", " and ", " or ", ","]), part
        ).map("".join),
        st.tuples(st.sampled_from(["-", "not ", "min", "max", "int", "round", "divisible", "q"]), part).map(
            "({0[0]}({0[1]}))".format
        ),
        st.tuples(part, part, part).map("({0[0]} if {0[1]} else {0[2]})".format),
    ),
    max_leaves=12,
)


class Row(NamedTuple):
    shape: Shape


@settings(max_examples=200)
@given(st.one_of(WRITTEN, st.text("()+-*/%<>=!.,0123456789eExX_ abcnotifrlds\u5377'\"[]", max_size=60)))
@example("-" * (MAX_CHARS - 1) + "1")
@example("+".join("1" * MAX_DEPTH))
@example("(" * 249 + "1" + ")" * 249)
@example("1_")
@example("0" * 40 + "x1")
@example("10**18*10**18")
@example("(-1)**.5")
def test_any_expression_has_a_bounded_value_or_a_reason(text):
    names = {"s": 2, "y": 3.5, "x": Row(Shape(3, 8, 8))}
    reason = value = None
    try:
        value = evaluate(parse(text), names, frozenset({"relu"}))
    except ExprError as error:
        reason = error
    if reason:
        assert 0 <= reason.offset <= max(len(text), 1)
        assert str(reason).isprintable()
    else:
        assert isinstance(value, (bool, int, float, str, tuple))
        assert not isinstance(value, int) or abs(value) <= 10**18


def test_the_tree_counts_what_aliases_write_out():
    root = compose(Source("net.yaml", "a: &a [x, yy]\nb: [*a, *a]\n"))
    assert (root.size, root.length) == (1 + 2 + 3 + 1 + 6, 1 + 1 + 3 + 6)
