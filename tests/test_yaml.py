"""What is not YAML: each sentence of the parsers in our words, with its caret, whichever of the two parsers reads."""

import re

import pytest
import yaml

from costcalc.common.errors import Source, SpecError
from costcalc.specfile import composer

TAB = "a tab is not allowed here: use spaces"
SPACE = "a space is expected after this `-`"
INDENTED = "this line is indented too little or too far"
OPEN_QUOTE, ESCAPE = (
    "this quote is not closed",
    r"a `\` in double quotes begins an escape: write `\\`, or use single quotes",
)
PERCENT, TAG = "quote a text that starts with `%`", "quote a text that starts with `!`"
CLOSED = "a list or map ends at its closing bracket: quote a text that starts with one"
QUOTED = "a text ends at its closing quote: quote all of it, with each quote in it twice"
NO_COLON = "a key is not allowed here: the text before it has no `: `"
# each: a file, the place of the caret, the sentence
BOTH = [
    ("layers:\n\t- {op: gap}\n", "2:1", TAB),
    ("a: 1\n  \tb: 2\n", "2:3", TAB),
    ("- a\n-\tb: 1\n", "2:2", TAB),
    ("a: |\n\tx\n", "2:1", TAB),
    ("a: b\n\tc\n", "2:1", TAB),
    ("a: 'x\nb: 1\n", "1:4", OPEN_QUOTE),
    ('a: "x\n---\nb\n', "1:4", OPEN_QUOTE),
    ("a: 1\nb: '", "2:4", OPEN_QUOTE),
    ('a: "1\\q"\n', "1:6", ESCAPE),
    ('a: "\\\\\\xzz"\n', "1:7", ESCAPE),
    ("layers:\n  - {op: relu}\n - {op: gap}\n", "3:2", INDENTED),
    ("layers:\n- {op: relu}\n  - {op: gap}\n", "3:3", INDENTED),
    ("layers:\n  -{op: relu}\n  -{op: gap}\n", "2:3", SPACE),
    ("layers:\n  - {op: relu}\n  -{op: gap}\n", "3:3", SPACE),
    ("a:\n   b: 1\n  c: 2\n", "3:3", INDENTED),
    ("a: |\n  x\n y\n", "3:2", INDENTED),
    ("a: 1\n\n  b: 2\n", "3:4", INDENTED),
    ("- - a\n - b\n", "2:2", INDENTED),
    ("a: b\n- c\n", "2:1", INDENTED),
    ("layers:\n  - a\n  b: 1\n", "3:3", "a `- ` is expected here, or another indentation"),
    ("a: - b\n", "1:4", "a `-` is not allowed here: begin the list on the next line, or quote the text"),
    ("a: b: c\n", "1:5", "quote a text that has `: ` in it"),
    ("a: 'x' : y", "1:8", "quote a text that has `: ` in it"),
    ("a\nb: 1\n", "2:2", NO_COLON),
    ("a:b\nc: d\n", "2:2", NO_COLON),
    ("x" * 1100 + ": 1\n", "1:1101", NO_COLON),
    ("a: 1\nlayers\nb: 2\n", "2:1", "a `: ` is expected after this key"),
    ("a: ? b\n", "1:4", "a `?` is not allowed here: quote a text that starts with `?`"),
    ("%YAML 2.0\n---\na: 1\n", "1:1", PERCENT),
    ("%YAML 1.1\n%YAML 1.1\n---\na: 1\n", "2:1", PERCENT),
    ("%TAG ! x\n%TAG ! x\n---\na: 1\n", "2:1", PERCENT),
    ("% of it: 3\n", "1:1", PERCENT),
    ("a: 3\nb: %c\n", "2:4", PERCENT),
    ("a: & b\n", "1:4", "quote a text that starts with `&`"),
    ("a: * 3\n", "1:4", "quote an expression that starts with `*`"),
    ("a: !<x\n", "1:4", TAG),
    ("a: !x!y 3\n", "1:4", TAG),
    ("a: !%zz 1\n", "1:4", TAG),
    ("a: !<%c3%28> 1\n", "1:4", TAG),
    ("a: |x\n b\n", "1:4", "quote a text that starts with `|`"),
    ("a: >0\n b\n", "1:4", "quote a text that starts with `>`"),
    ("a: @b\n", "1:4", "quote a text that starts with `@`"),
    ("a: `b`\n", "1:4", "quote a text that starts with a backtick"),
    ("[1, |]\n", "1:5", "quote a text that starts with `|`"),
    ("layers:\n  - {op: fc, c: 3\n  - {op: gap}\n", "2:5", "this `{` is not closed"),
    ("a: [1, 2\nb: 3\n", "1:4", "this `[` is not closed"),
    ("{op: fc c: 10}\n", "1:10", "a `,` or a `}` is expected"),
    ("[a, b}", "1:6", "a `,` or a `]` is expected"),
    ("a: [x]]\n", "1:7", "this `]` closes nothing"),
    ("{a: b}}\n", "1:7", "this `}` closes nothing"),
    ("- }\n", "1:3", "this `}` closes nothing"),
    ("{a: 1, , b: 2}", "1:8", "a value is missing before this `,`"),
    ("a:\n- {b: 3},\n- {b: 4}\n", "2:9", "this `,` is not allowed here"),
    (": : :", "1:1", "a key is expected before this `:`"),
    ("a: 'it's'\n", "1:8", QUOTED),
    ("'a' b: 1\n", "1:5", QUOTED),
    ("a: [1] b\n", "1:8", CLOSED),
    ("{a: 1} x\n", "1:8", CLOSED),
    ("[a]\nb\n", "2:1", "a file ends with its one list or map"),
    ("a: 1\n...\nb: 2\n", "3:1", "a file ends at `...`"),
]
# what the parsers see at different places, or one of them alone
LIBYAML = [
    ("%foo\na: 1\n", "1:1", PERCENT),
    ("a: !x,y\n", "1:4", TAG),
    ("- a: 1\n b: 2\n", "2:2", "a `- ` is expected here, or another indentation"),
    ('a: "\\U00110000"\n', "1:5", ESCAPE),
]
PYTHON = [
    ("%foo\na: 1\n", "2:1", PERCENT),
    ("a: b\n \tc\n", "2:2", TAB),
    ('a: "\\U00110000"\n', "1:1", "the file cannot be read as YAML from here on"),
]
C, PURE = getattr(yaml, "CSafeLoader", None), yaml.SafeLoader
CASES = [(C, *case) for case in (*BOTH, *LIBYAML) if C] + [(PURE, *case) for case in (*BOTH, *PYTHON)]
FOREIGN = re.compile("while (scanning|parsing)|did not find|could not find|in this context|found |scalar|token|stream")


