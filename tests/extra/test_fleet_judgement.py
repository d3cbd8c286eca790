"""What judges a fleet finds each way in which one can fail."""

from __future__ import annotations

from proof.graph import Edit, Watch
from proof.judgement import (
    Gap,
    Trespass,
    begun,
    delivery,
    gaps,
    gone_back,
    percentile,
    trespasses,
    unordered_fences,
)
from proof.observer import Arrival, Behind, Completed, Fence, Progress


def edit(at: float, version: int | None, item: str = "A") -> Edit:
    return Edit(at, "d", item, None if version is None else f'"{{{item}}},{version}"')


def arrival(
    at: float, version: int | None, item: str = "A", *, initial: bool = False, snapshot: str = "1"
) -> Arrival:
    state = edit(at, version, item).state
    return Arrival(int(at * 100), at, f"{item}{version}{at}", "d", item, state, initial, snapshot)


def complete(at: float, snapshot: str = "1") -> Completed:
    return Completed(int(at * 100), at, "d", snapshot)


def test_changes_that_all_arrive() -> None:
    edits = [edit(1, 1), edit(2, 2), edit(3, None), edit(1, 1, "B")]
    came = [arrival(1.5, 1), arrival(1.5, 1, "B"), arrival(2.25, 2), arrival(3.75, None)]
    found = delivery(edits, [*came, arrival(9, 1, "not edited")], [])
    assert (found.edits, found.lost, found.superseded) == (4, [], 0)
    assert (found.doubled, found.backwards) == ([], [])
    assert found.delays == [0.25, 0.5, 0.5, 0.75]


def test_a_change_is_lost_unless_a_later_state_of_its_item_arrives() -> None:
    edits = [edit(1, 1), edit(2, 2), edit(3, 3)]
    found = delivery(edits, [arrival(2.5, 2)], [])
    assert (found.lost, found.superseded) == ([edits[2]], 1)
    assert found.delays == [0.5, 1.5]
    assert delivery([edit(1, None)], [arrival(2, 7)], []).lost == [edit(1, None)]
    assert delivery([edit(1, 1)], [], []).lost == [edit(1, 1)]
    deleted = [edit(1, 1), edit(1.5, None)]
    assert delivery(deleted, [arrival(2, None)], []).superseded == 1


def test_an_enumeration_tells_what_is_gone_without_a_message_for_it() -> None:
    edits = [edit(1, 1), edit(2, None)]
    found = delivery(edits, [], [complete(3)])
    assert (found.lost, found.superseded, found.delays) == ([], 1, [1, 2]), "never listed"
    listed = arrival(1.5, 1, initial=True)
    found = delivery(edits, [listed], [complete(3, "2")])
    assert (found.lost, found.delays) == ([], [0.5, 1]), "swept"
    assert delivery(edits, [listed], [complete(3)]).lost == [edits[1]], "listed by this snapshot"
    assert delivery(edits, [], [complete(1.5)]).lost == edits, "deleted later"
    assert delivery(edits[:1], [], [complete(3)]).lost == edits[:1], "it is not gone"


def test_what_a_consumer_has_at_last_is_what_the_drive_has() -> None:
    edits = [edit(1, 1), edit(2, None)]
    back = arrival(4, 1, initial=True, snapshot="2")
    assert delivery(edits, [arrival(3, None), back], []).lost == [edits[1]], "a ghost"
    assert delivery(edits, [arrival(3, None), back], [complete(5, "3")]).lost == []
    alive = arrival(1.5, 1)
    assert delivery(edits[:1], [alive], [complete(3, "2")]).lost == edits[:1], (
        "swept while it lives"
    )
    older = [edit(1, 1), edit(2, 2)]
    came = [arrival(2.5, 2), arrival(3, 1, initial=True, snapshot="2")]
    assert delivery(older, came, []).lost == [older[1]], "an older state is the last"


