use super::identity::{self, ItemState};
use super::memo::Enumeration::{Begins, First, Unknown};
use super::memo::{MOST_ITEMS, Memo};

fn state(item: usize, raw: &str) -> ItemState {
    ItemState::of("d", "01", &item.to_string(), raw)
}

/// Takes a state as it is published, and returns its turn.
fn publish(memo: &mut Memo, state: &ItemState) -> Option<u64> {
    let turn = memo.turn(state)?;
    memo.note(state, turn);
    Some(turn)
}

#[test]
fn a_state_that_is_known_is_in_the_stream() {
    let mut memo = Memo::beginning(3);
    let (there, gone) = (state(1, "there"), state(1, "gone"));
    assert_eq!(publish(&mut memo, &there), Some(3));
    assert_eq!(publish(&mut memo, &there), None);
    assert_eq!(publish(&mut memo, &gone), Some(4));
    assert_eq!(publish(&mut memo, &there), Some(5));
    assert_eq!(publish(&mut memo, &state(2, "there")), Some(3));
}

#[test]
fn what_is_forgotten_gets_turns_that_it_never_had() {
    let mut memo = Memo::beginning(0);
    for raw in ["a", "b", "c"] {
        publish(&mut memo, &state(0, raw));
    }
    for item in 1..=MOST_ITEMS {
        publish(&mut memo, &state(item, ""));
    }
    memo.trim(MOST_ITEMS);
    assert_eq!(memo.turn(&state(0, "a")), Some(3));
    assert_eq!(memo.turn(&state(1, "")), None);
    // What came again is forgotten later.
    memo.touch(&state(1, ""));
    publish(&mut memo, &state(MOST_ITEMS + 1, ""));
    memo.trim(MOST_ITEMS);
    assert_eq!(memo.turn(&state(1, "")), None);
    assert_eq!(memo.turn(&state(2, "")), Some(3));
}

#[test]
fn a_memo_is_restored_from_its_text() {
    let mut memo = Memo::beginning(7);
    memo.sequence = u64::MAX;
    assert_eq!(Memo::of_text(&memo.to_text()).as_ref(), Some(&memo));
    for item in 0..2 * MOST_ITEMS {
        publish(&mut memo, &state(item % 300, &item.to_string()));
    }
    memo.note_mark("02", "03");
    memo.note_completed("01");
    memo.trim(MOST_ITEMS);
    let text = memo.to_text();
    assert!(text.len() < 5000, "{}", text.len());
    let restored = Memo::of_text(&text).unwrap();
    assert_eq!(restored.to_text(), text);
    for item in 0..300 {
        for raw in [item, item + 300] {
            let state = state(item, &raw.to_string());
            assert_eq!(restored.turn(&state), memo.turn(&state));
        }
    }
    assert_eq!(restored.mark("02", Unknown), memo.mark("02", Unknown));
    let lost = Memo::lost(1);
    assert_eq!(Memo::of_text(&lost.to_text()), Some(lost));
}

#[test]
fn other_texts_are_no_memo() {
    let text = Memo::beginning(7).to_text();
    for cut in 0..text.len() {
        assert_eq!(Memo::of_text(&text[..cut]), None, "{cut}");
    }
    for text in [
        "2.AAAA",
        "1.!",
        "1",
        &format!("{text}AAAA"),
        &format!("{text} "),
    ] {
        assert_eq!(Memo::of_text(text), None, "{text}");
    }
}

#[test]
fn a_replay_gives_what_was_noted() {
    let mut noted = Memo::beginning(2);
    let mut replayed = noted.clone();
    for (sequence, (item, raw)) in [(1, "a"), (2, "a"), (1, "b"), (1, "a")]
        .into_iter()
        .enumerate()
    {
        let state = state(item, raw);
        let turn = publish(&mut noted, &state).unwrap();
        noted.sequence = sequence as u64 + 1;
        replayed.replay(noted.sequence, &state.id(turn, item == 2));
    }
    assert_eq!(replayed, noted);
    replayed.replay(9, "the id of another program");
    assert_eq!(replayed.sequence, 9);
    replayed.replay(10, &identity::started("d", "05"));
    assert!(replayed.has_announced("05") && !replayed.has_announced("06"));
}

#[test]
fn a_snapshot_is_called_by_its_name_as_long_as_names_sort() {
    let mut memo = Memo::beginning(0);
    let first = memo.mark("0000000000000009", First);
    assert_eq!(
        (first.name.as_str(), first.is_new),
        ("0000000000000009", true)
    );
    memo.note_mark("0000000000000009", &first.name);
    assert!(!memo.mark("0000000000000009", First).is_new);

    // By a clock that is behind.
    let second = memo.mark("0000000000000003", Unknown);
    assert_eq!(
        (second.name.as_str(), second.is_new),
        ("000000000000000a", true)
    );
    memo.note_mark("0000000000000003", &second.name);
    memo.note_completed(&second.name);
    let known = memo.mark("0000000000000003", Unknown);
    assert_eq!(
        (known.name.as_str(), known.is_new, known.is_complete),
        ("000000000000000a", false, true)
    );
    let third = memo.mark("0000000000000011", Unknown);
    assert_eq!(
        (third.name.as_str(), third.is_new, third.is_complete),
        ("0000000000000011", true, false)
    );
}

/// To call a snapshot complete whose beginning is unknown would remove rows that are right.
#[test]
fn nothing_is_swept_for_a_snapshot_that_is_not_known() {
    let mut lost = Memo::lost(0);
    lost.replay(1, &identity::started("d", "05"));
    for enumeration in [First, Unknown] {
        let mark = lost.mark("03", enumeration);
        assert_eq!(
            (mark.name.as_str(), mark.is_new, mark.is_complete),
            ("05", false, true)
        );
    }
    assert!(lost.mark("03", Begins).is_new);
    let same = lost.mark("05", Unknown);
    assert_eq!((same.is_new, same.is_complete), (false, false));
    let later = lost.mark("07", Unknown);
    assert_eq!((later.is_new, later.is_complete), (true, false));

    let mut beginning = Memo::beginning(0);
    beginning.replay(1, &identity::started("d", "05"));
    let mark = beginning.mark("03", Unknown);
    assert_eq!(
        (mark.name.as_str(), mark.is_new, mark.is_complete),
        ("05", false, true)
    );
    assert!(beginning.mark("03", First).is_new);
}

/// A worker died after the last event of an enumeration, and before its checkpoint.
#[test]
fn what_consumers_have_removed_is_told_again() {
    let mut memo = Memo::beginning(0);
    memo.note_mark("01", "01");
    let (kept, swept) = (state(1, ""), state(2, ""));
    publish(&mut memo, &kept);
    publish(&mut memo, &swept);
    memo.replay(1, &identity::started("d", "02"));
    let listed = ItemState::of("d", "02", "1", "");
    memo.replay(2, &listed.id(1, false));
    assert_eq!(memo.turn(&swept), None);
    memo.replay(3, &identity::completed("d", "02"));
    assert_eq!(memo.turn(&listed), None);
    assert_eq!(memo.turn(&swept), Some(1));
}
