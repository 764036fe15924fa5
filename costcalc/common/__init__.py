"""What every wing stands on: errors with their place, figures read and written, tables as data."""
