# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a new or changed record rule means for pushes that are there already."""

from __future__ import annotations

from .._cloud import resources_api
from .._cloud.live_api import LiveApi
from .._core.errors import LiveError
from .lists import read_all
from .resource import Item

_BUDGET = 10.0  # seconds: this read only informs
_NAMED = 5
_FACT = "The record rule acts only on pushes that begin after it was written"


def warn_of_pushes(api: LiveApi, rule: Item) -> list[str]:
    """One warning: the fact, and how many pushes the online list shows that the rule fits. Raises nothing."""
    try:
        online = _fitting(api, rule)
    except LiveError as exc:
        return [f"{_FACT}. Which ones there are could not be read: {exc}"]
    if not online:
        return [f"{_FACT}. The online list shows none that it fits; it lags by minutes."]
    names = ", ".join(online[:_NAMED]) + (f" and {len(online) - _NAMED} more" if len(online) > _NAMED else "")
    count = f"{len(online)} that it fits {'is' if len(online) == 1 else 'are'} under way already"
    return [f"{_FACT}: {count}, {names}. For it to apply, restart the push."]


def _fitting(api: LiveApi, rule: Item) -> list[str]:
    exact = {part: rule[part] for part in ("app", "stream") if rule[part] != "*"}
    asked = exact if "app" in exact else {}  # the service takes stream only with app
    pager = resources_api.streams_online(api, rule["publish_domain"], **asked)
    items = read_all(pager, _BUDGET)
    fitting = [item for item in items if all(item.get(part) == name for part, name in exact.items())]
    return [f"{item.get('app')}/{item.get('stream')}" for item in fitting]
