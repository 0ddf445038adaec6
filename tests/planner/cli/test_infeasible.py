"""What cannot be done: exit code 4, the reason, and the smallest change that would do; a little less would not."""

import json
import re
import shutil

import openpyxl
import pytest

from planner.errors import InfeasibleError
from planner.pipeline import run
from planner.pipeline.watch import Watch
from planner.scenario import read_scenario


class Enough(Exception):  # noqa: N818 - no error: the stage asked about is over
    """The stage that was asked about is over."""


class Until(Watch):
    """A watch that ends the run when a stage begins."""

    def stage(self, name, title):
        if name == self.last:
            raise Enough
        return super().stage(name, title)


def passes(folder, store, last):
    """Run the line up to a stage; return None, or what was said against it."""
    watch = Until()
    watch.last = last
    try:
        run(read_scenario(folder / "scenario.toml"), store=store, watch=watch)
    except Enough:
        return None
    except InfeasibleError as error:
        return str(error)
    raise AssertionError(f"no stage {last}")


@pytest.fixture
def made(town, town_run, tmp_path):
    """Give a copy of the town's files, and the store whose kept stages save the way to the tiers."""
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    return folder, town_run[1]


def write(folder, text, *, resources=None):
    """Lay text over the scenario; ``resources`` replaces that table."""
    path = folder / "scenario.toml"
    old = path.read_text(encoding="utf-8")
    if resources is not None:
        old = re.sub(r"\[resources\].*?(?=\n\[policy\])", resources + "\n", old, flags=re.DOTALL)
    path.write_text(old + "\n" + text, encoding="utf-8")


def number(said, pattern):
    found = re.search(pattern, said)
    assert found, said
    return float(found[1].replace(",", ""))


def refused(call, folder, tmp_path, *words):
    """Run the command with a store of its own; the message is one of exit code 4, and nothing is stored."""
    store = tmp_path / "empty"
    answer = call("run", folder / "scenario.toml", "--store", store, "--json")
    assert answer.code == 4, answer.err
    told = json.loads(answer.out)
    assert told["status"] == "infeasible"
    assert all(fault["fix"] for fault in told["faults"])
    assert "Traceback" not in answer.err
    assert "To do: " in answer.err
    assert all(word in answer.err for word in words), answer.err
    assert [one for one in store.iterdir() if one.name not in {"networks", "stages"}] == []
    return answer.err


BUDGET = """
[policy.override.tiers.service_point]
rule = "budget"
budget_yuan = {budget}
"""


def test_a_budget_that_cannot_open_the_compulsory_sites(made, call, tmp_path):
    folder, store = made
    start = (folder / "scenario.toml").read_text(encoding="utf-8")
    write(folder, BUDGET.format(budget=20_000))
    said = passes(folder, store, "tier_rest_station")
    assert "the sites that must open cost" in said
    least = int(number(said, r"the smallest budget_yuan that would do is (\d+)"))
    for budget, fine in ((least - 1, False), (least, True)):
        (folder / "scenario.toml").write_text(start, encoding="utf-8")
        write(folder, BUDGET.format(budget=budget))
        assert (passes(folder, store, "tier_rest_station") is None) is fine


COVER = """
[policy.override.tiers.fitness_spot]
rule = "cover_share"
cover_share = {share}
"""


def test_a_share_that_no_choice_of_sites_reaches(made):
    folder, store = made
    start = (folder / "scenario.toml").read_text(encoding="utf-8")
    write(folder, COVER.format(share=1.0))
    said = passes(folder, store, "staff")
    most = number(said, r"the largest cover_share that all candidates together reach is ([\d.]+)")
    for share, fine in ((most + 2e-4, False), (most, True)):
        (folder / "scenario.toml").write_text(start, encoding="utf-8")
        write(folder, COVER.format(share=share))
        assert (passes(folder, store, "staff") is None) is fine


def test_staff_below_the_fewest_posts(made):
    folder, store = made
    write(folder, "", resources="[resources]\nprofessionals = 1")
    said = passes(folder, store, "money")
    assert "too few for 3 federations" in said
    least = int(number(said, r"the smallest resources.professionals that would do is (\d+)"))
    for professionals, fine in ((least - 1, False), (least, True)):
        write(folder, "", resources=f"[resources]\nprofessionals = {professionals}")
        assert (passes(folder, store, "money") is None) is fine


STATIONS = """
[policy.override.tiers.station]
parent = "sub_centre"
parent_cutoff_min = {minutes}
shares = []
"""
POINTS = """
[policy.override.tiers.service_point]
parent_cutoff_min = {minutes}
"""


