//! The file's public schema, and its migration.

use drivebell_mirror::MirrorFile;
use rusqlite::{Connection, OpenFlags};

use crate::support::scene::Scene;
use crate::support::{next, told, within};

/// `PRAGMA application_id` of every mirror.
const APPLICATION_ID: i32 = 0x6462_656c;

fn reader(scene: &Scene) -> Connection {
    Connection::open_with_flags(scene.file(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn column(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_person_reads_the_views_in_any_sqlite_tool() {
    let scene = Scene::start().await;
    let id = scene.upload("/Reports/2026/plan.txt", "content").await;
    scene.upload("/z.txt", "").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 4).await;
    within(mirror.ready()).await.unwrap();
    let item = mirror.get_by_id(&id).unwrap().unwrap();
    // While it is mirrored, and afterwards.
    for _ in 0..2 {
        let connection = reader(&scene);
        let paths = column(&connection, "SELECT path FROM path ORDER BY path");
        let expected = [
            "/",
            "/Reports",
            "/Reports/2026",
            "/Reports/2026/plan.txt",
            "/z.txt",
        ];
        assert_eq!(paths, expected);
        let types = column(&connection, "SELECT type FROM item ORDER BY type");
        assert_eq!(types, ["file", "file", "folder", "folder", "root"]);
        let row = connection.query_row(
            "SELECT item.name, size, mime_type, modified_by, etag, ctag, parent_id, descendants, \
             modified_at, quick_xor_hash, item.drive FROM item JOIN path USING (node) WHERE path = ?",
            ["/Reports/2026/plan.txt"],
            |row| {
                let text = |column| row.get::<_, Option<String>>(column);
                assert_eq!((row.get::<_, i64>(1)?, row.get::<_, i64>(7)?), (9, 0));
                Ok((text(0)?, text(3)?, text(4)?, text(5)?, text(6)?, text(8)?, text(9)?, text(10)?))
            },
        );
        let (name, person, e_tag, c_tag, parent, modified, hash, drive) = row.unwrap();
        assert_eq!(name.as_deref(), item.name());
        assert_eq!(person.as_deref(), Some("Alex Wilber"));
        assert_eq!(
            (e_tag.as_deref(), c_tag.as_deref()),
            (item.e_tag(), item.c_tag())
        );
        assert_eq!(parent.as_deref(), item.parent_id());
        assert!(modified.unwrap().ends_with('Z'));
        assert_eq!(hash.unwrap().len(), 40);
        assert_eq!(drive.as_deref(), Some("/me/drive/root"));
        let below =
            "SELECT cast(descendants AS TEXT) FROM item JOIN path USING (node) ORDER BY path";
        assert_eq!(column(&connection, below), ["4", "2", "1", "0", "0"]);
    }
    let pragma = |name: &str| -> i32 {
        let value = reader(&scene).pragma_query_value(None, name, |row| row.get(0));
        value.unwrap()
    };
    assert_eq!(
        (pragma("application_id"), pragma("user_version")),
        (APPLICATION_ID, 2)
    );
}

#[tokio::test]
async fn a_file_of_the_first_version_is_migrated() {
    let scene = Scene::start().await;
    let id = scene.upload("/Reports/plan.txt", "content").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 2).await;
    assert!(mirror.try_next().is_none());
    within(mirror.close()).await;
    // As the first version had it: the same tables, without views.
    let old = scene.folder.file("old.db");
    let connection = Connection::open(&old).unwrap();
    connection
        .execute_batch(include_str!("../../src/schema/1.sql"))
        .unwrap();
    connection
        .pragma_update(None, "application_id", APPLICATION_ID)
        .unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    connection
        .execute("ATTACH ? AS new", [scene.file().to_str().unwrap()])
        .unwrap();
    for table in ["drive", "word", "node"] {
        let copy = format!("INSERT INTO main.{table} SELECT * FROM new.{table}");
        assert!(connection.execute(&copy, []).unwrap() > 0, "{table}");
    }
    connection.execute("DETACH new", []).unwrap();
    connection.close().unwrap();
    std::fs::copy(&old, scene.file()).unwrap();

    let error = MirrorFile::open(scene.file()).unwrap_err();
    assert_eq!(error.code(), Some("inaccessible"), "{error}");
    scene.upload("/new.txt", "").await;
    let mut mirror = scene.mirror();
    let change = next(&mut mirror).await;
    assert_eq!((change.sequence, &*change.path), (3, "/new.txt"));
    assert_eq!(
        mirror.path(&id).unwrap().as_deref(),
        Some("/Reports/plan.txt")
    );
    let connection = reader(&scene);
    let paths = column(&connection, "SELECT path FROM path ORDER BY path");
    assert_eq!(paths, ["/", "/Reports", "/Reports/plan.txt", "/new.txt"]);
    assert_eq!(
        column(
            &connection,
            "SELECT name FROM item WHERE type = 'file' ORDER BY 1"
        )
        .len(),
        2
    );
    let version: i32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 2);
}
