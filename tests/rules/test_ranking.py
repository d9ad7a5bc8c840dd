"""Points are given for reasons, and the same inputs always rank alike."""

import pytest

from concierge.rules.ranking import Inputs, inputs_of, points_of, ranked, total_of


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Inputs(knows=True), Inputs()),
        (Inputs(), Inputs(in_hand=1)),
        (Inputs(in_hand=1), Inputs(in_hand=2)),
        (Inputs(distance=0), Inputs(distance=3)),
        (Inputs(rating=490), Inputs(rating=210)),
        (Inputs(), Inputs(recent=4)),
        (Inputs(in_hand=9, distance=3), Inputs(knows=True, away=True)),
        (Inputs(), Inputs(knows=True, refused=True)),
    ],
)
def test_the_better_candidate_has_more_points(better: Inputs, worse: Inputs) -> None:
    assert total_of(better) > total_of(worse)


def test_every_point_has_its_reason() -> None:
    inputs = Inputs(knows=True, in_hand=2, distance=1, rating=450, recent=3)
    assert points_of(inputs) == {"specialty": 30, "load": -20, "distance": 10, "rating": 18, "recent": -3}
    assert total_of(inputs) == sum(points_of(inputs).values()) == 35


def test_kept_inputs_make_the_same_ranking_again() -> None:
    everybody = [(n, Inputs(in_hand=n % 3, distance=n % 4, rating=100 * (n % 5))) for n in range(1, 40)]
    first = ranked(everybody)
    again = ranked([(n, inputs_of(each.as_json())) for n, each in reversed(everybody)])
    assert first == again


def test_equal_ones_stand_in_the_order_of_their_ids() -> None:
    assert [n for n, _inputs in ranked([(3, Inputs()), (1, Inputs()), (2, Inputs())])] == [1, 2, 3]
