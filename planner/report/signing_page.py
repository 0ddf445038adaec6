"""The page of findings: a year in words and tables, Chinese first, for somebody to sign."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from geodata.messages import mark
from planner.difference.districts import FATES
from planner.difference.organisations import STATES
from planner.report.change_sheets import Language, Term, shown, term, tier_terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.difference import Difference
    from planner.difference.notices import Notices
    from planner.plan import Plan
    from planner.report.change_sheets import Block

ROWS = 25
"""Rows of a table on the page; the workbook holds all."""

STYLE = (
    "body{font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:72em;margin:1.5em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:.6em 0 1.4em;font-size:.85em;width:100%}th,td{border:1px solid #bbb;padding:.25em .5em;"
    "text-align:left;vertical-align:top}th{background:#dce6f1}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "section{page-break-after:always}.sign td{height:2.2em}ul{line-height:1.6}"
)


def write_pages(
    folder: Path,
    before: Plan,
    after: Plan,
    found: Difference,
    told: Notices,
    *,
    blocks: Sequence[Block],
    to_sign: bool,
) -> dict[str, Path]:
    """Write ``findings.html`` and ``findings.md`` and return kind -> path."""
    sentences = in_words(after, found, told)
    paths = {"page": folder / "findings.html", "words": folder / "findings.md"}
    title = term(
        mark("{name}: from {before} to {after}"),
        name=after.manifest["name"],
        before=before.plan_id,
        after=after.plan_id,
    )
    sections = "".join(
        _section(title, sentences, blocks, after.plan_id, language, to_sign=to_sign)
        for language in ("zh", "en")
    )
    paths["page"].write_text(
        f'<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><title>{escape(title.zh)}</title><style>{STYLE}</style>{sections}</html>',
        encoding="utf-8",
    )
    texts = [
        _markdown(title, sentences, blocks, after.plan_id, language, to_sign=to_sign)
        for language in ("zh", "en")
    ]
    paths["words"].write_text("\n\n---\n\n".join(texts), encoding="utf-8")
    return paths


def in_words(after: Plan, found: Difference, told: Notices) -> list[Term]:
    """Return a difference in a few sentences, in both languages."""
    fates, states = (
        {str(key): int(n) for key, n in column.value_counts().items()}
        for column in (found.districts["fate"], found.organisations["state"])
    )
    said = [
        _counted(mark("federations: {list}"), FATES, fates),
        _counted(mark("organisations: {list}"), STATES, states),
        term(mark("{share} of the organisations both years have switch federation"), share=f"{found.switched_share:.2%}"),
    ]  # fmt: skip
    tiers = tier_terms(after)
    for tier, rows in found.sites.groupby("tier"):
        moves = rows["change"].value_counts()
        if set(moves.index) == {"kept"}:
            continue
        counts = {name: int(moves.get(name, 0)) for name in ("kept", "opened", "closed", "moved")}
        name = tiers.get(str(tier), Term(str(tier), str(tier)))
        text = mark("{tier}: {kept} stay, {opened} open, {closed} close, {moved} move")
        said.append(
            Term(
                term(text, tier=name.zh, **counts).zh,
                term(text, tier=name.en, **counts).en,
            )
        )
    for tier, rows in found.coverage.groupby("tier", sort=False):
        weight = rows.set_index("entry")["weight"]
        if weight["newly_covered"] or weight["no_longer_covered"]:
            name = tiers.get(str(tier), Term(str(tier), str(tier)))
            text = mark("{tier}: {new} people newly within reach, {lost} no longer")
            values = {
                "new": f"{weight['newly_covered']:,.0f}",
                "lost": f"{abs(weight['no_longer_covered']):,.0f}",
            }
            said.append(
                Term(term(text, tier=name.zh, **values).zh, term(text, tier=name.en, **values).en)
            )
    text = mark(
        "notices: {switched} to organisations, {closed} about sites, {fresh} to new federations"
    )
    said.append(
        term(
            text, switched=len(told.switched), closed=len(told.closed), fresh=len(told.federations)
        )
    )
    return said


def _counted(text: str, words: dict[str, str], counts: dict[str, int]) -> Term:
    parts = [(term(words[key]), int(counts[key])) for key in words if counts.get(key)]
    zh = "，".join(f"{n:,} {one.zh}" for one, n in parts)
    en = ", ".join(f"{n:,} {one.en}" for one, n in parts)
    return Term(term(text, list=zh).zh, term(text, list=en).en)


def _section(
    title: Term,
    sentences: Sequence[Term],
    blocks: Sequence[Block],
    plan_id: str,
    language: Language,
    *,
    to_sign: bool,
) -> str:
    listed = "".join(f"<li>{escape(one.said(language))}</li>" for one in sentences)
    tables = "".join(_table(block, language) for block in blocks if block.rows)
    return (
        f'<section lang="{language}"><h1>{escape(title.said(language))}</h1><ul>{listed}</ul>{tables}'
        f"{_signature(plan_id, language) if to_sign else ''}</section>"
    )


def _table(block: Block, language: Language) -> str:
    head = "".join(f"<th>{escape(one.said(language))}</th>" for one in block.headers)
    rows = "".join(
        "<tr>" + "".join(_cell(shown(cell, unit, language), cell) for cell, unit in zip(row, block.units, strict=True)) + "</tr>"
        for row in block.rows[: _most(block)]
    )  # fmt: skip
    rest = len(block.rows) - _most(block)
    more = f"<p>{escape(_more(rest).said(language))}</p>" if rest > 0 else ""
    return f"<h2>{escape(block.title.said(language))}</h2><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _cell(text: str, value: object) -> str:
    kind = "" if isinstance(value, str | Term) else ' class="n"'
    return f"<td{kind}>{escape(text)}</td>"


def _most(block: Block) -> int:
    """Figures are shown whole; lists of ids are for the workbook."""
    return (
        len(block.rows)
        if len(block.rows) <= 4 * ROWS
        and block.units[0] == ""
        and isinstance(block.rows[0][0], Term)
        else ROWS
    )


def _more(rest: int) -> Term:
    return term(mark("{count} more rows are in difference.xlsx"), count=f"{rest:,}")


def _signature(plan_id: str, language: Language) -> str:
    names = (mark("looked at by"), mark("day"), mark("decision and reason"), mark("signature"))
    cells = "".join(
        f"<tr><th>{escape(term(one).said(language))}</th><td></td></tr>" for one in names
    )
    how = term(
        mark("Nothing is in force yet. Whoever agrees runs: {command}"), command=_command(plan_id)
    )
    title = term(mark("to sign"))
    return f'<h2>{escape(title.said(language))}</h2><p>{escape(how.said(language))}</p><table class="sign">{cells}</table>'


def _command(plan_id: str) -> str:
    return f'planner publish {plan_id} --by "..." --why "..."'


def _markdown(
    title: Term,
    sentences: Sequence[Term],
    blocks: Sequence[Block],
    plan_id: str,
    language: Language,
    *,
    to_sign: bool,
) -> str:
    lines = [f"# {title.said(language)}", ""]
    lines += [f"- {one.said(language)}" for one in sentences]
    for block in blocks:
        if not block.rows:
            continue
        lines += ["", f"## {block.title.said(language)}", ""]
        lines.append("| " + " | ".join(_plain(one.said(language)) for one in block.headers) + " |")
        lines.append("|" + "---|" * len(block.headers))
        for row in block.rows[: _most(block)]:
            cells = (
                shown(cell, unit, language) for cell, unit in zip(row, block.units, strict=True)
            )
            lines.append("| " + " | ".join(map(_plain, cells)) + " |")
        if len(block.rows) > _most(block):
            lines += ["", _more(len(block.rows) - _most(block)).said(language)]
    if to_sign:
        how = term(
            mark("Nothing is in force yet. Whoever agrees runs: {command}"),
            command=f"`{_command(plan_id)}`",
        )
        lines += ["", f"## {term(mark('to sign')).said(language)}", "", how.said(language)]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return a text that stays in its cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
