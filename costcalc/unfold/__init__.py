"""A spec at some settings -> a network: rows written out, shapes propagated, claims checked."""