def test_a_state_that_comes_again_is_doubled_unless_everything_is_enumerated() -> None:
    edits = [edit(1, 1), edit(2, 2)]
    again = arrival(3, 1)
    assert delivery(edits, [arrival(1, 1), arrival(2, 2), again], []).doubled == [again]
    enumerated = arrival(3, 1, initial=True)
    found = delivery(edits, [arrival(1, 1), arrival(2, 2), enumerated], [])
    assert (found.doubled, found.backwards) == ([], [])


def test_an_older_state_after_a_newer_one_went_backwards() -> None:
    late = arrival(3, 1)
    assert delivery([edit(1, 1), edit(2, 2)], [arrival(2.5, 2), late], []).backwards == [late]


def test_checkpoints_that_go_back() -> None:
    rising = [Progress(1, 1), Progress(2, 1), Progress(2, 2), Progress(3, 2)]
    assert gone_back({"a": rising}) == []
    for wrong in ([Progress(2, 1), Progress(1, 1)], [Progress(1, 2), Progress(2, 1)]):
        assert gone_back({"a": rising, "b": wrong}) == [("b", *wrong)]


def test_a_change_behind_an_older_fence_is_a_trespass() -> None:
    fences = {"p0001": [Fence(1, 1), Fence(10, 2)]}
    old, new = Behind("p0001", 1), Behind("p0001", 10)
    kept = [(2, old), (9, old), (11, new)]
    assert trespasses(kept, fences) == []
    assert trespasses([*kept, (12, old)], fences) == [Trespass(12, old, 10)]
    unfenced = Behind("p0002", 0)
    assert trespasses([(2, unfenced)], fences) == [Trespass(2, unfenced, 0)]
    assert unordered_fences(fences) == []
    assert unordered_fences({"p": [Fence(1, 2), Fence(2, 2)]}) == ["p"]


def watched(*entries: tuple[float, str]) -> list[Watch]:
    return [Watch(at, what, "d") for at, what in entries]


def test_a_drive_is_watched_once_a_socket_hears_of_it_and_somebody_has_looked() -> None:
    begin = watched((1, "joined"), (1.5, "queried"))
    assert gaps(begin, 20) == []
    lost = [*begin, *watched((5, "left"))]
    assert gaps(lost, 20) == [Gap("d", 5, 20)]
    joined = [*lost, *watched((7, "joined"))]
    assert gaps(joined, 20) == [Gap("d", 5, 20)], "nobody has looked"
    assert gaps([*joined, *watched((8, "queried"))], 20) == [Gap("d", 5, 8)]
    looked_first = [*lost, *watched((6, "queried"), (9, "joined"))]
    assert gaps(looked_first, 20) == [Gap("d", 5, 9)]


def test_a_drive_with_two_sockets_has_no_gap_when_one_leaves() -> None:
    handed_over = watched((1, "joined"), (2, "queried"), (3, "joined"), (4, "left"))
    assert gaps(handed_over, 20) == []
    assert gaps([*handed_over, *watched((6, "left"))], 20) == [Gap("d", 6, 20)]


def test_the_sockets_of_a_paused_worker_do_not_count() -> None:
    begin = watched((1, "joined"), (2, "queried"))
    assert gaps(begin, 20, {"d": 5}) == [Gap("d", 5, 20)]
    taken = [*begin, *watched((9, "joined"), (10, "queried"), (15, "left"))]
    assert gaps(taken, 20, {"d": 5}) == [Gap("d", 5, 10)]
    assert gaps([*taken, *watched((16, "left"))], 20, {"d": 5})[1:] == [Gap("d", 16, 20)]


def test_gaps_are_counted_for_the_event_with_which_they_began() -> None:
    found = [Gap("a", 10.1, 14.1), Gap("b", 10.2, 12.2), Gap("c", 30, 31), Gap("d", 10.3, 11)]
    assert begun(found, 10, frozenset("abc")) == found[:2]


def test_percentiles() -> None:
    assert percentile([1, 2, 3, 4], 0.5) == 3
    assert percentile([1, 2, 3, 4], 0.99) == 4
    assert percentile([], 0.5) == 0
