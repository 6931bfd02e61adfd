# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Huawei Cloud Live: the API, IAM, callbacks, quotas, and every doubtful point as a switch.

with Simulator(quota=300, idle_stop="absent") as sim:
    sim.rule("push.example.com/live/*")
    sim.push("push.example.com/live/cam-01")
    ...  # sim.url is the endpoint of Live and of IAM
    assert sim.recording() == {"push.example.com/live/cam-01"}
"""

from __future__ import annotations

from .faults import Fault
from .log import LogEntry
from .settings import Settings
from .simulator import Simulator

__all__ = ["Fault", "LogEntry", "Settings", "Simulator"]
