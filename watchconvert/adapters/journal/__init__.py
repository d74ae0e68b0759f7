"""The journal in SQLite: the queue of the daemon and the only place with SQL.

WAL with synchronous=FULL: a commit that returned survives a power cut.  One
connection writes; commits of concurrent callers share one transaction
(docs/design.md, "The journal is the queue").
"""
