"""The HTTP contract of the conversion service (docs/contract.md), spoken over requests."""
