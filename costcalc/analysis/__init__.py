"""What can be asked of specs: the Python door, sweeps and fits, comparisons, claims verified, lint."""
