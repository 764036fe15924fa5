"""Results -> documents: what each command shows, as tables of data and as JSON; nothing here formats or prints."""
