"""Layers and what is counted of them: conventions, figures by name, groups, parts, memory, compression."""
