"""The request's id in the answer, and who may choose it."""

import json
import logging
import re

import pytest
from django.test import Client

from prm import logs


@pytest.mark.django_db
def test_every_answer_carries_its_requests_id(client: Client) -> None:
    first, second = (client.get("/accounts/login/")[logs.HEADER] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


@pytest.mark.parametrize("given", ["short", "x" * 65, "two words here", "forged\nline here", ""])
def test_an_id_that_could_spoil_the_log_is_not_taken_over(given: str) -> None:
    assert logs.request_id_of({logs.HEADER: given}) != given


def test_a_proxys_id_is_taken_over() -> None:
    assert logs.request_id_of({logs.HEADER: "edge-7.0001_a"}) == "edge-7.0001_a"


def test_json_lines_say_level_logger_and_extras() -> None:
    formatter = logs.configuration("json", "INFO")["formatters"]["lines"]
    lines = formatter["()"](foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"])
    record = logging.LogRecord("prm.test", logging.WARNING, __file__, 1, "late by %s", ("2 days",), None)
    said = json.loads(lines.format(record))
    assert (said["event"], said["level"], said["logger"]) == ("late by 2 days", "warning", "prm.test")
