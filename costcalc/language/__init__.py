"""The language of a table, as frozen data: the arithmetic of cells, specs, settings."""
