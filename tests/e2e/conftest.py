# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.installed import Run, ansible_playbook, build_and_install
from tests.simulator import Simulator

DOMAIN = "push.example.com"
Play = Callable[..., tuple[Run, list[dict[str, Any]]]]


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection, built and installed as a user would."""
    return build_and_install(tmp_path_factory.mktemp("collections"))


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A cloud with a rule for DOMAIN/live and three streams that are being pushed."""
    with Simulator(gap=1) as simulator:
        simulator.rule(f"{DOMAIN}/live/*")
        for number in (1, 2, 3):
            simulator.push(f"{DOMAIN}/live/cam-{number}")
        yield simulator


def connection_environment(sim: Simulator) -> dict[str, str]:
    """The environment variables that the simulator's account needs."""
    return {
        "HW_ACCESS_KEY": sim.settings.access_key,
        "HW_SECRET_KEY": sim.settings.secret_key,
        "HW_REGION_NAME": sim.settings.region,
        "HW_LIVE_ENDPOINT": sim.url,
        "HW_IAM_ENDPOINT": sim.url,
    }


@pytest.fixture
def play(collections: Path, tmp_path: Path) -> Play:
    """Runs tasks of live_record_control in one play; returns the run and what each task returned."""

    def run(
        sim: Simulator,
        tasks: list[dict[str, Any]],
        *arguments: str,
        variables: dict[str, str] | None = None,
        **keys: Any,
    ) -> tuple[Run, list[dict[str, Any]]]:
        names = [f"result_{number}" for number in range(len(tasks))]
        steps = [
            {
                "name": f"Step {number}",
                "hwc.live.live_record_control": {"restart_gap": 2, **task["options"]},
                "register": names[number],
                "ignore_errors": True,
                **task.get("keys", {}),
            }
            for number, task in enumerate(tasks)
        ]
        results = tmp_path / "results.json"
        save = {
            "name": "Save",
            "ansible.builtin.copy":
                {"dest": str(results), "content": "{{ [" + ", ".join(names) + "] | to_json }}", "mode": "0600"},
            "check_mode": False,
            "no_log": True,
        }  # fmt: skip
        book = tmp_path / "play.yml"
        book.write_text(
            yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, **keys, "tasks": [*steps, save]}])
        )
        environment = connection_environment(sim) if variables is None else variables
        done = ansible_playbook(collections, str(book), *arguments, variables=environment)
        assert results.exists(), done.output
        return done, json.loads(results.read_text())

    return run
