"""A printing house: papers of a whole month, set by processes beside this one."""

from __future__ import annotations

import multiprocessing
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from prm.papers.fonts import font_paths
from prm.papers.printing import Paper, Press

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BACKLOG_A_PROCESS = 32
"""How many papers wait for a process: enough to keep it busy, few enough to keep memory flat."""

_press: list[Press] = []


@contextmanager
def printing_house(processes: int) -> Iterator[Callable[[Paper, Path], None]]:
    """Give a function that has a paper printed into a file; on leaving, all of them are written.

    Raises what went wrong with a paper, at the next call or on leaving.
    """
    place = (str(settings.BASE_DIR / "templates"), font_paths())
    # Fresh processes: a copy of this one would share its connection to the database.
    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[None]] = deque()
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_open, initargs=place) as pool:

        def print_into(paper: Paper, path: Path) -> None:
            waiting.append(pool.submit(_print_into, paper, path))
            while len(waiting) > processes * BACKLOG_A_PROCESS or (waiting and waiting[0].done()):
                waiting.popleft().result()

        yield print_into
        while waiting:
            waiting.popleft().result()


def _open(root: str, fonts: Sequence[str]) -> None:
    _press.append(Press(root=root, fonts=fonts))


def _print_into(paper: Paper, path: Path) -> None:
    """Write beside the file and move: what stands there is whole, also when somebody pulls the plug."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(_press[0].print(paper))
    draft.replace(path)