@pytest.mark.parametrize(
    ("text", "parent", "following"),
    [
        (STATIONS, "sub_centre", "tier_service_point"),
        # Points are compulsory in main carriers, and that must not hide who is out of reach.
        (POINTS, "station", "tier_rest_station"),
    ],
)
def test_a_parent_tier_that_nobody_reaches(made, text, parent, following):
    folder, store = made
    start = (folder / "scenario.toml").read_text(encoding="utf-8")
    write(folder, text.format(minutes=0.1))
    said = passes(folder, store, following)
    assert f"of a site of the parent tier {parent}" in said
    least = number(said, r"the smallest parent_cutoff_min that would do is ([\d.]+)")
    for minutes, fine in ((least - 0.1, False), (least, True)):
        (folder / "scenario.toml").write_text(start, encoding="utf-8")
        write(folder, text.format(minutes=round(minutes, 1)))
        assert (passes(folder, store, following) is None) is fine


HOURS = """
[policy.override.hours]
weekday_hours_least = {hours}
lent_hours_week = {lent}
own_key = {own_key}
"""
KEYS = '["union_station", "carrier", "large_enterprise", "office", "mall", "park", "to_find"]'


def test_too_few_staff_hours_say_the_fewest_that_would_do(made):
    folder, store = made
    start = (folder / "scenario.toml").read_text(encoding="utf-8")
    write(folder, HOURS.format(hours=6, lent=12, own_key=KEYS))
    said = passes(folder, store, "programme")
    assert "too few staff hours to open 6 h" in said
    least = int(number(said, r"the smallest hours.lent_hours_week that would do is (\d+)"))
    for lent, fine in ((least - 1, False), (least, True)):
        (folder / "scenario.toml").write_text(start, encoding="utf-8")
        write(folder, HOURS.format(hours=6, lent=lent, own_key=KEYS))
        assert (passes(folder, store, "programme") is None) is fine


def test_hosts_that_close_too_early_say_the_most_hours_that_would_do(made):
    folder, store = made
    book = openpyxl.load_workbook(folder / "premises.xlsx")
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, columns["开放时间起"]).value = "09:00"
        sheet.cell(row, columns["开放时间止"]).value = "14:30"
    book.save(folder / "premises.xlsx")
    start = (folder / "scenario.toml").read_text(encoding="utf-8")
    write(folder, HOURS.format(hours=8, lent=60, own_key='["carrier", "to_find"]'))
    said = passes(folder, store, "programme")
    assert "whose host is open for fewer than 8 h" in said
    most = int(number(said, r"the largest hours.weekday_hours_least that would do is (\d+)"))
    for hours, fine in ((most + 1, False), (most, True)):
        (folder / "scenario.toml").write_text(start, encoding="utf-8")
        write(folder, HOURS.format(hours=hours, lent=60, own_key='["carrier", "to_find"]'))
        assert (passes(folder, store, "programme") is None) is fine


LIMITS = "[resources]\nceilings_yuan_year = {yuan}\nrecruits_half_year = {posts}"


def test_ceilings_and_recruits_that_open_too_little_say_the_least_raise(made, call, tmp_path):
    folder, store = made
    pins = "[policy.override.tiers.service_point]\ncompulsory_carrier_workers = 300\n"
    write(folder, pins, resources=LIMITS.format(yuan=[300_000], posts=[0, 1]))
    said = passes(folder, store, "services")
    assert "do not fit into the ceilings and recruits" in said
    yuan = [
        int(one) for one in re.search(r"ceilings_yuan_year = \[([\d, ]+)\]", said)[1].split(",")
    ]
    posts = [
        int(one) for one in re.search(r"recruits_half_year = \[([\d, ]+)\]", said)[1].split(",")
    ]
    assert len(yuan) == 2
    assert len(posts) == 4
    for less_yuan, less_posts, fine in ((1, 0, False), (0, 1, False), (0, 0, True)):
        money, staff = [one - less_yuan for one in yuan], [one - less_posts for one in posts]
        if min(staff) < 0:
            continue
        write(folder, "", resources=LIMITS.format(yuan=money, posts=staff))
        assert (passes(folder, store, "services") is None) is fine
    write(folder, "", resources=LIMITS.format(yuan=[300_000], posts=[0, 1]))
    refused(call, folder, tmp_path, "the smallest even raise that would do")


def test_what_runs_today_may_not_cost_more_than_there_is(made):
    folder, store = made
    write(folder, "", resources=LIMITS.format(yuan=[1_000], posts=[2]))
    said = passes(folder, store, "services")
    assert "what is open today needs more than there is" in said
    least = re.search(r"ceilings_yuan_year = \[([\d, ]+)\]", said)[1]
    write(folder, "", resources=LIMITS.format(yuan=f"[{least}]", posts=[2]))
    assert passes(folder, store, "services") is None
    less = [int(one) - 1 for one in least.split(",")]
    write(folder, "", resources=LIMITS.format(yuan=less, posts=[2]))
    assert passes(folder, store, "services") is not None


