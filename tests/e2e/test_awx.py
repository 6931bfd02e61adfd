# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""playbooks/awx with the real modules of awx.awx, against a stand-in for AWX's API."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.awx import Awx
from tests.installed import ROOT, Run, ansible_playbook, others_collections

AWX = ROOT / "playbooks" / "awx"
NAME = "Huawei Cloud Live"
PLAYBOOKS = ["record_control.yml", "record_inventory.yml"]
NEEDED = ["-e", "live_project_url=https://git.example.com/live.git", "-e", "live_image=registry.example.com/live"]
EVENT = ["-e", "live_event_streams=push.example.com/live/cam-01"]


def play(collections: Path, awx: Awx, name: str, *arguments: str) -> Run:
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": f"{collections}:{others_collections()}",
        "CONTROLLER_HOST": awx.url,
        "CONTROLLER_OAUTH_TOKEN": "awx-token",
        "HW_ACCESS_KEY": "AK",
        "HW_SECRET_KEY": "the-secret-key",
        "HW_REGION_NAME": "cn-north-4",
    }
    return ansible_playbook(collections, f"hwc.live.awx.{name}", *arguments, variables=environment)


def test_set_up_twice_and_remove_twice(collections: Path) -> None:
    with Awx(PLAYBOOKS) as awx:
        check = play(collections, awx, "setup", *NEEDED, *EVENT, "--syntax-check")
        assert check.returncode == 0, check.output

        first = play(collections, awx, "setup", *NEEDED, *EVENT, "-v")
        assert first.returncode == 0, first.output
        assert "the-secret-key" not in first.output
        assert_made(awx)

        awx.writes.clear()
        again = play(collections, awx, "setup", *NEEDED, *EVENT)
        assert again.returncode == 0, again.output
        assert "changed=0" in again.output
        assert awx.writes == []

        removed = play(collections, awx, "remove")
        assert removed.returncode == 0, removed.output
        assert {kind: items for kind, items in awx.objects.items() if items} == {
            "organizations": awx.objects["organizations"]
        }
        removed_again = play(collections, awx, "remove")
        assert removed_again.returncode == 0, removed_again.output
        assert "changed=0" in removed_again.output


def assert_made(awx: Awx) -> None:
    """What the playbook sent, by what matters."""
    kind = awx.one("credential_types", NAME)
    assert kind["injectors"]["env"]["HW_SECRET_KEY"] == "{{ secret_key }}"
    assert awx.one("credentials", NAME)["inputs"] == {
        "access_key": "AK",
        "secret_key": "the-secret-key",
        "region": "cn-north-4",
    }
    control, sliced = awx.one("job_templates", f"{NAME} record"), awx.one("job_templates", f"{NAME} record inventory")
    assert sliced["job_slice_count"] == json.loads(sliced["extra_vars"])["record_control_slices"] == 4
    for template in (control, sliced):
        assert template["ask_job_type_on_launch"]
        assert template["survey_enabled"]
        assert "secret" not in template["extra_vars"]
        assert awx.credentials_of[template["id"]] == [awx.one("credentials", NAME)["id"]]
        assert awx.surveys[template["id"]]["spec"]
    assert awx.one("inventory_sources", f"{NAME} streams")["source_path"] == "tonight.live_streams.yml"
    assert awx.one("schedules", f"{NAME} event")["extra_data"]["record_control_state"] == "recording"


def test_a_credential_type_without_its_injectors_is_noticed(collections: Path) -> None:
    with Awx(PLAYBOOKS, loses_injectors=True) as awx:
        run = play(collections, awx, "setup", *NEEDED)
    assert run.returncode == 2
    assert "AWX has another credential type than was sent" in run.output
    assert "credentials" not in awx.objects


def test_what_is_needed_is_asked_for(collections: Path) -> None:
    with Awx(PLAYBOOKS) as awx:
        run = play(collections, awx, "setup")
    assert run.returncode == 2
    assert "live_project_url and live_image are needed" in run.output
    assert awx.writes == []


def test_credential_type_is_what_the_modules_read() -> None:
    """Every variable is one that the modules know, fed by a field of its own, and the secret ones are secret."""
    inputs = json.loads((AWX / "credential_type_inputs.json").read_text())["fields"]
    env = json.loads((AWX / "credential_type_injectors.json").read_text())["env"]
    fragment = (ROOT / "plugins" / "doc_fragments" / "connection.py").read_text()
    assert set(env) <= set(re.findall(r"E\((\w+)\)", fragment))
    assert sorted(env.values()) == sorted(f"{{{{ {field['id']} }}}}" for field in inputs)
    secret = {field["id"] for field in inputs if field.get("secret")}
    assert secret == {"secret_key", "security_token", "auth_token", "password"}


@pytest.mark.parametrize("name", ["record_control", "record_inventory"])
def test_survey_asks_for_what_the_playbook_reads(name: str) -> None:
    survey = json.loads((AWX / f"survey_{name}.json").read_text())
    spec: dict[str, Any] = yaml.safe_load((ROOT / "roles/record_control/meta/argument_specs.yml").read_text())
    known = {*spec["argument_specs"]["main"]["options"], "record_control_state", "record_control_streams"}
    assert {question["variable"] for question in survey["spec"]} <= known
    project = (AWX / "project" / f"{name}.yml").read_text()
    assert f"hwc.live.{name}" in project
