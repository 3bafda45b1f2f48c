"""What no other tool looks at: sizes of files and functions, style sheets, and addresses in the text."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES, FUNCTION_LINES = 400, 70
TEST_FILE_LINES, TEST_FUNCTION_LINES = 600, 100
"""A test may be a long table of cases: it reads down, and nothing calls it."""

WRITTEN_BY_TOOLS = re.compile(r"(^|/)migrations/|^requirements.*\.txt$|\.svg$|/vendor/|^docs/openapi")

REGISTRY = re.compile(r"py[p]i\.org|pythonh[o]sted\.org|registry\.np[m]js|prox[y]\.golang|/simpl[e]/")
"""Addresses of package registries: the lock files and everything else work with any of them."""

PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)\b"
    r"|(?:left|right)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
    r"|border-(?:top|bottom)-(?:left|right)-radius)"
)
"""Properties that do not turn with the direction of writing."""

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=", re.IGNORECASE)
"""What the content security policy of portal and console forbids."""

MARKED = re.compile(
    r"\{% comment .*?endcomment %\}|\{#.*?#\}|\{% blocktranslate.*?endblocktranslate %\}"
    r"|\{% block body_class %\}.*?\{% endblock|\{%.*?%\}|\{\{.*?\}\}",
    re.DOTALL,
)
SPOKEN = re.compile(r'\s(?:title|placeholder|alt|label|aria-label|aria-description)="([^"]*)"')
ELEMENT = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
WORD = re.compile(r"(?<!&)\b(?!CSV\b|PDF\b)[^\W\d_]{2,}")
"""Words of a template outside ``translate``: what the file formats are called needs none."""


def main() -> int:
    """Print every finding; 0 when there is none."""
    findings = [finding for path in _committed() for finding in _look(path)]
    print("\n".join(findings))
    return 1 if findings else 0


def _committed() -> Iterator[Path]:
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    yield from (Path(name) for name in names if Path(name).is_file())


def _look(path: Path) -> Iterator[str]:
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return
    yield from _lines(path, text, REGISTRY, "names a package registry")
    if WRITTEN_BY_TOOLS.search(str(path)):
        return
    if path.suffix == ".py":
        yield from _sizes(path, text)
    if path.suffix == ".css":
        yield from _lines(path, text, PHYSICAL, "is a physical property, write the logical one")
    if path.suffix == ".html" and path.parts[0] == "templates":
        yield from _lines(path, text, INLINE, "is refused by the content security policy")
        if not path.name.startswith("styleguide"):
            yield from _lines(path, _unmarked(text), WORD, "is not marked for translation")


def _lines(path: Path, text: str, pattern: re.Pattern[str], what: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if found := pattern.search(line):
            yield f"{path}:{number}: “{found[0].strip()}” {what}"


def _unmarked(text: str) -> str:
    """Return what a template prints by itself, in its lines: the text between elements and what is read aloud."""
    bare = MARKED.sub(lambda found: "\n" * found[0].count("\n"), text)
    return ELEMENT.sub(lambda found: " ".join(SPOKEN.findall(found[0])) + "\n" * found[0].count("\n"), bare)


def _sizes(path: Path, text: str) -> Iterator[str]:
    is_test = path.parts[0] == "tests"
    most, longest = (TEST_FILE_LINES, TEST_FUNCTION_LINES) if is_test else (FILE_LINES, FUNCTION_LINES)
    lines = len(text.splitlines())
    if lines > most:
        yield f"{path}: {lines} lines, at most {most}: make it a folder of rooms"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > longest:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most {longest}"


if __name__ == "__main__":
    sys.exit(main())
