"""What may be wrong with the journal."""


class JournalError(Exception):
    """The journal cannot be read or written: the daemon stops rather than work without it."""


class JournalInUseError(JournalError):
    """Another daemon has the journal open."""


class DamagedJournalError(JournalError):
    """The file is no sound database: it is put aside, and what lies in the stages is adopted."""


class NewerJournalError(JournalError):
    """A later watchconvert wrote the journal: to start again does not help, a person has to choose."""
