from __future__ import annotations

from survey.domain.agency_tree import predecessors, subtree


def test_a_subtree_holds_the_root_and_everything_below() -> None:
    parents = {1: None, 2: 1, 3: 2, 4: 1, 5: None}
    assert subtree(1, parents) == {1, 2, 3, 4}
    assert subtree(2, parents) == {2, 3}


def test_predecessors_reach_back_through_several_mergers() -> None:
    assert predecessors(4, [(1, 3), (2, 3), (3, 4), (9, 8)]) == {1, 2, 3}
