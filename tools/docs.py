"""Write the pages and the index of specs that come from the code; with --check, say which have drifted and exit 1."""

import sys
from functools import partial
from pathlib import Path

import click
from click.testing import CliRunner

from costcalc import specfile
from costcalc.causes import CATALOGUE, NEAR_HITS
from costcalc.cli import COMMANDS, main
from costcalc.common.units import shown_value
from costcalc.language.settings import overrides, resolve
from costcalc.language.spec import Definition, ExactTotals
from costcalc.network.figures import FIGURES
from costcalc.network.metrics import BY_ATTRIBUTE, CONVENTIONS, COUNTS, DEFAULT_MACS, DEFAULT_PARAMS, Term
from costcalc.ops import OPS, Op
from costcalc.ops.schema import OneOf
from costcalc.specfile import KINDS
from costcalc.specfile.index import members_of, written
from costcalc.unfold import interpreter

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools"))  # for the tools next to this one, from wherever it is run
DOCS = ROOT / "docs"
WIDTH = 100


def verification_page() -> str:
    """Return the page that says what was held against implementations."""
    from oracle.page import page

    return page()


def cli_page() -> str:
    """Return docs/cli.md: the help of every command, word for word."""
    parts = [
        "# Command line",
        "",
        "Every command's help, as `--help` prints it. stdout is data, stderr is messages. Exit code 0: done; 1: a",
        "well-formed no; 2: bad usage, a bad spec or a missing file; 70: a fault of the program.",
        "",
        "Names of specs, settings, columns and conventions are completed once the shell knows how:",
        "",
        "```sh",
        "_COSTCALC_COMPLETE=bash_source costcalc > costcalc.bash  # then, in ~/.bashrc: . /path/to/costcalc.bash",
        "```",
        "",
        "`zsh_source` and `fish_source` write it for zsh and fish.",
        "",
        *_help("costcalc", main),
    ]
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        parts += ["", f"## costcalc {name}", "", *_help(f"costcalc {name}", command)]
    return "\n".join(parts) + "\n"


