# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Live API: one method a call, and one paginator. One request each time, no retry.

Sources: the API reference of Live, and the field names of `huaweicloudsdklive/v1/model/`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .._core.errors import ApiError, Disposition, NetworkError
from .._core.signer import canonical_query, encoded_path
from .._core.streams import StreamKey
from .credentials import Connection
from .iam import Authenticator
from .transport import Answer, Transport

PAGE_LIMIT = 100  # the largest that the list calls take
DOCUMENTED_TYPES = ("COMMAND_RECORD", "CONTINUOUS_RECORD")
SDK_ONLY_TYPES = ("PLAN_RECORD", "ON_DEMAND_RECORD")  # the API pages do not name them: a 400 means that there are none
RECORD_TYPES = DOCUMENTED_TYPES + SDK_ONLY_TYPES
_BAD_TOKEN = (None, "APIGW.0301", "APIG.0301", "LIVE.100011002")  # of a 401: others are not about the token
Action = Literal["START", "STOP"]


class LiveApi:
    """A client of one account and region. Safe for many threads.

    Every call raises ApiError for an error of the service, NetworkError where no usable answer came back.
    """

    def __init__(self, connection: Connection, connections: int = 1) -> None:
        self._endpoint = connection.endpoint
        self._transport = Transport(connection.timeout, connection.verify, connections)
        self.auth = Authenticator(connection, self._transport)

    @property
    def requests(self) -> int:
        """Requests sent so far, those to IAM among them."""
        return self._transport.sent

    def call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Answer:
        """One request below `/v1/{project_id}`; after an expired token one more, with a new token."""
        full_path = encoded_path(f"/v1/{self.auth.ready()}{path}")
        encoded_query = canonical_query(query or {})
        content = b"" if body is None else json.dumps(body).encode()
        target = f"{full_path}?{encoded_query}" if encoded_query else full_path
        while True:
            headers = self.auth.headers(method, self._endpoint, full_path, encoded_query, content)
            try:
                answer = self._transport.send(method, self._endpoint, target, headers, content)
            except ApiError as exc:
                if exc.answer.status == 401 and exc.answer.code in _BAD_TOKEN and self.auth.renew(headers):
                    continue
                if exc.disposition is not Disposition.END_RUN:
                    self.auth.accepted()
                raise
            self.auth.accepted()
            return answer

    def run_record(self, key: StreamKey, action: Action) -> Answer:
        """RunRecord: start or stop recording one stream (`run_record_request.py`, `record_control_info.py`)."""
        body = {"publish_domain": key.publish_domain, "app": key.app, "stream": key.stream}
        return self.call("POST", "/record/control", {"action": action}, body)

    def record_rules(self, publish_domain: str, record_type: str) -> Pager:
        """ListRecordRules, of one type: without record_type the service may show one type only."""
        query = {"publish_domain": publish_domain, "record_type": record_type}
        return Pager(self, "/record/rules", query, "record_config", "total", _rule_identity)

    def streams_online(self, publish_domain: str, app: str) -> Pager:
        """ListLiveStreamsOnline. It lags by minutes, both ways."""
        query = {"publish_domain": publish_domain, "app": app}
        return Pager(self, "/realtime/streams", query, "streams", "total_num", _stream_identity)


def _rule_identity(item: Mapping[str, Any]) -> Hashable:
    return item.get("id") or (item.get("app"), item.get("stream"), item.get("record_type"))


def _stream_identity(item: Mapping[str, Any]) -> Hashable:
    return (item.get("publish_domain"), item.get("app"), item.get("stream"))


@dataclass
class Pager:
    """Reads a list call until every item was seen once: `read_page` walks it, `read_at` reads pages in any order.

    The API's pages differ on whether `offset` counts records or pages, so both are tried: records first, and pages
    from the first page that brings nothing new. A list that ends before its own total was seen is not `complete`.
    """

    api: LiveApi
    path: str
    query: Mapping[str, str]
    items_field: str
    total_field: str
    identity: Callable[[Mapping[str, Any]], Hashable]
    items: dict[Hashable, dict[str, Any]] = field(default_factory=dict)
    done: bool = False
    complete: bool = False
    _by_page: int | None = None
    _total: int | None = None

    def further_offsets(self) -> range:
        """After the first page: the offsets of the others, if offset counts records."""
        return range(PAGE_LIMIT, self._total or 0, PAGE_LIMIT)

    def read_page(self) -> None:
        """Reads the next page. Raises as LiveApi does."""
        before = len(self.items)
        page = self.read_at(before if self._by_page is None else self._by_page)
        if self.done:
            return
        if self._total is None and len(page) < PAGE_LIMIT:
            self.done = self.complete = True
        elif len(self.items) > before:
            self._by_page = None if self._by_page is None else self._by_page + 1
        elif self._by_page is None and self.items:
            self._by_page = 1
        else:
            self.done = True

    def read_at(self, offset: int) -> list[dict[str, Any]]:
        """Reads the page at an offset; several threads may. Raises as LiveApi does."""
        query = {**self.query, "offset": str(offset), "limit": str(PAGE_LIMIT)}
        body = self.api.call("GET", self.path, query).body
        page = body.get(self.items_field) if isinstance(body, dict) else None
        if page is None and isinstance(body, dict) and self.total_field in body:
            page = []  # an empty list may be left out or null
        if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
            raise NetworkError(f"the answer to GET {self.path} is not a list of the service", maybe_sent=False)
        total = body.get(self.total_field)
        self._total = total if isinstance(total, int) else None
        for item in page:
            self.items[self.identity(item)] = item
        if self._total is not None and len(self.items) >= self._total:
            self.done = self.complete = True
        return page
