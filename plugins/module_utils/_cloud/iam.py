# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authentication: signing with AK/SK, or a token, got from IAM where there is a password; and the project id.

Nothing is asked of IAM before the first request of a run needs it. Errors of IAM surface as errors of that request.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from .._core import signer
from .._core.errors import ApiError, Disposition, ErrorAnswer, NetworkError
from .credentials import AccessKey, Connection, Password, Token
from .transport import Answer, Transport

_JSON = "application/json"


class LoginError(ApiError):
    """IAM refused: unless that was a passing fault, no request of this run can work."""

    def __init__(self, tried: str, answer: ErrorAnswer, advice: str) -> None:
        self._advice = advice
        code = None if answer.code == str(answer.status) else answer.code
        super().__init__(replace(answer, code=code, message=f"{tried}: {answer.message}"))

    @property
    def disposition(self) -> Disposition:
        known = super().disposition
        return known if known in (Disposition.RETRY, Disposition.THROTTLED) else Disposition.END_RUN

    @property
    def hint(self) -> str:
        """The table's advice is about the Live API: of its rows only the one about a bad key is true of IAM too."""
        bad_key = (self.answer.code or "").endswith(".0301")
        return super().hint if bad_key or self.disposition is not Disposition.END_RUN else self._advice


@dataclass(frozen=True)
class IamToken:
    """A token with what its answer says: ISO 8601 expiry (UTC), the project that it is good for."""

    auth_token: str = field(repr=False)
    project_id: str | None = None
    expires_at: str | None = None


class Authenticator:
    """Headers that authenticate a request, and the project id that its path needs. Safe for many threads."""

    def __init__(self, connection: Connection, transport: Transport) -> None:
        self._connection = connection
        self._transport = transport
        self._lock = threading.Lock()
        self._project_id = connection.project_id
        self._token = connection.auth.auth_token if isinstance(connection.auth, Token) else None
        self._renewed = False  # the current token is a renewed one that has not been accepted yet
        self.issued: list[str] = []  # tokens got in this run: secrets, not for any output

    def ready(self) -> str:
        """Sees to it that there is a token and a project id, and returns the latter.

        Raises LoginError, or NetworkError (never maybe_sent: no command was on its way).
        """
        if self._project_id is not None and (self._token or isinstance(self._connection.auth, AccessKey)):
            return self._project_id
        with self._lock:
            if isinstance(self._connection.auth, Password) and self._token is None:
                self._login(self._connection.auth)
            if self._project_id is None:
                self._project_id = self._find_project()
            return self._project_id

    def headers(self, method: str, base: str, path: str, query: str, body: bytes) -> dict[str, str]:
        """The headers of one request, the authenticating ones among them. path: encoded, query: canonical."""
        if self._token is not None:
            return {"Content-Type": _JSON, "X-Auth-Token": self._token}
        auth = cast(AccessKey, self._connection.auth)  # without a key there is a token: see ready()
        headers = {
            "Content-Type": _JSON,
            "Host": base.partition("://")[2],
            "X-Sdk-Date": time.strftime(signer.DATE_FORMAT, time.gmtime()),
        }
        if self._project_id is not None:
            headers["X-Project-Id"] = self._project_id
        if auth.security_token:
            headers["X-Security-Token"] = auth.security_token
        headers["Authorization"] = signer.authorization(
            auth.access_key, auth.secret_key, method, path, query, headers, body
        )
        return headers

    def accepted(self) -> None:
        """The service took the current token."""
        self._renewed = False

    def renew(self, rejected: Mapping[str, str]) -> bool:
        """After a 401: whether the request is worth sending again, with a new token.

        rejected: the headers that were refused. A token from a password is renewed once; one that is refused although
        it is new means that renewing does not help. Raises as ready().
        """
        auth = self._connection.auth
        if not isinstance(auth, Password):
            return False
        with self._lock:
            if rejected.get("X-Auth-Token") != self._token:
                return True  # another thread was quicker
            if self._renewed:
                return False
            self._login(auth)
            self._renewed = True
            return True

    def login(self, auth: Password) -> IamToken:
        """A token for user name, password and account name, with all that the answer says of it. Raises as ready()."""
        scope = {"id": self._project_id} if self._project_id else {"name": self._connection.region}
        user = {"name": auth.username, "password": auth.password, "domain": {"name": auth.account_name}}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = json.dumps({"auth": {"identity": identity, "scope": {"project": scope}}}).encode()
        asked = ("Login at IAM", "Check username, password and account_name, region and iam_endpoint.")
        answer = self._ask(asked, "POST", "/v3/auth/tokens?nocatalog=true", {"Content-Type": _JSON}, body)
        token = answer.headers.get("X-Subject-Token")
        if not token:
            raise LoginError(asked[0], ErrorAnswer(answer.status, None, "the answer carries no token"), asked[1])
        details = answer.body.get("token") if isinstance(answer.body, dict) else None
        details = details if isinstance(details, dict) else {}
        project = details.get("project")
        found = project.get("id") if isinstance(project, dict) else None
        self.issued.append(token)
        return IamToken(token, found or self._project_id, details.get("expires_at"))

    def _login(self, auth: Password) -> None:
        token = self.login(auth)
        self._token, self._project_id = token.auth_token, token.project_id or self._project_id

    def _find_project(self) -> str:
        """Source: KeystoneListProjects, as the SDK asks it (huaweicloudsdkcore/auth/internal.py)."""
        region = self._connection.region
        asked = (f"Asking IAM for the project id of region {region}", "Check region, or give project_id.")
        query = signer.canonical_query({"name": region or ""})
        headers = self.headers("GET", self._connection.iam_endpoint or "", "/v3/projects", query, b"")
        answer = self._ask(asked, "GET", f"/v3/projects?{query}", headers, b"")
        projects = answer.body.get("projects") if isinstance(answer.body, dict) else None
        found = [p for p in projects if isinstance(p, dict)] if isinstance(projects, list) else []
        ids = [p["id"] for p in found if p.get("name") == region and p.get("id")]
        if len(ids) != 1:
            fault = f"IAM names {len(ids)} projects of that name"
            raise LoginError(asked[0], ErrorAnswer(answer.status, None, fault), asked[1])
        return str(ids[0])

    def _ask(self, asked: tuple[str, str], method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """asked: what is tried, and what helps if it is refused."""
        try:
            return self._transport.send(method, self._connection.iam_endpoint or "", target, headers, body)
        except ApiError as exc:
            raise LoginError(asked[0], exc.answer, asked[1]) from None
        except NetworkError as exc:
            raise NetworkError(f"{asked[0]}: {exc}", maybe_sent=False, permanent=exc.permanent) from None
