# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where each kind of resource lives: how it is found by its natural key, and written. Each call is asked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from .._cloud import resources_api
from .._cloud.live_api import RECORD_TYPES, LiveApi, Pager
from .._core.errors import LiveError
from .ask import ask
from .kinds import PUSH_NOTIFICATION, RECORD_CALLBACK, RECORD_RULE, Kind
from .lists import read_all
from .resource import Item, normalise


class UnclearError(LiveError):
    """The lists do not say whether there is such a resource, or which of several it is."""


class Store(Protocol):
    """One kind of resource at the service. Only `find` retries by itself: it consists of many requests.

    wanted, present: where the natural key (and the id) stands. body: the other fields of a write.
    """

    def find(self, wanted: Item) -> Item | None:
        """The resource with the natural key of `wanted`, normalised. Raises UnclearError, ApiError, NetworkError."""

    def create(self, wanted: Item, body: Item) -> Any:
        """What the service answers: the resource, or nothing."""

    def update(self, present: Item, body: Item) -> Any:
        """The same."""

    def delete(self, present: Item) -> None: ...


@dataclass(frozen=True)
class Collected:
    """Resources in a list: record rules, record callbacks."""

    api: LiveApi
    kind: Kind
    path: str
    budget: float

    def find(self, wanted: Item) -> Item | None:
        found: list[Item] = []
        complete, wanted_type = True, wanted.get("record_type")
        for pager in self._pagers(wanted):
            items = read_all(pager, self.budget, wanted_type)
            found += [item for item in items if self.kind.is_it(item, wanted)]
            complete = complete and pager.complete
            if found and found[0].get("record_type") == wanted_type:
                break
        if len(found) > 1:
            ids = ", ".join(str(item.get("id")) for item in found)
            raise UnclearError(f"the service has {len(found)} of them, with the ids {ids}: remove all but one")
        if not found and not complete:
            raise UnclearError("the list ended before all that it counts was seen: run the task again")
        return normalise(found[0], self.kind.shape) if found else None

    def _pagers(self, wanted: Item) -> list[Pager]:
        """What `*` means as a filter is unknown, so it is none. A rule of the wanted type comes before others."""
        asked = {part: wanted[part] for part in self.kind.key if wanted[part] != "*"}
        if self.kind is RECORD_CALLBACK:
            return [resources_api.record_callbacks(self.api, **asked)]
        types = sorted(RECORD_TYPES, key=lambda record_type: record_type != wanted.get("record_type"))
        return [resources_api.record_rules(self.api, record_type, **asked) for record_type in types]

    def create(self, wanted: Item, body: Item) -> Any:
        return self._collection.create({**self._key(wanted), **body})

    def update(self, present: Item, body: Item) -> Any:
        return self._collection.update(str(present["id"]), {**self._key(present), **body})

    def delete(self, present: Item) -> None:
        self._collection.delete(str(present["id"]))

    def _key(self, item: Item) -> Item:
        return {part: item[part] for part in self.kind.key}

    @property
    def _collection(self) -> resources_api.Collection:
        return resources_api.Collection(self.api, self.path)


@dataclass(frozen=True)
class Single:
    """The push notification configuration: one a domain, written and read under the domain's name."""

    api: LiveApi
    budget: float

    def find(self, wanted: Item) -> Item | None:
        item = ask(self._of(wanted).show, self.budget)
        return None if item is None else normalise(item, PUSH_NOTIFICATION.shape)

    def create(self, wanted: Item, body: Item) -> Any:
        return self._of(wanted).put(body)

    def update(self, present: Item, body: Item) -> Any:
        return self._of(present).put(body)

    def delete(self, present: Item) -> None:
        self._of(present).delete()

    def _of(self, item: Item) -> resources_api.PushNotification:
        return resources_api.PushNotification(self.api, str(item["domain"]))


def store_of(kind: Kind, api: LiveApi, budget: float) -> Store:
    """The store of a kind; budget: seconds of retries for each request of a look-up."""
    if kind is PUSH_NOTIFICATION:
        return Single(api, budget)
    return Collected(
        api, kind, resources_api.RECORD_RULES if kind is RECORD_RULE else resources_api.RECORD_CALLBACKS, budget
    )
