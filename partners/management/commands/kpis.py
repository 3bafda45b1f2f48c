"""``kpis``: the key figures as a document, as the CSV file that the console gives, or as lines to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners.kpis.by_name import document
from partners.kpis.handbook import handbook
from partners.queries.figures import Question, question_of
from prm.actors import OPERATOR
from prm.calendar_days import program_today
from prm.metrics import all_metrics, evaluate, together
from prm.metrics.asking import FILTERS, QuestionError
from prm.metrics.types import Unit
from prm.metrics.writing import interval_words, lines_as_csv, lines_of, unit_of, words_of

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from prm.metrics import Metric, Value

USAGE = 2
NAMES = (*FILTERS, "partner")
FORMATS = ("json", "csv", "text")


class Command(BaseCommand):
    """Prints key figures."""

    help = (
        "Print the key figures, all or those named by their codes: a JSON document by name, the console's CSV file, or "
        "lines to read. The same numbers as the console, its files and /api/v1/figures. Exit codes: 0 done, 2 usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the options."""
        parser.add_argument("codes", nargs="*", metavar="CODE", help="figures by their codes (default: all)")
        parser.add_argument("--as-of", metavar="DAY", default="", help="a day up to today, as 2026-03-31 (today)")
        parser.add_argument("--partner", metavar="CODE", default="", help="the figures of one partner")
        parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="how they are written (json)")
        parser.add_argument(
            "--filter",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help=f"one of {', '.join(NAMES)}; given several times, all hold",
        )
        parser.add_argument(
            "--definitions", action="store_true", help="definitions and formulas, as docs/key-figures.md"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask and print."""
        if options["definitions"]:
            self.stdout.write(handbook(), ending="")
            return
        question = _question(options["as_of"], options["partner"], options["filter"])
        metrics = _metrics(options["codes"])
        if options["format"] == "json":
            told = document(metrics, question, OPERATOR)
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
            return
        with together():
            answers = [(metric, evaluate(metric.code, question.scope, OPERATOR)) for metric in metrics]
        if options["format"] == "csv":
            lines = [line for metric, value in answers for line in lines_of(metric, question.scope, value)]
            self.stdout.write(lines_as_csv(lines, question.parameters).lstrip("\ufeff"), ending="")
            return
        self.stdout.write(f"{question.scope.as_of}  {_asked(question)}".rstrip())
        for metric, value in answers:
            self._print(metric, value)

    def _print(self, metric: Metric, value: Value) -> None:
        self.stdout.write(f"{metric.code}: {_told(value, metric.unit)}")
        for part in value.parts:
            self.stdout.write(f"    {part.label}: {_told(part.value, unit_of(metric, part))}")
        for note in value.notes:
            self.stdout.write(f"    {note}")


def _question(as_of: str, partner: str, filters: Sequence[str]) -> Question:
    asked = {"as_of": as_of, "partner": partner}
    for text in filters:
        name, sign, value = text.partition("=")
        if not sign or name not in NAMES:
            message = f"--filter {text}: write NAME=VALUE, with one of {', '.join(NAMES)}"
            raise CommandError(message, returncode=USAGE)
        asked[name] = value
    try:
        return question_of(asked, today=program_today(timezone.now()), actor=OPERATOR)
    except QuestionError as error:
        raise CommandError(str(error), returncode=USAGE) from None


def _metrics(codes: Sequence[str]) -> list[Metric]:
    known = {metric.code: metric for metric in all_metrics()}
    unknown = sorted(set(codes) - set(known))
    if unknown:
        message = f"no such figure: {', '.join(unknown)}; there are {', '.join(known)}"
        raise CommandError(message, returncode=USAGE)
    return [known[code] for code in codes] if codes else list(known.values())


def _asked(question: Question) -> str:
    return " ".join(f"{name}={value}" for name, value in question.parameters.items() if name != "as_of")


def _told(value: Value, unit: Unit) -> str:
    if value.value is None:
        return f"not defined. {value.undefined}"
    if unit is Unit.COUNT:
        return words_of(value.value, unit)
    told = [words_of(value.value, unit, value.currency), f"n = {value.n}", interval_words(value, unit)]
    return ", ".join(filter(None, told))
