"""Runs commands in the process of the tests, with stdout and stderr apart in every version of click."""

from inspect import signature

import click.testing

APART = {"mix_stderr": False} if "mix_stderr" in signature(click.testing.CliRunner).parameters else {}


class CliRunner(click.testing.CliRunner):
    """The runner of click; `output` is both streams, in the order of the lines where click keeps it (8.2 and later)."""

    def __init__(self):
        super().__init__(**APART)

    def invoke(self, *args, **options):
        result = super().invoke(*args, **options)
        if APART:
            result.__class__ = Mixed
        return result


class Mixed(click.testing.Result):
    @property
    def output(self):
        return self.stdout + self.stderr
