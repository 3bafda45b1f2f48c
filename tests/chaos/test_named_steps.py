"""A calculation that dies at each of its named steps, and is started again, ends as an undisturbed one."""

from __future__ import annotations

import signal

import pytest

from tests.chaos.stage import Stage, kill_group

pytestmark = pytest.mark.xdist_group("chaos")

DIED = "exited with 'signal 9 (SIGKILL)'"


def test_a_command_killed_at_any_step_is_run_again(stage: Stage) -> None:
    expected = stage.undisturbed()
    ends: dict[str, tuple[int, int]] = {}
    same: dict[str, bool] = {}
    for step in stage.steps:
        stage.reset()
        ends[step] = (stage.quick_command(failpoint=step), stage.quick_command())
        outcome = stage.outcome()
        same[step] = (outcome.entries, outcome.notes) == (expected.entries, expected.notes)
    assert ends == dict.fromkeys(stage.steps, (-signal.SIGKILL, 0))
    assert same == dict.fromkeys(stage.steps, True)


def test_a_command_killed_again_and_again_one_step_further_each_time_arrives(stage: Stage) -> None:
    stage.reset()
    assert {stage.quick_command(failpoint=step) for step in stage.steps} == {-signal.SIGKILL}
    assert stage.quick_command("--approve") == 0
    assert stage.outcome() == stage.undisturbed()


@pytest.mark.parametrize("place", [0, 0.5, 1], ids=["first", "middle", "last"])
def test_a_worker_killed_at_a_step_is_replaced(stage: Stage, place: float) -> None:
    stage.reset()
    expected = stage.undisturbed()
    step = stage.steps[round(place * (len(stage.steps) - 1))]
    since = stage.said_so_far()
    with stage.worker(failpoint=step) as worker:
        stage.ask()
        stage.wait_until_said(DIED, since=since)
        kill_group(worker)
    with stage.worker():
        stage.wait_until_calculated()
    outcome = stage.outcome()
    assert (outcome.entries, outcome.notes) == (expected.entries, expected.notes)


def test_a_calculation_whose_worker_died_is_taken_up_again_although_nobody_asks(stage: Stage) -> None:
    stage.reset()
    expected = stage.undisturbed()
    since = stage.said_so_far()
    with stage.worker(failpoint="notes") as worker:
        stage.ask()
        stage.wait_until_said(DIED, since=since)
        kill_group(worker)
    stage.forget_queue()
    with stage.worker():
        stage.let_minutes_pass()
        stage.wait_until(stage.is_calculated)
    outcome = stage.outcome()
    assert (outcome.entries, outcome.notes) == (expected.entries, expected.notes)
