"""A difference as files: workbook, JSON, import sheet, page to sign, both maps."""

from __future__ import annotations

import json
import math
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import PlanStoreError
from planner.report.change_sheets import Term, change_blocks
from planner.report.said_sheets import said_block
from planner.report.signing_page import write_pages
from planner.report.tables import plain_text
from planner.report.workbook import write_sheets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from planner.difference import Difference
    from planner.difference.notices import Notices
    from planner.plan import Plan
    from planner.report.change_sheets import Block

_ = translator("planner")


def write_change(
    folder: Path,
    before: Plan,
    after: Plan,
    found: Difference,
    told: Notices,
    *,
    first: Sequence[Block] = (),
    values: Mapping[str, Any] | None = None,
    to_sign: bool = False,
) -> dict[str, Path]:
    """Write a difference into ``folder`` and return kind -> path.

    Parameters
    ----------
    folder
        Made when absent.
    before, after, found, told
        The plans, their difference and the notices.
    first
        Tables that come before the difference on the page.
    values
        The difference as plain values, for ``difference.json``.
    to_sign
        Whether the page is one to sign.

    Raises
    ------
    PlanStoreError
        When the folder cannot be written.
    """
    blocks = [*change_blocks(before, after, found, told), said_block(before, after)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        outputs = write_pages(
            folder, before, after, found, told, blocks=[*first, *blocks], to_sign=to_sign
        )
        outputs["workbook"] = folder / "difference.xlsx"
        write_sheets(
            outputs["workbook"], [_sheet(block) for block in [*blocks, *first]] + [_platform(told)]
        )
        outputs["platform"] = folder / "platform.csv"
        told.platform.map(plain_text).to_csv(
            outputs["platform"], index=False, encoding="utf-8-sig", lineterminator="\r\n"
        )
        if values is not None:
            outputs["json"] = folder / "difference.json"
            text = json.dumps(_finite(values), ensure_ascii=False, indent=1)
            outputs["json"].write_text(text, encoding="utf-8")
        outputs |= _maps(folder, before, after)
    except OSError as error:
        fix = _("choose a folder that can be written, and close the files in it")
        raise PlanStoreError(
            Fault(_("cannot write: {error}").format(error=error), str(folder), fix=fix)
        ) from error
    return outputs


def _maps(folder: Path, before: Plan, after: Plan) -> dict[str, Path]:
    """Write both years' maps, and a page that shows them side by side."""
    writers = {entry.name: entry for entry in entry_points(group="planner.writers")}
    if "map" not in writers:
        return {}
    write = writers["map"].load()
    for name, plan in (("before", before), ("after", after)):
        write(plan, folder / "maps" / name)
    page = folder / "maps" / "index.html"
    titles = [f"{plan.manifest['name']} {plan.plan_id}" for plan in (before, after)]
    from html import escape

    frames = "".join(
        f'<figure><figcaption>{escape(title)}</figcaption><iframe src="{name}/index.html" title="{escape(title)}"></iframe></figure>'
        for name, title in zip(("before", "after"), titles, strict=True)
    )
    page.write_text(
        '<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(' → '.join(titles))}</title><style>body{{margin:0;display:flex;height:100vh;font-family:sans-serif}}"
        "figure{margin:0;flex:1;display:flex;flex-direction:column;border-right:1px solid #999}figcaption{padding:.4em .8em}"
        f"iframe{{flex:1;border:0}}@media(max-width:900px){{body{{flex-direction:column}}}}</style>{frames}</html>",
        encoding="utf-8",
    )
    return {"map": page}


def _sheet(block: Block) -> tuple[str, Sequence[str], Sequence[Sequence[Any]], Sequence[str]]:
    headers = [_both(one) for one in block.headers]
    rows = [[_both(cell) if isinstance(cell, Term) else cell for cell in row] for row in block.rows]
    return block.title.zh[:31].replace(":", " ").replace("：", " "), headers, rows, block.units


def _both(one: Term) -> str:
    return one.zh if one.zh == one.en else f"{one.zh} {one.en}".strip()


def _platform(told: Notices) -> tuple[str, Sequence[str], Sequence[Sequence[Any]], Sequence[str]]:
    rows = told.platform.astype(object).to_numpy().tolist()
    return "平台导入", list(told.platform.columns), rows, [""] * len(told.platform.columns)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
