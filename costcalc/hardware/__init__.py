"""What counts mean on a device: rooflines, measured times, epochs, and the files that describe devices."""
