"""The file system: every rename, sync, lease and listing in the program.

Folders are opened once, component by component and never through a symbolic
link; everything below is done relative to that descriptor, never by a path
twice (docs/design.md, "Hostile shares").
"""