def test_premises_that_come_too_late_say_how_many_half_years_would_do(made):
    folder, store = made
    pin = """
[[decisions]]
tier = "service_point"
site_id = "{site}"
decision = "open"
by = "a planner"
reason = "promised"
"""
    book = openpyxl.load_workbook(folder / "premises.xlsx")
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    row = next(
        r for r in range(2, sheet.max_row) if sheet.cell(r, columns["类型"]).value == "办公楼"
    )
    sheet.cell(row, columns["可用日期"]).value = "2029-08-01"
    sheet.cell(row, columns["意向"]).value = "已签约"
    book.save(folder / "premises.xlsx")
    write(folder, pin.format(site=sheet.cell(row, columns["编号"]).value))
    said = passes(folder, store, "services")
    assert "no premises before the programme ends" in said
    assert "the smallest programme.half_years that would do is 7" in said


CONTRADICTIONS = {
    '[policy.override.tiers.station]\nparent = "rest_station"': (4, "which hangs under it", "take a parent of those before it: city_centre"),
    '[policy.override.tiers.station]\nparent = "worker_school"': (4, "not listed before it", "move worker_school before station"),
    '[policy.override.tiers.station]\nshares = ["sub_center"]': (4, "which is no tier", "did you mean sub_centre?"),
    '[policy.override.tiers.service_point]\nrule = "count"\ncount = 0': (4, "needs count above 0", "the smallest count that would do is 1"),
    '[policy.override.tiers.service_point]\nrule = "budget"\nbudget_yuan = 9\nobjective = "p_median"': (4, "does not go with", 'set objective = "max_cover"'),
    '[policy.override.tiers.service_point]\nrule = "target"': (4, "targets.counts does not give", "add service_point"),
    '[policy.override.tiers.station]\nkinds = ["courier"]': (4, "need demand 'outdoor'", 'set demand = "outdoor"'),
    "[policy.override.tiers.service_point]\ncandidates_most = 3": (4, "does not go with the rule", "leave out candidates_most"),
    "[policy.override.tiers.city_centre]\nparent_cutoff_min = 3": (4, "without a parent", "leave out parent_cutoff_min"),
    "[policy.override.staffing]\nposted_least = 3": (4, "posted_least = 3 is above posted_most = 2", "the smallest posted_most that would do is 3"),
    "[policy.override.hours]\nlast_hour = 25": (4, "hours.last_hour: outside its limits", "the largest hours.last_hour that would do is 24"),
    "[policy.override.hours]\nfirst_hour = 21": (4, "not before last_hour", "the smallest hours.last_hour that would do is 23"),
    '[policy.override.hours]\nhost_closes = "24:30"': (4, "a time outside the day", "the latest that would do is 24:00"),
    '[policy.override.hours]\nhost_opens = "18:00"': (4, "host_opens is not before host_closes", "host_closes must be after 18:00"),
    "[policy.override.tiers.rest_station.period]\nlast_hour = 24": (4, "tiers.rest_station.period.last_hour: outside", "that would do is 23"),
    "[policy.override.hours]\nweekday_hours_least = 15": (4, "does not fit between first_hour and last_hour", "the smallest hours.last_hour that would do is 22"),
    "[policy.override.tiers.station]\ncutof_min = 3": (3, "unknown key tiers.station.cutof_min", "did you mean cutoff_min?"),
    "[policy.override.tiers.statoin]\ncutoff_min = 3": (3, "unknown tier", "did you mean station?"),
    '[[policy.tiers]]\nname = "station"': (3, "required", "docs/scenario.md"),
}  # fmt: skip


@pytest.mark.parametrize("text", CONTRADICTIONS, ids=range(len(CONTRADICTIONS)))
def test_contradictory_tiers_hours_outside_the_day_and_unknown_keys(text, made, call, tmp_path):
    folder, _store = made
    write(folder, text)
    answer = call("run", folder / "scenario.toml", "--store", tmp_path / "empty", "--json")
    code, reason, fix = CONTRADICTIONS[text]
    assert answer.code == code, answer.err
    said = json.loads(answer.out)
    assert said["status"] == "infeasible"
    assert said["exit_code"] == code
    assert any(reason in fault["what"] and fix in fault["fix"] for fault in said["faults"]), said
    assert answer.err.startswith("infeasible: ")
    assert reason in answer.err
    assert fix in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "empty").exists()
