-- Version 1.

-- Which process owns a partition, and the records of the processes themselves.
CREATE TABLE ownership (
    partition TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    -- Numbers from 2^63 on are stored as negative ones.
    epoch INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    partition TEXT NOT NULL,
    drive TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    memo TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (partition, drive)
) STRICT;

-- The revision of the last write, in its only row. No revision comes twice, so a record that was
-- forgotten and made again is not taken for the former one.
CREATE TABLE counter (revision INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES (0);
