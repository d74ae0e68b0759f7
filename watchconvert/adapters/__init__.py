"""Thin hands: each module here is the only one to know its neighbour (disk, journal, service, clock)."""
