-- Whose file it was, so that work and money can be told by person.
ALTER TABLE job ADD COLUMN owner INTEGER NOT NULL DEFAULT -1;

-- What came to rest is counted and found by an index that has all of it; written once for each job.
DROP INDEX job_rest;
CREATE INDEX job_rest ON job (changed_at, route, state, owner) WHERE state IN ('done', 'failed', 'withdrawn');

-- The ledger is summed without the jobs.
ALTER TABLE round ADD COLUMN route TEXT NOT NULL DEFAULT '';
ALTER TABLE round ADD COLUMN owner INTEGER NOT NULL DEFAULT -1;
UPDATE round SET route = coalesce((SELECT job.route FROM job WHERE job.id = round.job), '');
CREATE INDEX round_spent ON round (minted_at, route, owner, cost);
CREATE INDEX round_doubtful ON round (minted_at, route, owner)
    WHERE sent > 1 OR outcome IN ('forgotten', 'sent_back');
