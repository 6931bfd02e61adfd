# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Each module adds `support` to the first three, and `details` where there is more to say."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can say what it would do, and do nothing.
  diff_mode:
    description: Shows what changes, or would change.
  idempotent:
    description: A second run with the same options changes nothing.
  action_group:
    description: Use C(group/hwc.live.live) in C(module_defaults) to set the connection options once for a play.
    support: full
    membership:
      - hwc.live.live
"""
