# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  retry_timeout:
    description:
      - Seconds from the first attempt of a request in which throttling, server errors and network faults are retried;
        V(0) for never.
    type: int
    default: 60
"""
