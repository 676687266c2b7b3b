"""The report as Markdown, with links to the pictures beside it."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from embdrift.report.content import Content
from embdrift.report.table import Cell, Table
from embdrift.report.wording import one_line

# what would begin a tag, an entity, a link, emphasis, code, a formula, a strike or a column
SPECIAL = re.compile(r"([\\`*_\[\]|~$#>])")
# sites tell a person whose name follows; an address or "nDCG@10" is none
MENTION = re.compile(r"(?<![A-Za-z0-9])@")


def markdown(content: Content) -> str:
    """Write the report as Markdown; the ids, names and texts of the user are shown as they are."""
    # text is escaped by the filters below, word by word: HTML's rules would be wrong here
    environment = Environment(
        loader=PackageLoader("embdrift.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(plain=plain, table=table, fenced=fenced)
    return environment.get_template("report.md.j2").render(report=content)


def plain(text: str) -> str:
    """The text on one line with everything escaped that Markdown or HTML would take for markup."""
    line = one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    # renderers make links of bare addresses; a text's address is no link of ours
    line = SPECIAL.sub(r"\\\1", line).replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
    return MENTION.sub("&#64;", line)


def table(shown: Table) -> str:
    """A table of Markdown, its caption in bold above and its notes below."""
    numeric = [all(row[place].numeric for row in shown.rows) for place in range(len(shown.heads))]
    lines = [f"**{plain(shown.caption)}**", ""] if shown.caption else []
    lines.append(_line([plain(head) for head in shown.heads]))
    lines.append(_line(["---:" if right else "---" for right in numeric]))
    lines += [_line([_cell(cell) for cell in row]) for row in shown.rows]
    if shown.notes:
        lines += ["", *[f"{plain(note)}  " for note in shown.notes]]
    return "\n".join(lines)


def _cell(cell: Cell) -> str:
    text = plain(cell.text)
    return " ".join(part for part in (f"**{text}**" if cell.strong and text else text, plain(cell.detail)) if part)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def fenced(text: str) -> str:
    """The text as a block of code, with a fence longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}json\n{text}\n{fence}"