def _help(name: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    context.help_option_names = ["--help", "-h"]
    return ["```text", command.get_help(context), "```"]


def zoo_page() -> str:
    """Return docs/zoo.md: every bundled family with its settings and the exact totals of its members."""
    parts = [
        "# The bundled networks",
        "",
        "Trainable parameters, MACs of conv and fc, and conv and fc outputs, exact, at the settings of each source.",
        "Every total was counted on a real implementation too; every figure of a table is checked whenever it is used.",
    ]
    for name in specfile.bundled():
        spec = specfile.load(name)[0]
        values = resolve(spec, {}).values
        settings = ", ".join(f"`{key}` {shown_value(value)}" for key, value in values.items())
        parts += ["", f"## {spec.name}", "", f"`{name}`: {spec.source}.", "", f"Settings: {settings}.", ""]
        parts += ["| name and settings | parameters | MACs | activations |", "| --- | ---: | ---: | ---: |"]
        parts += [_zoo_row(name, spec, entry) for entry in spec.totals]
        if spec.alternatives:
            told = "; ".join(spec.alternatives)
            parts += ["", f"Alternatives that `why` tries: {told}."]
    return "\n".join(parts) + "\n"


def _zoo_row(name: str, spec: Definition, entry: ExactTotals) -> str:
    given = ",".join(f"{key}={cell.expr.text}" for key, cell in entry.settings.items() if cell.expr)
    totals = interpreter.build(spec, overrides(spec, entry.variant, entry.settings)).totals
    label = (entry.variant or name) + (f":{given}" if given else "")
    return f"| `{label}` | {totals.params:,} | {totals.macs:,} | {totals.activations:,} |"


def mistakes_page() -> str:
    """Return docs/mistakes.md: the catalogue, entry by entry."""
    parts = [
        "# The catalogue of mistakes",
        "",
        "What `costcalc check` holds a wrong answer against, the simplest first, as docs/teaching.md tells. On a",
        "whole network a mistake is made in every layer, each on its true input, as a table prints it: a wrong",
        "output size reaches the next layer only among ten layers or fewer, as a student chains them by hand, and in",
        "`pool-rounding`, which shows nowhere else.",
        "",
        "| mistake | you ... | what was counted | where it shows | there the same as |",
        "| --- | --- | --- | --- | --- |",
    ]
    for mistake in CATALOGUE.values():
        same = ", ".join(f"`{name}`" for name in mistake.equals)
        parts.append(f"| `{mistake.name}` | {mistake.did} | {mistake.formula} | {mistake.where} | {same} |")
    parts += [
        "",
        "A number of six digits or more that nothing gives is said to be near the right one, or near that of one",
        "mistake, where a slip of the pen makes it of that one. Such a slip is not a cause: it has no credit and is in",
        "no gradebook.",
        "",
        "| near hit | what is said | what was written |",
        "| --- | --- | --- |",
        *(f"| `{hit.name}` | {hit.did} | {hit.formula} |" for hit in NEAR_HITS),
    ]
    return "\n".join(parts).replace("*", "\\*") + "\n"


def counting_page() -> str:
    """Return docs/counting.md with the tables of conventions and of figures between their marks."""
    return _between("counting.md", {"conventions": _convention_rows(), "figures": _figure_rows()})


def _between(name: str, tables: dict[str, list[str]]) -> str:
    """Return a page with the rows of tables between their marks."""
    page = (DOCS / name).read_text(encoding="utf-8")
    for table, rows in tables.items():
        begin, end = f"<!-- {table}: written by tools/docs.py -->", f"<!-- end of {table} -->"
        before, _, rest = page.partition(begin)
        page = "\n".join([f"{before}{begin}", *rows, f"{end}{rest.partition(end)[2]}"])
    return page


def _figure_rows() -> list[str]:
    """Return the table of the figures that are neither counts nor conventions."""
    kinds = {"int": "a whole number", "bytes": "bytes", "decimal": "a ratio"}
    rows = ["| figure | what it is | in | less is better |", "| --- | --- | --- | --- |"]
    for name, figure in FIGURES.items():
        if name not in COUNTS and name not in BY_ATTRIBUTE:
            rows.append(f"| `{name}` | {figure.words} | {kinds[figure.kind]} | {'yes' if figure.better else ''} |")
    return rows


def _convention_rows() -> list[str]:
    """Return the table of the conventions."""
    rows = ["| convention | of | says | sums | source |", "| --- | --- | --- | --- | --- |"]
    for row in CONVENTIONS.values():
        name = f"`{row.name}`" + (" (default)" if row in (DEFAULT_MACS, DEFAULT_PARAMS) else "")
        of = {"macs": "MACs", "params": "parameters"}[row.measures]
        rows.append(f"| {name} | {of} | {row.words} | {' + '.join(map(_term, row.terms))} | {row.source} |")
    return rows


def spec_page() -> str:
    """Return docs/spec-format.md with the table of layer types between its marks, from their declarations."""
    rows = ["| op | what it is | inputs | needs | takes, with the default |", "| --- | --- | --- | --- | --- |"]
    return _between("spec-format.md", {"ops": [*rows, *map(_op_row, OPS.values())]})


def _op_row(op: Op) -> str:
    """Return the row of a layer type: the first sentence of its docstring, its inputs, its columns."""
    what = (op.function.__doc__ or "").split("\n")[0].rstrip(".")
    many = op.inputs if isinstance(op.inputs, tuple) else (op.inputs,)
    inputs = "two or more" if op.inputs is None else ", ".join(map(str, many))
    needs = [f"`{column}`" for column in op.columns if column in op.required]
    needs += [" or ".join(f"`{column}`" for column in op.either)] if op.either else []
    others = [column for column in op.columns if column not in op.required and column not in op.either]
    takes = ", ".join(_column(op, column) for column in others)
    return f"| `{op.name}` | {what} | {inputs} | {', '.join(needs)} | {takes} |"


def _column(op: Op, column: str) -> str:
    """Return a column with its default; none where it follows from others."""
    kind, value = op.columns[column], op.defaults[column]
    if isinstance(value, bool):
        value = str(value).lower()
    elif value is None:
        value = "none" if isinstance(kind, OneOf) else ""
    elif isinstance(value, tuple):
        value = value[0]
    return f"`{column}: {value}`" if value != "" else f"`{column}`"


def _term(term: Term) -> str:
    """Return one summand with the layers that it is taken of: `2 pool_strides (of maxpool, avgpool)`."""
    what = term.what if term.factor == 1 else f"{term.factor} {term.what}"
    met = [
        f"of {', '.join(term.ops)}" if term.ops else "",
        f"of {', '.join((*term.acts, *term.norms))}" if term.acts or term.norms else "",
        f"as {', '.join(term.codings)}" if term.codings else "",
        f"with {', '.join(map(_held, term.given))}" if term.given else "",
        f"but of {', '.join(term.but)}" if term.but else "",
    ]
    told = "; ".join(filter(None, met))
    return f"{what} ({told})" if told else what


def _held(held: tuple[str, str | bool]) -> str:
    """Return what a column has to hold: `gamma`, `no frozen`, `mode nearest`."""
    column, value = held
    return f"{column} {value}" if isinstance(value, str) else column if value else f"no {column}"


def index_file() -> str:
    """Return specs/index.csv: a line for each bundled network."""
    every = (member for file in specfile.bundled() for member in members_of(file, specfile.load(file)[0]))
    return written(every)


def picture() -> str:
    """Return docs/report.svg, the picture of README.md."""
    return CliRunner().invoke(main, ["report", "mobilenet_v1", "--plot", "--format", "svg"]).stdout


def schema_file(kind: str) -> str:
    """Return the JSON Schema of a kind of file, as the command prints it."""
    return CliRunner().invoke(main, ["schema", kind]).stdout


PAGES = {
    "docs/report.svg": picture,
    "docs/cli.md": cli_page,
    "docs/zoo.md": zoo_page,
    "docs/counting.md": counting_page,
    "docs/mistakes.md": mistakes_page,
    "docs/spec-format.md": spec_page,
    "docs/verification.md": verification_page,
    "specs/index.csv": index_file,
    **{f"specs/schema/{kind}.json": partial(schema_file, kind) for kind in ("spec", *KINDS)},
}


def run(check: bool) -> int:
    """Write the pages, or compare them; return the exit code."""
    drifted = []
    for name, page in PAGES.items():
        path, text = ROOT / name, page()
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            drifted.append(name)
    for name in drifted:
        print(f"{name} has drifted: run python tools/docs.py", file=sys.stderr)
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(run(check="--check" in sys.argv[1:]))
