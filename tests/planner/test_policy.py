import pytest

from planner.errors import ConfigurationError
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
    with pytest.raises(ConfigurationError, match="not listed before"):
        read_policy("shanghai-2018", override={"tiers": {"station": {"parent": "rest_station"}}})
