# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""execution-environment.yml: what ansible-builder makes of it, short of the container itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.installed import BIN, ROOT, environment
from tests.simulator import Simulator

from .conftest import DOMAIN, connection_environment


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    done = subprocess.run([str(word) for word in command], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def install_refs() -> list[str]:
    dependencies = yaml.safe_load((ROOT / "execution-environment.yml").read_text())["dependencies"]
    return [dependencies[name]["package_pip"] for name in ("ansible_core", "ansible_runner")]


def test_rendered_context(tmp_path: Path) -> None:
    context = tmp_path / "context"
    run(BIN / "ansible-builder", "create", "-f", ROOT / "execution-environment.yml", "-c", context)
    (file,) = context.glob("*file")  # its name depends on the container engine
    container = file.read_text()
    assert 'ARG EE_BASE_IMAGE="quay.io/centos/centos:stream9"' in container
    assert f'ARG ANSIBLE_INSTALL_REFS="{" ".join(install_refs())}"' in container
    galaxy = yaml.safe_load((context / "_build" / "requirements.yml").read_text())
    assert galaxy == {"collections": [{"name": "hwc.live"}]}
    assert sorted(path.name for path in (context / "_build").iterdir()) == ["requirements.yml", "scripts"]


def test_its_python_runs_the_collection(collections: Path, sim: Simulator, tmp_path: Path) -> None:
    """An empty virtual environment gets what the container would, and nothing of this one; a job runs with it."""
    found = tmp_path / "requirements.txt"
    run(BIN / "ansible-builder", "introspect", "--write-pip", found, collections)
    assert [line.split("#")[0].strip() for line in found.read_text().splitlines() if line] == ["requests>=2.31"]

    venv = ROOT / ".build" / "execution-environment"
    shutil.rmtree(venv, ignore_errors=True)
    run(sys.executable, "-m", "venv", venv)
    pip = (venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, *install_refs(), "-r", found)

    job = tmp_path / "job"
    shutil.copytree(ROOT / "playbooks" / "awx" / "project", job / "project")
    own = {"PATH": f"{venv / 'bin'}:/usr/bin:/bin", "ANSIBLE_PYTHON_INTERPRETER": str(venv / "bin" / "python")}
    run(
        *(venv / "bin" / "ansible-runner", "run", job, "-p", "record_control.yml"),
        *("--cmdline", f"-e record_control_streams={DOMAIN}/live/cam-1"),
        env={**environment(collections, connection_environment(sim)), **own},
    )
    assert sim.recording() == {f"{DOMAIN}/live/cam-1"}
