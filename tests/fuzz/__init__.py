"""Hostile input: files and options mutated from what is bundled and what once broke, run in this process."""
