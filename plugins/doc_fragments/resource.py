# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """For modules that bring one resource to a state; beside hwc.live.attributes."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - Whether it shall exist as the other options say, or not exist.
      - Options that are not given do not count, and keep their value when something else is changed.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    support: full
    details:
      - Check mode reads and compares, and leaves out the write. What it returns, and its diff, is what would be.
  diff_mode:
    support: full
  idempotent:
    support: full
notes:
  - A creation whose answer is lost is looked up before it is tried again, so that nothing is created twice.
"""
