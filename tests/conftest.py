"""What every test starts from: an environment that says nothing of a terminal, and no clock, whoever runs the tests."""

import os

from hypothesis import HealthCheck, settings

for name in ("COLUMNS", "LINES", "NO_COLOR"):
    os.environ.pop(name, None)

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
