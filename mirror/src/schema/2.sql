-- What a person reads.
CREATE VIEW item AS
SELECT
    drive.resource AS drive,
    node.id,
    node.name,
    CASE
        WHEN node.facets & 8 THEN 'root'
        WHEN node.facets & 4 THEN 'package'
        WHEN node.facets & 1 THEN 'folder'
        WHEN node.facets & 32 THEN 'link'
        ELSE 'file'
    END AS type,
    node.size,
    strftime('%Y-%m-%dT%H:%M:%fZ', node.created / 1000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', node.modified / 1000.0, 'unixepoch') AS modified_at,
    mime.text AS mime_type,
    coalesce(json_extract(person.text, '$.user.displayName'),
        json_extract(person.text, '$.application.displayName')) AS modified_by,
    (node.facets & 16) <> 0 AS shared,
    node.etag,
    CASE typeof(node.ctag)
        WHEN 'integer' THEN '"c:' || substr(node.etag, 2, instr(node.etag, '},') - 1) || ',' || node.ctag || '"'
        ELSE node.ctag
    END AS ctag,
    hex(node.hash) AS quick_xor_hash,
    folder.id AS parent_id,
    node.below AS descendants,
    node.node
FROM node
JOIN drive ON drive.drive = node.drive
LEFT JOIN node AS folder ON folder.node = node.parent
LEFT JOIN word AS mime ON mime.word = node.mime
LEFT JOIN word AS person ON person.word = node.modified_by
WHERE node.state = 2;

CREATE VIEW path AS
WITH RECURSIVE tree(node, path) AS (
    SELECT node, '/' FROM node WHERE facets & 8 AND state = 2
    UNION ALL
    SELECT node.node, CASE tree.path WHEN '/' THEN '/' ELSE tree.path || '/' END || node.name
    FROM tree JOIN node ON node.parent = tree.node
    WHERE node.state = 2
)
SELECT drive.resource AS drive, tree.path, node.id, node.node
FROM tree JOIN node ON node.node = tree.node JOIN drive ON drive.drive = node.drive;
