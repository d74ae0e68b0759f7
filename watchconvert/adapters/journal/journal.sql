-- Version 3.  Times are seconds since the epoch, names are the bytes that the file system has.
CREATE TABLE job (
    id          TEXT PRIMARY KEY,
    route       TEXT NOT NULL,
    folder      BLOB NOT NULL,
    name        BLOB NOT NULL,
    state       TEXT NOT NULL,
    due         REAL NOT NULL,
    note        TEXT NOT NULL,
    tries       INTEGER NOT NULL,
    troubled_at REAL NOT NULL,
    deaths      INTEGER NOT NULL,
    noticed_at  REAL NOT NULL,
    changed_at  REAL NOT NULL,
    file_id     TEXT NOT NULL,
    uploaded_at REAL NOT NULL,
    sha256      TEXT NOT NULL,
    remote_id   TEXT NOT NULL,
    minted_at   REAL NOT NULL,
    doubted_at  REAL NOT NULL,
    step        INTEGER NOT NULL,
    round       INTEGER NOT NULL,
    sent        INTEGER NOT NULL,
    repeats     INTEGER NOT NULL,
    cost        INTEGER NOT NULL,
    adopted     INTEGER NOT NULL,
    terms       TEXT NOT NULL,  -- the order, as JSON: editing the configuration never changes a job under way
    sighting    TEXT NOT NULL,  -- JSON
    parts       TEXT NOT NULL,  -- JSON
    verdict     TEXT,           -- JSON
    owner       INTEGER NOT NULL DEFAULT -1  -- the uid that owned the source when it was noticed; -1 where unknown
) STRICT, WITHOUT ROWID;

CREATE INDEX job_open ON job (due) WHERE state NOT IN ('done', 'failed', 'withdrawn');
CREATE INDEX job_changed ON job (changed_at);
CREATE INDEX job_rest ON job (changed_at, route, state, owner) WHERE state IN ('done', 'failed', 'withdrawn');
CREATE INDEX job_named ON job (name);
CREATE INDEX job_remote ON job (remote_id) WHERE state = 'converting';
CREATE UNIQUE INDEX one_noticed_job_per_file ON job (route, folder, name) WHERE state = 'noticed';

-- What happened to each job, in the words of the log; appended with the change itself.
CREATE TABLE event (
    id    INTEGER PRIMARY KEY,
    job   TEXT NOT NULL,
    at    REAL NOT NULL,
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    note  TEXT NOT NULL
) STRICT;

CREATE INDEX event_of_job ON event (job, id);

-- Each JobId that may have been billed: the ledger.
CREATE TABLE round (
    remote_id TEXT PRIMARY KEY,
    job       TEXT NOT NULL,
    minted_at REAL NOT NULL,
    sent      INTEGER NOT NULL,
    outcome   TEXT NOT NULL,
    cost      INTEGER NOT NULL,
    route     TEXT NOT NULL DEFAULT '',   -- as in the job, so that the ledger is summed without it
    owner     INTEGER NOT NULL DEFAULT -1
) STRICT, WITHOUT ROWID;

CREATE INDEX round_of_job ON round (job);
CREATE INDEX round_spent ON round (minted_at, route, owner, cost);
CREATE INDEX round_doubtful ON round (minted_at, route, owner)
    WHERE sent > 1 OR outcome IN ('forgotten', 'sent_back');

CREATE TABLE hold (
    scope    TEXT NOT NULL,
    name     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    since    REAL NOT NULL,
    probe_at REAL NOT NULL,
    probes   INTEGER NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

-- What the service told of the account, now and then.
CREATE TABLE account (
    at           REAL PRIMARY KEY,
    total        INTEGER,
    consumed     INTEGER,
    seconds_left INTEGER
) STRICT, WITHOUT ROWID;

-- Folders of routes that were there once, with their device: a bare mount point is never mistaken for one.
CREATE TABLE known_folder (
    path TEXT PRIMARY KEY,
    dev  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
