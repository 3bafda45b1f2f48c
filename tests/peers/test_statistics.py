"""Statistics against lifelines and statsmodels, on drawn samples: ``make test-peers``, in an environment of its own.

Both compute in floating point: S at exactly ½ is a little more or a little less there, so that they may miss a median
by a step. Every other figure is to agree to nine digits.
"""

from __future__ import annotations

import random
from fractions import Fraction
from math import isinf

import pytest

from prm.metrics.statistics import Followed, Survival, band_of, survival_of, wilson

lifelines = pytest.importorskip("lifelines", reason="lifelines is not here: make test-peers installs it")
utils = pytest.importorskip("lifelines.utils", reason="lifelines is not here: make test-peers installs it")
proportion = pytest.importorskip("statsmodels.stats.proportion", reason="statsmodels is not here")
survfunc = pytest.importorskip("statsmodels.duration.survfunc", reason="statsmodels is not here")

SAMPLES = 400
CLOSE = pytest.approx


def samples() -> list[list[Followed]]:
    """Draw partners that win early or late, or not at all; some days are shared, some samples small."""
    draw = random.Random(20261125)  # noqa: S311 - drawn anew the same each time
    found = []
    for _sample in range(SAMPLES):
        size, longest, censored = draw.choice((2, 5, 12, 24, 60, 300)), draw.choice((6, 90, 1200)), draw.random()
        found.append([Followed(draw.randrange(1, longest + 1), draw.random() > censored) for _one in range(size)])
    return found


def touches_half(survival: Survival) -> bool:
    """Whether S or an end of its band is so near to ½ that floating point decides by chance."""
    values = [float(step.survival) for step in survival.steps]
    values += [float(end) for step in survival.steps for end in band_of(step) or ()]
    return any(abs(value - 0.5) < 1e-9 for value in values)


def whole(day: float) -> int | None:
    """Read a day as the libraries give it; what is not reached is no number, or infinite."""
    return None if day != day or isinf(day) else int(day)  # noqa: PLR0124 - not a number is not itself


def test_kaplan_meier_is_that_of_lifelines() -> None:
    compared = medians = 0
    for sample in samples():
        survival = survival_of(sample)
        if not survival.events:
            continue
        peer = lifelines.KaplanMeierFitter(alpha=0.05).fit([one.days for one in sample], [one.event for one in sample])
        for step in survival.steps:
            assert float(step.survival) == CLOSE(float(peer.predict(step.day)), rel=1e-9, abs=1e-12)
            ends = peer.confidence_interval_.loc[step.day]
            if band := band_of(step):
                assert [float(end) for end in band] == CLOSE([float(ends.iloc[0]), float(ends.iloc[1])], rel=1e-9)
            compared += 1
        if not touches_half(survival):
            # The contract has no band where S is 0; lifelines lets it fall to 0 there.
            banded = peer.confidence_interval_[peer.survival_function_.iloc[:, 0] > 1e-12]
            interval = utils.median_survival_times(banded)
            theirs = (whole(peer.median_survival_time_), *(whole(float(end)) for end in interval.iloc[0]))
            assert (survival.median, *survival.median_interval) == theirs
            medians += 1
    assert (compared > 5000, medians > 250) == (True, True)


def test_the_interval_of_the_median_is_that_of_statsmodels() -> None:
    compared = 0
    for sample in samples():
        survival = survival_of(sample)
        if survival.median is None or touches_half(survival):
            continue
        peer = survfunc.SurvfuncRight([one.days for one in sample], [int(one.event) for one in sample])
        assert survival.median == whole(peer.quantile(0.5))
        compared += 1
    assert compared > 150


def test_wilsons_interval_is_that_of_statsmodels() -> None:
    for of in (1, 2, 3, 7, 20, 150, 5000):
        for hits in {0, 1, of // 3, of // 2, of - 1, of}:
            theirs = proportion.proportion_confint(hits, of, alpha=0.05, method="wilson")
            assert [float(end) for end in wilson(hits, of)] == CLOSE(list(theirs), rel=1e-9, abs=1e-12)


def test_a_median_at_exactly_half_is_found_here() -> None:
    """Twelve events among 24 on twelve days: S is ½ on the twelfth, and floating point may say a little more."""
    sample = [Followed(day, event=True) for day in range(1, 13)] + [Followed(100, event=False)] * 12
    assert (survival_of(sample).at(12), survival_of(sample).median) == (Fraction(1, 2), 12)