@pytest.mark.parametrize(("loader", "text", "place", "sentence"), CASES, ids=lambda value: str(value)[:40])
def test_what_is_not_yaml_says_why_in_plain_words(loader, text, place, sentence, monkeypatch):
    monkeypatch.setattr(composer, "_LOADER", loader)
    with pytest.raises(SpecError) as caught:
        composer.compose(Source("f.yaml", text))
    first, line, caret = str(caught.value).split("\n")
    assert first == f"f.yaml:{place}: error: not YAML: {sentence}"
    number, column = map(int, place.split(":"))
    assert caret.lstrip() == "^"
    if column < 100:
        assert line == f"  {text.splitlines()[number - 1].replace(chr(9), ' ')}"
        assert len(caret) == column + 2
    assert not FOREIGN.search(first)


def test_every_sentence_of_the_table_is_said_of_some_file():
    said = {sentence for *_, sentence in CASES}
    rows = [saying.sentence for saying in composer.SAYINGS]
    rare = {  # what no file of bearable size and depth makes a parser of today say
        f"nested over {composer.MAX_NESTING} deep",
        "quote a text that has `:` in it",
        "a value is expected here",
    }
    for row in rows:
        shape = re.compile(re.escape(row).replace(r"\{\}", ".").replace(r"\}\}", r"\}"))
        assert row in rare or any(shape.fullmatch(sentence) for sentence in said), row
