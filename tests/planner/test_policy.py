import pytest

from planner.errors import ConfigurationError, InfeasibleError
from planner.policy import read_policy, shipped_policies


def test_shipped_policies_are_valid_and_every_rule_names_its_clause():
    for name in shipped_policies():
        policy = read_policy(name)
        rules = (
            policy.organisations,
            policy.federations,
            policy.staffing,
            policy.rates,
            *policy.tiers,
        )
        assert all(rule.clause for rule in rules)


def test_override_reaches_a_tier_by_name_and_leaves_the_others():
    before = read_policy("shanghai-2018")
    after = read_policy("shanghai-2018", override={"tiers": {"station": {"cutoff_min": 10.0}}})
    assert after.tier("station").cutoff_min == 10.0
    assert after.tier("service_point") == before.tier("service_point")
    assert after.federations == before.federations


def test_all_faults_come_at_once_with_the_nearest_key():
    wrong = {"tiers": {"station": {"cutof_min": 10}}, "federations": {"workers": {"least": 9999}}}
    with pytest.raises(ConfigurationError) as caught:
        read_policy("shanghai-2018", override=wrong)
    text = str(caught.value)
    assert "cutoff_min?" in text
    assert "least <= ideal <= most" in text
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [("name = [", "not valid TOML"), ("name = 'x'", "required"), ("", "required")],
)
def test_broken_policy_files_are_refused(tmp_path, text, said):
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="(?i)" + said):
        read_policy("", path)


def test_unknown_policy_and_unknown_tier_name_what_is_known(tmp_path):
    with pytest.raises(ConfigurationError, match="shanghai-2018"):
        read_policy("nowhere")
    with pytest.raises(ConfigurationError, match="station"):
        read_policy("shanghai-2018", override={"tiers": {"statoin": {"cutoff_min": 1}}})


def test_parent_tier_must_come_first():
    with pytest.raises(InfeasibleError, match="not listed before"):
        read_policy("shanghai-2018", override={"tiers": {"station": {"parent": "worker_school"}}})


def tier(name, **keys):
    return {"tiers": {name: keys}}


MENDED = [
    # What contradicts itself, and what the message says would do; a step less would not.
    (tier("service_point", rule="count"), tier("service_point", rule="count", count=1), "count that would do is 1"),
    (tier("service_point", rule="max_cover", per_district=0, compulsory_carrier_workers=None, compulsory_enterprise_workers=None), tier("service_point", per_district=0.01, compulsory_carrier_workers=None, compulsory_enterprise_workers=None), "any number above 0"),
    (tier("rest_station", rule="budget", budget_yuan=0), tier("rest_station", rule="budget", budget_yuan=1), "the smallest budget_yuan"),
    (tier("rest_station", compulsory_carrier_workers=50, candidates=["bank"]), tier("rest_station", compulsory_carrier_workers=50, candidates=["bank", "carrier"]), "add carrier to candidates"),
    ({"hours": {"first_hour": 12, "last_hour": 13}}, {"hours": {"first_hour": 12, "last_hour": 14}}, "last_hour that would do is 14"),
    ({"hours": {"first_hour": 23, "last_hour": 24}}, {"hours": {"first_hour": 22, "last_hour": 24}}, "first_hour that would do is 22"),
    ({"hours": {"window_hours_least": 12, "first_hour": 10}}, {"hours": {"window_hours_least": 11, "first_hour": 10}}, "window_hours_least that would do is 11"),
    ({"hours": {"host_opens": "17:00"}}, {"hours": {"host_opens": "16:59"}}, "host_opens before 17:00"),
    ({"hours": {"host_closes": "24:01"}}, {"hours": {"host_closes": "24:00"}}, "the latest that would do is 24:00"),
    ({"organisations": {"joint_enterprises_most": 20}}, {"organisations": {"joint_enterprises_most": 25}}, "joint_enterprises_most that would do is 25"),
    ({"assessment": {"members": 0.5}}, {"assessment": {"members": 0.4}}, "add -0.1 to one of them"),
    ({"targets": {"counts": {"federations": -1}}}, {"targets": {"counts": {"federations": 0}}}, "targets.counts.federations that would do is 0"),
    (tier("rest_station", period={"first_hour": 9, "last_hour": 8}), tier("rest_station", period={"first_hour": 9, "last_hour": 9}), "last_hour that would do is 9"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "mended", "said"), MENDED, ids=range(len(MENDED)))
def test_what_contradicts_itself_is_infeasible_and_says_what_would_do(wrong, mended, said):
    with pytest.raises(InfeasibleError) as caught:
        read_policy("shanghai-2018", override=wrong)
    assert caught.value.exit_code == 4
    assert any(said in fault.fix for fault in caught.value.faults), str(caught.value)
    read_policy("shanghai-2018", override=mended)
