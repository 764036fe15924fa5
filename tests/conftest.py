"""What every test starts from: an environment that says nothing of a terminal, whoever runs the tests."""

import os

for name in ("COLUMNS", "LINES", "NO_COLOR"):
    os.environ.pop(name, None)
