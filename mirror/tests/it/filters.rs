//! Which changes are handed out, and which arguments are refused.

use drivebell::{Error, Initial, MirrorOptions, Resource};
use drivebell_mirror::MirrorClient as _;

use crate::support::scene::{Scene, client, walked};
use crate::support::{told, told_in_any_order, until, within};

async fn scene() -> Scene {
    let scene = Scene::start().await;
    for path in ["/Reports/2026/plan.pdf", "/Reports/notes.txt", "/other.pdf"] {
        scene.upload(path, "content").await;
    }
    scene
}

#[tokio::test]
async fn under_takes_a_folder_and_what_moves_in_and_out() {
    let scene = scene().await;
    let mut mirror = scene.mirror_with(|options| options.under = Some("/reports/".to_owned()));
    let expected = [
        "created /Reports",
        "created /Reports/2026",
        "created /Reports/2026/plan.pdf",
        "created /Reports/notes.txt",
    ];
    assert_eq!(told_in_any_order(&mut mirror, 4).await, expected);
    // The mirror has everything.
    within(mirror.ready()).await.unwrap();
    assert!(mirror.get("/other.pdf").unwrap().is_some());

    scene.relocate("/other.pdf", "/Reports", None).await;
    assert_eq!(
        told(&mut mirror, 1).await,
        ["created /Reports/other.pdf, in"]
    );
    scene.relocate("/Reports/2026", "/", None).await;
    let expected = ["deleted /Reports/2026, 1 below, out"];
    assert_eq!(told(&mut mirror, 1).await, expected);
    scene.upload("/2026/new.pdf", "").await;
    until(async || mirror.get("/2026/new.pdf").unwrap().is_some()).await;
    scene.relocate("/2026", "/Reports", Some("27")).await;
    let expected = [
        "created /Reports/27, in",
        "created /Reports/27/new.pdf, in, inherited",
        "created /Reports/27/plan.pdf, in, inherited",
    ];
    assert_eq!(told_in_any_order(&mut mirror, 3).await, expected);
    scene.rename("/Reports", "Archive").await;
    let expected = ["deleted /Reports, 5 below, out"];
    assert_eq!(told(&mut mirror, 1).await, expected);
    assert_eq!(walked(mirror.tree()), scene.paths("b!me").await);
}

#[tokio::test]
async fn globs_choose_by_name_or_path() {
    let scene = scene().await;
    let mut mirror = scene.mirror_with(|options| {
        options.include = vec!["*.PDF".to_owned()];
        options.exclude = vec!["/Reports/2026".to_owned()];
    });
    assert_eq!(told(&mut mirror, 1).await, ["created /other.pdf"]);
    scene.rename("/Reports/2026", "27").await;
    let expected = ["created /Reports/27/plan.pdf, in, inherited"];
    assert_eq!(told(&mut mirror, 1).await, expected);
    scene.rename("/Reports/27/plan.pdf", "plan.doc").await;
    let expected = ["deleted /Reports/27/plan.pdf, out"];
    assert_eq!(told(&mut mirror, 1).await, expected);
    scene.rename("/Reports/27/plan.doc", "PLAN.pdf").await;
    assert_eq!(
        told(&mut mirror, 1).await,
        ["created /Reports/27/PLAN.pdf, in"]
    );
}

#[tokio::test]
async fn files_only_tells_of_the_files_in_a_folder() {
    let scene = scene().await;
    let mut mirror = scene.mirror_with(|options| {
        options.files_only = true;
        options.initial = Some(Initial::Silent);
    });
    within(mirror.ready()).await.unwrap();
    scene.make_folder("/empty").await;
    scene.rename("/Reports", "Archive").await;
    let expected = [
        "moved /Reports/2026/plan.pdf -> /Archive/2026/plan.pdf, inherited",
        "moved /Reports/notes.txt -> /Archive/notes.txt, inherited",
    ];
    assert_eq!(told_in_any_order(&mut mirror, 2).await, expected);
    scene.delete("/Archive").await;
    let expected = [
        "deleted /Archive/2026/plan.pdf, inherited",
        "deleted /Archive/notes.txt, inherited",
    ];
    assert_eq!(told_in_any_order(&mut mirror, 2).await, expected);
}

#[tokio::test]
async fn kinds_choose_by_what_happened() {
    let scene = scene().await;
    let mut mirror = scene.mirror_with(|options| {
        options.kinds = Some(vec!["renamed".to_owned(), "deleted".to_owned()]);
    });
    within(mirror.ready()).await.unwrap();
    assert_eq!(mirror.stats().unwrap().sequence, 0);
    scene.upload("/other.pdf", "more").await;
    scene.rename("/other.pdf", "last.pdf").await;
    scene.delete("/Reports").await;
    let changes = told_in_any_order(&mut mirror, 2).await;
    assert_eq!(changes[0], "deleted /Reports, 3 below");
    assert!(changes[1].starts_with("renamed /other.pdf -> /last.pdf"));
    within(mirror.close()).await;

    let keep = client(&scene.simulator.base_url());
    let mut options = MirrorOptions::default();
    options.kinds = Some(Vec::new());
    let file = scene.folder.file("tree.db");
    let mirror = keep
        .mirror_with(
            &Resource::my_drive(),
            file,
            &options,
            &crate::support::scene::quick(),
        )
        .unwrap();
    within(mirror.ready()).await.unwrap();
    scene.upload("/kept.txt", "").await;
    scene.until_equal(mirror.tree(), "b!me").await;
    assert_eq!(mirror.stats().unwrap().sequence, 0);
}

#[tokio::test]
async fn bad_arguments_are_refused_at_the_call_by_name() {
    let scene = Scene::start().await;
    let one = |text: &str| vec![text.to_owned()];
    let argument = |result: Result<drivebell_mirror::Mirror, Error>| {
        result.unwrap_err().argument().map(str::to_owned)
    };
    let refused = [
        argument(scene.try_mirror(|options| options.include = one("["))),
        argument(scene.try_mirror(|options| options.exclude = one("{a"))),
        argument(scene.try_mirror(|options| options.under = Some("Reports".to_owned()))),
        argument(scene.try_mirror(|options| options.kinds = Some(one("changed")))),
    ];
    assert_eq!(
        refused,
        ["include", "exclude", "under", "kinds"].map(|name| Some(name.to_owned()))
    );
    assert!(!scene.file().exists(), "nothing was made");
    let list = Resource::drive_list("b!me").unwrap();
    let error = scene.client.mirror(&list, scene.file()).unwrap_err();
    assert_eq!(error.argument(), Some("resource"));
    let mirror = scene.mirror();
    for path in ["Reports", "", "/../x"] {
        assert_eq!(mirror.get(path).unwrap_err().argument(), Some("path"));
        assert_eq!(mirror.walk(path).unwrap_err().argument(), Some("path"));
    }
}
