"""``planner check``: counts that add up, the rejected rows as a workbook, a map of what looks misplaced, likely datums."""

import json

import openpyxl
import pytest

from geodata.datum import wgs84_to_gcj02


def register_of(folder):
    """The register's cells: header and rows."""
    sheet = openpyxl.load_workbook(folder / "register.xlsx").active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    place = next(n for n, row in enumerate(rows) if "企业名称" in row)
    return rows[place], [row for row in rows[place + 1 :] if any(row)]


def write_register(folder, header, rows):
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.active.append(row)
    book.save(folder / "register.xlsx")


def data_of(folder):
    text = (folder / "map" / "data.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("window.PLAN=").removesuffix(";\n"))


def test_rejected_rows_and_a_map_lie_beside_the_scenario(town_copy, call):
    header, rows = register_of(town_copy)
    where = {name: header.index(name) for name in ("企业名称", "职工人数", "所属街镇", "经度")}
    towns = sorted({row[where["所属街镇"]] for row in rows if row[where["所属街镇"]]})
    other = {towns[0]: towns[1], towns[1]: towns[0]}
    wrong_town, outside = rows[20], rows[21]
    wrong_town[where["所属街镇"]] = other[wrong_town[where["所属街镇"]]]
    wrong_town[where["企业名称"]] = "</script><img src=x onerror=alert(1)>"
    outside[where["经度"]] = float(outside[where["经度"]]) + 0.05
    rows[22][where["职工人数"]] = "=1+1人"
    write_register(town_copy, header, rows)
    answer = call("check", town_copy / "scenario.toml", "--json")
    assert answer.code == 0, answer.err
    records = {one["layer"]: one for one in answer.json}
    for one in records.values():
        rejected, ignored = sum(one["rejected"].values()), sum(one["ignored"].values())
        assert one["rows_in"] == one["kept"] + rejected + ignored
        assert one["repaired_rows"] <= one["kept"]
    book = openpyxl.load_workbook(town_copy / "check" / "rejected.xlsx")
    assert book.sheetnames == ["rejected", "repaired or in doubt"]
    lines = [[cell.value for cell in row] for row in book["rejected"].iter_rows(min_row=2)]
    assert len(lines) == sum(sum(one["rejected"].values()) for one in records.values())
    assert all(line[1] and line[4] and line[5] for line in lines)
    assert ["enterprises", 23, "geometry"] in [line[:3] for line in lines]
    data = data_of(town_copy / "check")
    shown = {reason["label"][1]: reason for reason in data["reasons"]}
    lying = shown["the coordinates lie in another street_town than the row says"]
    assert lying["name"] == ["</script><img src=x onerror=alert(1)>"]
    assert lying["row"] == ["22"]
    assert lying["label"][0] != lying["label"][1]
    assert shown["the point lies outside the study area"]["count"] >= 1
    assert data["basemap"]["roads"]
    told = {line[0][1]: " ".join(line[2]) for line in data["sources"]}
    assert "虚构示例 invented (planner sample)" in told["roads"]
    assert data["credit"] == "虚构示例 invented (planner sample)"
    assert {"enterprise register", "premises", "outdoor workers"} <= set(told)
    assert len(data["towns"]["name"]) == len(towns)


@pytest.mark.parametrize("with_towns", [True, False])
def test_a_wrong_datum_is_named_and_without_town_names_the_roads_tell(
    town, tmp_path, call, with_towns
):
    """Every coordinate is shifted and declared as WGS 84: boundaries tell, or roads alone."""
    for path in town.iterdir():
        if path.is_file() and path.name != "register.xlsx":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    header, rows = register_of(town)
    lon, lat = header.index("经度"), header.index("纬度")
    left = {header.index("坐标系")} | (
        set() if with_towns else {header.index("所属街镇"), header.index("所属区")}
    )
    kept = []
    for row in rows:
        try:
            x, y = wgs84_to_gcj02([float(row[lon])], [float(row[lat])])
        except (TypeError, ValueError):
            continue
        row[lon], row[lat] = round(float(x[0]), 6), round(float(y[0]), 6)
        kept.append([cell for place, cell in enumerate(row) if place not in left])
    write_register(tmp_path, [cell for place, cell in enumerate(header) if place not in left], kept)
    answer = call("check", tmp_path / "scenario.toml", "--json")
    assert answer.code == 0, answer.err
    notes = next(one["notes"] for one in answer.json if one["layer"] == "enterprises")
    told = [note for note in notes if 'declare datum = "gcj02"' in note]
    assert told
    assert any("roads" in note for note in told)
    assert any('datum = "gcj02"' in note for note in data_of(tmp_path / "check")["notes"])
    text = (tmp_path / "scenario.toml").read_text(encoding="utf-8")
    right = text.replace(
        'path = "register.xlsx"\ndatum = "wgs84"', 'path = "register.xlsx"\ndatum = "gcj02"'
    )
    assert right != text
    (tmp_path / "scenario.toml").write_text(right, encoding="utf-8")
    notes = next(
        one["notes"]
        for one in call("check", tmp_path / "scenario.toml", "--json").json
        if one["layer"] == "enterprises"
    )
    assert not [note for note in notes if "declare datum" in note]


def test_proposals_for_headers_and_scope_are_printed(town_copy, call):
    header, rows = register_of(town_copy)
    header[header.index("会员人数")] = "工会会员人数总数"
    write_register(town_copy, header, rows)
    answer = call(
        "check", town_copy / "scenario.toml", "--no-roads", "--to", town_copy / "elsewhere"
    )
    assert answer.code == 0, answer.err
    assert 'members = "工会会员人数总数"' in answer.err
    assert "state-owned" in answer.out
    assert "kept, out of scope" in answer.out
    assert (town_copy / "elsewhere" / "map" / "index.html").is_file()
    assert not data_of(town_copy / "elsewhere")["basemap"]["roads"]
    assert not (town_copy / "check").exists()


def test_a_folder_that_cannot_be_written_is_said(town_copy, call):
    (town_copy / "check").write_text("a file in the way")
    answer = call("check", town_copy / "scenario.toml", "--no-roads")
    assert answer.code == 3
    assert "cannot write" in answer.err
    assert "Traceback" not in answer.err


def test_each_list_of_premises_has_its_own_datum(town_copy, call):
    """Of two lists one is shifted and declared as WGS 84: the note names that one alone."""
    sheet = openpyxl.load_workbook(town_copy / "premises.xlsx").active
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    lon, lat, code = header.index("经度"), header.index("纬度"), header.index("编号")
    for row in rows:
        row[code] = f"M{row[code]}"
        x, y = wgs84_to_gcj02([row[lon]], [row[lat]])
        row[lon], row[lat] = round(float(x[0]), 6), round(float(y[0]), 6)
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.active.append(row)
    book.save(town_copy / "malls.xlsx")
    scenario = town_copy / "scenario.toml"
    text = scenario.read_text(encoding="utf-8").replace("[inputs.sites]", "[[inputs.sites]]")
    second = '\n[[inputs.sites]]\npath = "malls.xlsx"\ndatum = "wgs84"\n'
    scenario.write_text(text.replace("\n[inputs.outdoor]", f"{second}\n[inputs.outdoor]"), "utf-8")
    answer = call("check", scenario, "--json")
    assert answer.code == 0, answer.err
    told = {
        one["path"]: [note for note in one["notes"] if 'declare datum = "gcj02"' in note]
        for one in answer.json
        if one["layer"] == "sites"
    }
    assert set(told) == {"premises.xlsx", "malls.xlsx"}
    assert told["malls.xlsx"]
    assert not told["premises.xlsx"]
