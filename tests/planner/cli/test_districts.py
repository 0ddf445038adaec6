"""What is possible is said before any search, and alternatives are put side by side."""


def test_possible_counts_and_alternatives(call, town):
    answer = call("districts", town / "scenario.toml", "--alternatives", "--json")
    assert answer.code == 0
    towns = answer.json["street_towns"]
    assert towns
    for one in towns:
        assert set(one["feasible_counts"]) <= set(one["counts"])
        # Where no count can have all in band, a reason says why.
        assert one["feasible_counts"] or one["reason"]
        assert 0 <= one["ceiling_share"] <= 1
    drawn = answer.json["alternatives"]
    assert len(drawn) >= 3
    fewest, most = (sum(pick(one["counts"]) for one in towns) for pick in (min, max))
    for one in drawn:
        assert fewest <= one["districts"] <= most
        assert one["minutes"] > 0
        assert one["switched_share"] is None


def test_possible_counts_for_people(call, town):
    answer = call("districts", town / "scenario.toml")
    assert answer.code == 0
    assert "districts possible" in answer.out
    assert "alternative" not in answer.out
