-- The drives in this file.
CREATE TABLE drive (
    drive INTEGER PRIMARY KEY,
    -- The resource as Graph's path: /me/drive/root, /drives/b!x/root.
    resource TEXT NOT NULL UNIQUE,
    -- Graph's id of the drive, once an item has shown it.
    drive_id TEXT,
    -- The node of its root, once it has come.
    root INTEGER,
    -- Where the stream of changes goes on: a checkpoint of drivebell. NULL: from the start.
    checkpoint TEXT,
    -- The enumeration that items belong to, and its number: node.mark of what it contained.
    snapshot TEXT,
    mark INTEGER NOT NULL DEFAULT 0,
    -- The last enumeration that is complete: what has an older mark is gone.
    swept INTEGER NOT NULL DEFAULT 0,
    -- Why it enumerates: 'start', 'audit' or 'resync'.
    cause TEXT NOT NULL DEFAULT 'start',
    -- Whether what is there at the beginning comes as changes: 'created' or 'silent'.
    initial TEXT NOT NULL,
    -- 1 once the first enumeration is complete.
    ready INTEGER NOT NULL DEFAULT 0,
    -- Of the last change, and of the last change that is done.
    sequence INTEGER NOT NULL DEFAULT 0,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0,
    suppressed INTEGER NOT NULL DEFAULT 0,
    drift INTEGER NOT NULL DEFAULT 0
);

-- Texts that many items have: media types, and people as Graph's JSON of an identity set.
CREATE TABLE word (
    word INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

-- The items.
CREATE TABLE node (
    node INTEGER PRIMARY KEY,
    drive INTEGER NOT NULL,
    id TEXT NOT NULL,
    -- A hash of the id, because an index of ids would be as large as the rest.
    id_key INTEGER NOT NULL,
    -- The folder's node. NULL for the root, and for a folder that is known by its children only.
    parent INTEGER,
    name TEXT,
    -- A hash of the name in lower case.
    name_key INTEGER,
    -- 0 a folder that is known by its children only; 1 waits for its folder; 2 in the tree; 3 another
    -- item has its name and place; 4 a deleted folder, which is kept until the next full enumeration,
    -- because what was in it may turn up elsewhere.
    state INTEGER NOT NULL,
    -- The sum of: 1 folder, 2 file, 4 package, 8 root, 16 shared, 32 link to another drive.
    facets INTEGER NOT NULL,
    size INTEGER,
    -- Unix time in milliseconds.
    created INTEGER,
    modified INTEGER,
    etag TEXT,
    -- A number n stands for the text of the etag with `c:` before it and n as its version.
    ctag,
    -- Graph's quickXorHash.
    hash BLOB,
    mime INTEGER,
    created_by INTEGER,
    modified_by INTEGER,
    -- Rarer parts, as a JSON object of Graph's: shared, package, remoteItem, hashes.
    extra TEXT,
    mark INTEGER NOT NULL,
    -- Of a folder: the number of items in it, at all depths.
    below INTEGER NOT NULL
);

-- With keep_raw: the JSON of items as Graph sent it.
CREATE TABLE raw (
    node INTEGER PRIMARY KEY,
    json TEXT NOT NULL
);

-- Items whose new place is not there yet: they stay in their old one until it is.
CREATE TABLE deferred (
    node INTEGER PRIMARY KEY,
    drive INTEGER NOT NULL,
    json TEXT NOT NULL
);

-- Items whose name another one has taken, and the folder where that was: they come back if it leaves.
CREATE TABLE displaced (
    number INTEGER PRIMARY KEY,
    node INTEGER NOT NULL UNIQUE,
    folder INTEGER
);

-- The changes that are not done yet, a line of JSON for each.
CREATE TABLE outbox (
    chunk INTEGER PRIMARY KEY AUTOINCREMENT,
    drive INTEGER NOT NULL,
    -- The sequences of the first and the last change.
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    changes TEXT NOT NULL
);

-- The others are built when the first enumeration is complete, which is faster.
CREATE INDEX node_waiting ON node (parent) WHERE state = 1;
