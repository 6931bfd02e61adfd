# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: a token for a password, and the project of a name."""

from __future__ import annotations

import time
from typing import Any

from .answers import Answer, dump, found, gateway_error, iam_error
from .auth import Gatekeeper
from .call import Call
from .settings import Settings


class Iam:
    """The two calls of IAM [doc]."""

    def __init__(self, settings: Settings, gatekeeper: Gatekeeper) -> None:
        self.settings = settings
        self.gatekeeper = gatekeeper

    def answer(self, call: Call) -> Answer:
        """Answer a request under /v3/."""
        if (call.method, call.path) == ("POST", "/v3/auth/tokens"):
            return self._token(call)
        if (call.method, call.path) == ("GET", "/v3/projects"):
            return self.gatekeeper.check(call) or self._projects(call)
        return gateway_error(self.settings, "0101", call.request_id)

    def _token(self, call: Call) -> Answer:
        call.entry.auth = "refused"
        settings = self.settings
        try:
            auth = (call.json() or {})["auth"]
            methods, user = auth["identity"]["methods"], auth["identity"]["password"]["user"]
            given = (user["domain"]["name"], user["name"], user["password"])
            project = dict(auth["scope"]["project"])
        except (KeyError, TypeError, ValueError):
            return iam_error(400, "The request body is invalid")
        if methods != ["password"] or not project:
            return iam_error(400, "methods must be password, the scope a project")
        if given != (settings.account_name, settings.username, settings.password):
            return iam_error(401, "The username or password is wrong.")
        if not project.items() <= {"id": settings.project_id, "name": settings.region}.items():
            return iam_error(401, "Could not find project")
        call.entry.auth = "password"
        return self._issue(with_catalog="nocatalog" not in call.query)

    def _issue(self, with_catalog: bool) -> Answer:
        token, expires = self.gatekeeper.issue_token()
        body: dict[str, Any] = {
            "expires_at": _moment(expires),
            "issued_at": _moment(self.gatekeeper.clock()),
            "methods": ["password"],
            "project": {"id": self.settings.project_id, "name": self.settings.region, "domain": self._domain()},
            "user": {
                "id": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
                "name": self.settings.username,
                "domain": self._domain(),
                "password_expires_at": "",
            },
            "roles": [{"id": "0", "name": "te_admin"}],
        }
        if with_catalog:
            body["catalog"] = []
        return Answer(201, dump({"token": body}), headers={"X-Subject-Token": token})

    def _domain(self) -> dict[str, str]:
        return {"id": self.settings.account_id, "name": self.settings.account_name}

    def _projects(self, call: Call) -> Answer:
        if "projects:list" in self.settings.denied:
            call.entry.auth = "refused"
            return iam_error(401, "You are not authorized to perform the requested action")
        project = {
            "id": self.settings.project_id,
            "name": self.settings.region,
            "enabled": True,
            "is_domain": False,
            "domain_id": self.settings.account_id,
            "parent_id": self.settings.account_id,
            "description": "",
            "links": {"self": f"/v3/projects/{self.settings.project_id}"},
        }
        wanted = call.query.get("name", self.settings.region) == self.settings.region
        links = {"self": "/v3/projects", "previous": None, "next": None}
        return found({"projects": [project] if wanted else [], "links": links})


def _moment(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(moment))
