"""What makes a figure differ: a stated figure read and judged, and the mistakes that give wrong ones."""
