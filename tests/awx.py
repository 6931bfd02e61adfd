# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be had of AWX without a cluster: its collection awx.awx, and a stand-in for the API that this one uses.

The stand-in keeps objects, and refuses what AWX 24.6.1 was seen to refuse: a bad credential type, survey or schedule.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Object = dict[str, Any]
_SURVEY_TYPES = ("text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float")


class RefusedError(Exception):
    """400, with AWX's way of saying why."""


class Awx:
    """The stand-in, for the time of a `with`. objects: by endpoint. writes: method and path of all that changed it.

    loses_injectors: credential types lose them, as they do where Ansible took them for templates.
    """

    def __init__(self, playbooks: list[str], loses_injectors: bool = False) -> None:
        self.playbooks = playbooks
        self.loses_injectors = loses_injectors
        self.objects: dict[str, list[Object]] = {
            "organizations": [{"id": 1, "name": "Default", "type": "organization"}]
        }
        self.surveys: dict[int, Object] = {}
        self.credentials_of: dict[int, list[int]] = {}
        self.writes: list[str] = []
        self._ids = iter(range(2, 10**6))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Awx:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def one(self, endpoint: str, name: str) -> Object:
        """An object by its name, as it was sent."""
        (found,) = [item for item in self.objects.get(endpoint, []) if item["name"] == name]
        return found

    # Requests

    def answer(self, method: str, path: str, query: dict[str, str], body: Object) -> tuple[int, Any]:
        parts = path.removeprefix("/api/v2/").strip("/").split("/")
        if method != "GET":
            self.writes.append(f"{method} {path}")
        if len(parts) == 1:
            return self._list(parts[0], query) if method == "GET" else (201, self._create(parts[0], body))
        items = self.objects.get(parts[0], [])
        item = next((item for item in items if str(item["id"]) == parts[1]), None)
        if item is None:
            return 404, {}
        if len(parts) == 3:
            return self._related(method, parts[2], item, body)
        if method == "DELETE":
            self._delete(parts[0], item)
            return 204, None
        if method == "PATCH":
            item.update(self._checked(parts[0], {**item, **body}))
        return 200, self._shown(parts[0], item)

    def _list(self, endpoint: str, query: dict[str, str]) -> tuple[int, Object]:
        stored = "job_templates" if endpoint == "unified_job_templates" else endpoint
        items = self.objects.get(stored, [])
        found = [item for item in items if all(str(item.get(name)) == value for name, value in query.items())]
        shown = [self._shown(stored, item) for item in found]
        return 200, {"count": len(shown), "next": None, "results": shown}

    def _create(self, endpoint: str, body: Object) -> Object:
        number = next(self._ids)
        url = f"/api/v2/{endpoint}/{number}/"
        fixed = {"id": number, "url": url, "type": endpoint.removesuffix("s"), "summary_fields": {}, "scm_revision": ""}
        item = {**self._checked(endpoint, body), **fixed, "related": {"survey_spec": f"{url}survey_spec/"}}
        self.objects.setdefault(endpoint, []).append(item)
        return self._shown(endpoint, item)

    def _delete(self, endpoint: str, item: Object) -> None:
        self.objects[endpoint].remove(item)
        owner = {"inventories": "inventory", "job_templates": "unified_job_template"}.get(endpoint)
        for items in self.objects.values():
            items[:] = [other for other in items if owner is None or other.get(owner) != item["id"]]

    def _related(self, method: str, what: str, item: Object, body: Object) -> tuple[int, Any]:
        if what == "survey_spec":
            if method == "POST":
                self.surveys[item["id"]] = _checked_survey(body)
            return 200, self.surveys.get(item["id"], {})
        linked = self.credentials_of.setdefault(item["id"], [])
        if method == "POST":
            linked.append(body["id"])
            return 204, None
        return 200, {"count": len(linked), "next": None, "results": [{"id": number} for number in linked]}

    def _shown(self, endpoint: str, item: Object) -> Object:
        """As a GET shows it: secrets are masked."""
        if endpoint != "credentials":
            return item
        (kind,) = [each for each in self.objects["credential_types"] if each["id"] == item["credential_type"]]
        secret = {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")}
        masked = {name: "$encrypted$" if name in secret else value for name, value in item.get("inputs", {}).items()}
        return {**item, "inputs": masked}

    # What AWX refuses

    def _checked(self, endpoint: str, item: Object) -> Object:
        check = getattr(self, f"_check_{endpoint}", None)
        return item if check is None else {**item, **(check(item) or {})}

    def _check_credential_types(self, item: Object) -> Object:
        if item["kind"] not in ("cloud", "net"):
            raise RefusedError("kind must be cloud or net")
        known = {"id", "label", "type", "format", "choices", "multiline", "secret", "help_text", "default"}
        for field in item["inputs"]["fields"]:
            if not {"id", "label"} <= set(field) <= known or field["type"] not in ("string", "boolean"):
                raise RefusedError(f"inputs: {field}")
            if field["type"] == "boolean" and set(field) & {"secret", "multiline", "format", "choices"}:
                raise RefusedError(f"inputs: {field} is a boolean")
        names = {field["id"] for field in item["inputs"]["fields"]}
        for variable, template in item["injectors"].get("env", {}).items():
            if not re.fullmatch(r"(?!ANSIBLE_)[A-Za-z_][A-Za-z0-9_]*", variable):
                raise RefusedError(f"injectors: {variable}")
            if not set(re.findall(r"\{\{ *(\w+) *\}\}", template)) <= names:
                raise RefusedError(f"injectors: {template} is undefined")
        return {"injectors": {}} if self.loses_injectors else {}

    def _check_credentials(self, item: Object) -> None:
        (kind,) = [each for each in self.objects["credential_types"] if each["id"] == item["credential_type"]]
        unknown = set(item.get("inputs", {})) - {field["id"] for field in kind["inputs"]["fields"]}
        if unknown:
            raise RefusedError(f"inputs: {unknown}")

    def _check_job_templates(self, item: Object) -> None:
        if item["playbook"] not in self.playbooks:
            raise RefusedError("playbook: Playbook not found for project.")
        if not isinstance(item.get("job_slice_count", 1), int):
            raise RefusedError("job_slice_count")

    def _check_schedules(self, item: Object) -> None:
        if not re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=\w+;INTERVAL=\d+(;UNTIL=\d{8}T\d{6}Z)?", item["rrule"]):
            raise RefusedError("rrule")
        spec = self.surveys[item["unified_job_template"]]["spec"]
        answers = item.get("extra_data", {})
        if not set(answers) <= {question["variable"] for question in spec}:
            raise RefusedError("extra_data: Variables are not allowed on launch.")
        if any(question["required"] and not answers.get(question["variable"]) for question in spec):
            raise RefusedError("variables_needed_to_start")


def _checked_survey(body: Object) -> Object:
    if not {"name", "description", "spec"} <= set(body) or not body["spec"]:
        raise RefusedError("survey")
    for question in body["spec"]:
        if question["type"] not in _SURVEY_TYPES or not isinstance(question["required"], bool):
            raise RefusedError(f"survey: {question}")
        numeric = question["type"] in ("integer", "float")
        bounds = [question[name] for name in ("min", "max") if question.get(name) is not None]
        if not isinstance(question["default"], int if numeric else str) or not all(
            isinstance(bound, int) for bound in bounds
        ):
            raise RefusedError(f"survey: {question}")
    return body


def _handler(awx: Awx) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            answer: Any
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            if self.headers.get("Authorization") != "Bearer awx-token":
                status, answer = 401, None
            else:
                try:
                    status, answer = awx.answer(self.command, url.path, dict(parse_qsl(url.query)), body)
                except RefusedError as exc:
                    status, answer = 400, {"__all__": [str(exc)]}
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in (("X-API-Product-Name", "AWX"), ("X-API-Product-Version", "24.6.1")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            pass

    for method in ("GET", "POST", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    return Handler
