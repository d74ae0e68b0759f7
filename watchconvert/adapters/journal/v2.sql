
-- The words of the log and the journal are the same, in one word each.
UPDATE event SET event = replace(event, ' ', '_') WHERE event IN ('set aside', 'sent back');
UPDATE round SET outcome = replace(outcome, ' ', '_') WHERE outcome IN ('set aside', 'sent back');

-- What the daemon put into the folders of routes, for as long as it may have to be removed again.
CREATE TABLE placed (
    id     INTEGER PRIMARY KEY,
    route  TEXT NOT NULL,
    root   BLOB NOT NULL,     -- the outbox, error folder or archive
    folder BLOB NOT NULL,     -- the sub-folder in it
    name   BLOB NOT NULL,
    kind   TEXT NOT NULL,     -- 'file', 'note' or 'folder'
    ino    TEXT NOT NULL,     -- in digits, as is mtime: the integers of SQLite end sooner
    size   INTEGER NOT NULL,
    mtime  TEXT NOT NULL,     -- nanoseconds
    job    TEXT NOT NULL,
    at     REAL NOT NULL
) STRICT;

CREATE UNIQUE INDEX placed_there ON placed (root, folder, name);
CREATE INDEX placed_since ON placed (route, root, kind, at, size);

-- The last time of day that is believed: what is removed by its age is not removed by a clock that jumps.
CREATE TABLE calendar (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    believed REAL NOT NULL
) STRICT;
