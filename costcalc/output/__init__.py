"""Results -> documents -> text: views, formats, charts."""
