"""For people: HTML by the W3C's checker and by the parser of its standard, Markdown by GitHub's, text by a terminal."""

import json
import re
import subprocess
from pathlib import Path

import cmarkgfm
import html5lib
import pyte
from cmarkgfm.cmark import Options

from judging import Objection, hold, report_of, students_of

FETCHED = {"script", "img", "iframe", "link", "form", "object", "embed", "video", "audio", "base"}
MARKDOWN = {"h1", "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre", "code", "strong"}
# More than any line of the sample.
COLUMNS = 1000


def w3c(sample, tools):
    pages = [str(page) for page in sample.rglob("*.html")]
    ran = subprocess.run(["java", "-jar", str(tools.vnu), "--format", "json", *pages], capture_output=True, check=False)
    for message in json.loads(ran.stderr)["messages"]:
        page = Path(message.get("url", "")).name
        raise Objection(f"{page}:{message.get('lastLine')}: {message['message']}")


def html(sample, _):
    """Strictly, where a browser mends an error and says nothing; and a page is whole by itself."""
    for page in sample.rglob("*.html"):
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.read_text())
        for node in tree.iter():
            hold(node.tag not in FETCHED, f"<{node.tag}> in {page.name}")
            for name, value in node.attrib.items():
                hold(name != "src" and not name.startswith("on"), f"{name} in {page.name}")
                hold(name != "href" or (page.parent / value).is_file(), f"{page.name} leads to {value}, which is not there")


def github(sample, _):
    """HTML is let through here, so that it is seen if there is any. What somebody wrote is in code."""
    text = (sample / "summary.md").read_text()
    tree = html5lib.parseFragment(
        cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE), namespaceHTMLElements=False
    )
    for node in tree.iter():
        hold(node is tree or node.tag in MARKDOWN, f"<{node.tag}>")
        told = [child.tail for child in node] + ([] if node.tag in ("code", "pre") else [node.text])
        hold(not any(re.search(r"@\w|https?:|::", part or "") for part in told), f"{told} is not in code")
    report, rows = report_of(sample), tree.findall(".//tbody/tr")
    hold(len(rows) == len(report["students"]), f"{len(rows)} rows")
    for row, student in zip(rows, report["students"]):
        hold(len(row) == len(report["exercises"]) + 2, f"{len(row)} cells of {student['id']!r}")
        total = "–" if student["total"] is None else f"{student['total']:.2f}"
        hold("".join(row[-1].itertext()) == total, f"the total of {student['id']!r} is not {total}")


def terminal(sample, _):
    """Text and nothing else, in columns that stand below each other also where letters are wide."""
    lines = (sample / "terminal.txt").read_text().splitlines()
    screen = pyte.Screen(COLUMNS, len(lines))
    pyte.Stream(screen).feed("\r\n".join(lines))
    hold((screen.title, screen.cursor.y) == ("", len(lines) - 1), f"title {screen.title!r}, cursor in line {screen.cursor.y}")
    for cell in (cell for line in screen.buffer.values() for cell in line.values()):
        hold(cell._replace(data=" ") == screen.default_char, f"{cell.data!r} is painted")
    table = len(students_of(sample)) + 1
    ends = {max(x for x, cell in screen.buffer[y].items() if cell.data.strip()) for y in range(table)}
    hold(len(ends) == 1, f"the table's rows end in the columns {sorted(ends)}")
