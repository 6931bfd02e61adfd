# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A few scenarios of the fault campaign; `make chaos` plays thousands."""

from __future__ import annotations

from collections import Counter

from tests.chaos.campaign import campaign


def test_a_few_random_scenarios() -> None:
    counts: Counter[str] = Counter()
    campaign(6, 1, counts)
    assert counts["scenarios"] == 6
    assert counts["runs"] >= 18


def test_a_killed_run_can_be_run_again() -> None:
    counts: Counter[str] = Counter()
    campaign(4, 1, counts, kills=True)
    assert counts["runs killed"] == 4
