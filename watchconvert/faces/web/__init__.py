"""The page that shows how it is: a child of the daemon that only reads the journal and the status note.

What the page is asked to do goes the way of the command line's wishes.  Why a
process of its own: docs/design.md, "The page".
"""
