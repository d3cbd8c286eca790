//! Names and paths as SharePoint has them.

use crate::support::scene::{Scene, simulator};
use crate::support::{next, told, within};

#[tokio::test]
async fn case_is_preserved_and_does_not_matter() {
    let scene = Scene::start().await;
    scene.upload("/Reports/Plan.PDF", "one").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 2).await;
    for path in [
        "/reports/plan.pdf",
        "/REPORTS/PLAN.PDF",
        "/Reports/Plan.PDF/",
    ] {
        let item = mirror.get(path).unwrap().unwrap();
        assert_eq!(item.name(), Some("Plan.PDF"));
    }
    scene.rename("/Reports/Plan.PDF", "plan.pdf").await;
    let expected = ["renamed /Reports/Plan.PDF -> /Reports/plan.pdf"];
    assert_eq!(told(&mut mirror, 1).await, expected);
    let children = mirror.children("/rEPORTS").unwrap();
    assert_eq!(children[0].name(), Some("plan.pdf"));
}

#[tokio::test]
async fn names_have_any_unicode() {
    let scene = Scene::start().await;
    let names = [
        "Größe.txt",
        "e\u{301}tude",
        "\u{e9}tude",
        "日本語",
        "🎉 party",
        "it's & that",
        "ΣΊΣΥΦΟΣ",
        "line\u{2028}break",
        "𐐀",
    ];
    for name in names {
        scene.upload(&format!("/{name}/{name}"), name).await;
    }
    let mut mirror = scene.mirror();
    told(&mut mirror, 18).await;
    for name in names {
        let path = format!("/{name}/{name}");
        let item = mirror.get(&path).unwrap().unwrap();
        assert_eq!(mirror.path(item.id()).unwrap(), Some(path));
    }
    assert!(mirror.get("/GRÖSSE.TXT").unwrap().is_none());
    assert!(mirror.get("/GRÖßE.TXT").unwrap().is_some());
    scene.delete("/🎉 party").await;
    assert_eq!(next(&mut mirror).await.path, "/🎉 party");
}

#[tokio::test]
async fn the_root_has_a_path_and_no_change() {
    let scene = Scene::with(simulator().seed("b!me", 3)).await;
    let mut mirror = scene.mirror();
    let changes = told(&mut mirror, 3).await;
    assert!(
        changes
            .iter()
            .all(|change| change.starts_with("created /f"))
    );
    let root = mirror.get("/").unwrap().unwrap();
    assert!(root.is_root());
    assert_eq!(mirror.path(root.id()).unwrap().as_deref(), Some("/"));
    assert_eq!(mirror.path("unknown").unwrap(), None);
    within(mirror.close()).await;
}
