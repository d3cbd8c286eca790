CREATE INDEX IF NOT EXISTS node_by_id ON node (id_key);
CREATE INDEX IF NOT EXISTS node_by_name ON node (parent, name_key);
