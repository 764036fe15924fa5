"""What tells that an input is of a new sort: lines of the program that ran for the first time, new messages."""

import re
import sys

QUOTED = re.compile(r"`[^`]*`|\d+")
FOLDER = "costcalc"
TOOL = 4  # of `sys.monitoring`: no other tool has this number


class Guide:
    """Counts what was reached. Each line tells once, and costs nothing from then on; Python 3.12 and later see lines."""

    def __init__(self) -> None:
        self.new = 0
        self.messages: set[tuple[str, str]] = set()

    def start(self) -> None:
        """Begin to look at the lines of the program."""
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is None:
            return
        monitoring.use_tool_id(TOOL, "fuzz")
        monitoring.register_callback(TOOL, monitoring.events.LINE, self.line)
        monitoring.set_events(TOOL, monitoring.events.LINE)

    def line(self, code: object, _number: int) -> object:
        """Note a line that has not run before."""
        self.new += f"/{FOLDER}/" in code.co_filename  # type: ignore[attr-defined]
        return sys.monitoring.DISABLE  # type: ignore[attr-defined]

    def is_new(self, command: str, said: str) -> bool:
        """Return whether something was reached since the last call that never was before."""
        message = command, QUOTED.sub("", said.rpartition("error: ")[2])[:60]
        found = self.new > 0 or (message not in self.messages and len(self.messages) < 20_000)
        self.messages.add(message)
        self.new = 0
        return found
