"""What every wing is on: errors with their place, figures read and written, tables as data."""
