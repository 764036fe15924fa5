"""What every test starts from: an environment that says nothing of a terminal, and no clock, whoever runs the tests."""

import os

import pytest
from hypothesis import HealthCheck, settings

for name in ("COLUMNS", "LINES", "NO_COLOR"):
    os.environ.pop(name, None)


def _process():
    """Return what every later test shares: the folder and the environment, without pytest's own note of the test."""
    return os.getcwd(), {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}


@pytest.fixture(autouse=True)
def _leaves_the_process_as_it_was():
    """Fail a test that leaves another folder or environment to the tests after it, whose output then depends on order."""
    before = _process()
    yield
    assert _process() == before


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
