# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The names by which streams, and what belongs to them, are found or chosen."""

    KEY = r"""
options:
  publish_domain:
    description:
      - The push domain.
    type: str
    required: true
  app:
    description:
      - The application, or V(*) for any.
    type: str
    required: true
"""

    PATTERNS = r"""
options:
  app:
    description:
      - Only streams of this application. C(*), C(?) and C([...]) make it a pattern.
    type: str
  stream:
    description:
      - Only streams of this name. C(*), C(?) and C([...]) make it a pattern.
    type: str
"""

    FILTERS = r"""
options:
  publish_domain:
    description:
      - Only what belongs to this push domain.
    type: str
  app:
    description:
      - Only what has exactly this application; V(*) finds what was configured for any.
    type: str
"""
