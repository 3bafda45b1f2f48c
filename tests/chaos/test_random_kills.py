"""Kills at random moments: ``make chaos`` tries hundreds, ``make test`` one for each victim.

``PRM_CHAOS_ROUNDS`` says how many rounds, ``PRM_CHAOS_SEED`` repeats one that failed.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.chaos.stage import Outcome, Stage, descendants, kill_group

ROUNDS = int(os.environ.get("PRM_CHAOS_ROUNDS", "0"))
SEED = int(os.environ.get("PRM_CHAOS_SEED", "1"))
VICTIMS = ("a process of the worker", "the worker", "the database", "a session of the database", "the broker")
LONGEST_SECONDS = 1.5
"""A calculation of the program takes less: kills fall before, into and behind it."""

pytestmark = pytest.mark.xdist_group("chaos")


@pytest.mark.parametrize("seed", range(SEED, SEED + (ROUNDS or len(VICTIMS))))
def test_whatever_is_killed_whenever_the_worker_ends_as_if_nothing_had_happened(stage: Stage, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a dice, no secret
    stage.reset()
    with ExitStack() as started:
        worker = started.enter_context(stage.worker())
        stage.ask()
        for number in range(chance.choice([1, 1, 2, 3])):
            victim = VICTIMS[seed % len(VICTIMS)] if number == 0 else chance.choice(VICTIMS)
            moment = chance.uniform(0, LONGEST_SECONDS) + (1.0 if number == 0 else 0)
            say(f"{seed}: {victim} after {moment:.3f} s")
            time.sleep(moment)
            if victim == "the worker":
                kill_group(worker)
                worker = started.enter_context(stage.worker())
            elif victim == "a process of the worker":
                kill_one(descendants(worker.pid), chance)
            else:
                {
                    "the database": stage.kill_database,
                    "a session of the database": stage.kill_session,
                    "the broker": stage.kill_broker,
                }[victim]()
                stage.revive()
            stage.ask()

        def tend() -> None:
            """Start another worker where Celery gave up for good, as the supervisor of the product does."""
            nonlocal worker
            if worker.poll() is not None:
                worker = started.enter_context(stage.worker())

        stage.wait_until_calculated(tend)
    compare(stage.outcome(), stage.undisturbed())


@pytest.mark.parametrize("seed", range(SEED, SEED + (ROUNDS // 2 or 2)))
def test_whenever_a_command_with_its_approval_is_killed_the_next_one_posts_what_is_missing(
    stage: Stage, seed: int
) -> None:
    chance = random.Random(-seed)  # noqa: S311 - a dice, no secret
    stage.reset()
    ended = 1
    for _ in range(chance.choice([1, 2, 3])):
        command = stage.command("--approve")
        victim: Callable[[], None] = chance.choice([lambda: kill_group(command), stage.kill_database])  # noqa: B023
        moment = chance.uniform(0.5, 1.0 + LONGEST_SECONDS)
        say(f"{seed}: {'database' if victim == stage.kill_database else 'command'} after {moment:.3f} s")
        time.sleep(moment)
        victim()
        stage.revive()
        ended = command.wait()
    while ended != 0:
        ended = stage.command("--approve").wait()
    outcome, expected = stage.outcome(), stage.undisturbed()
    compare(outcome, expected)
    assert outcome.statements == expected.statements
    assert outcome.runs[: len(expected.runs)] == expected.runs


def compare(outcome: Outcome, expected: Outcome) -> None:
    """Assert that the same entries, open items and warnings stand there, and no remains."""
    assert outcome.entries == expected.entries
    assert outcome.notes == expected.notes


def kill_one(processes: list[int], chance: random.Random) -> None:
    """Kill one of some processes, if there is one."""
    if processes:
        os.kill(chance.choice(processes), 9)


def say(line: str) -> None:
    """Say what is killed, so that a failure tells its story."""
    sys.stdout.write(f"{line}\n")
