# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as a user has it: built from this checkout, installed, and run by ansible-playbook."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def build_and_install(target: Path) -> Path:
    """Builds the collection and installs it below `target`, which then serves as ANSIBLE_COLLECTIONS_PATH."""
    target.mkdir(parents=True, exist_ok=True)
    for archive in target.glob("hwc-live-*.tar.gz"):
        archive.unlink()
    _galaxy(target, "build", "--force", "--output-path", str(target), str(ROOT))
    (archive,) = target.glob("hwc-live-*.tar.gz")
    _galaxy(target, "install", "--offline", "--force", "-p", str(target), str(archive))
    return target


def _galaxy(target: Path, *arguments: str) -> None:
    command = [str(BIN / "ansible-galaxy"), "collection", *arguments]
    done = subprocess.run(
        command, env=environment(target), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")


def others_collections() -> Path:
    """awx.awx and community.general, out of a package of PyPI, for ANSIBLE_COLLECTIONS_PATH. Fetched once."""
    target = ROOT / ".build" / "others"
    if not (target / "complete").exists():
        target.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "-d", str(target)]
        subprocess.run([*pip, "ansible==12.3.0"], check=True)  # the last that brings awx.awx on Python 3.11
        (wheel,) = target.glob("ansible-*.whl")
        wanted = tuple(f"ansible_collections/{name}/" for name in ("awx/awx", "community/general"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target, [name for name in archive.namelist() if name.startswith(wanted)])
        wheel.unlink()
        (target / "complete").touch()
    return target


def environment(collections: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment with no credentials but those in `more`, and nobody's own Ansible configuration."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANSIBLE_", "HW_", "HUAWEICLOUD_")) and not name.lower().endswith("_proxy")
    }
    home = collections / "home"
    home.mkdir(parents=True, exist_ok=True)
    config = home / "ansible.cfg"
    config.touch()
    return {
        **clean,
        "HOME": str(home),
        "PATH": f"{BIN}:{clean.get('PATH', '')}",
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_CONFIG": str(config),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        **(more or {}),
    }


@dataclass(frozen=True)
class Run:
    """A finished ansible-playbook."""

    returncode: int
    output: str


def ansible_playbook(collections: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> Run:
    """Runs `ansible-playbook ARGUMENTS`; variables: of the environment. Standard error is part of the output."""
    done = subprocess.run(
        [str(BIN / "ansible-playbook"), *arguments],
        env=environment(collections, variables),
        cwd=collections,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout)
