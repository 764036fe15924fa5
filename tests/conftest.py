"""What every test starts from: an environment that says nothing of a terminal, and no clock, whoever runs the tests."""

import os

import pytest
from hypothesis import HealthCheck, settings

for name in ("COLUMNS", "LINES", "NO_COLOR"):
    os.environ.pop(name, None)

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# Files that run every command, every page or every network: `-m "not slow"` leaves them out, for half a minute's wait.
SLOW = {
    *("test_cli", "test_compare", "test_compress", "test_docs", "test_errors", "test_explain", "test_formats"),
    *("test_misconceptions", "test_mutation", "test_registry", "test_search", "test_sweep", "test_trace"),
    *("test_verify", "test_zoo"),
}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)
