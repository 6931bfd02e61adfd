# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`ansible-test` on a copy of this checkout, on a machine that may reach nothing but a package index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.installed import BIN, ROOT

_HOME = ROOT / ".cache" / "ansible-test"
_COPY = ROOT / ".build" / "ansible-test" / "ansible_collections" / "hwc" / "live"
# ansible-test runs this in the place of get-pip.py, which it would fetch from a host of its own.
_GET_PIP = """\
import os, runpy, sys
arguments = [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "pip-{version}-py3-none-any.whl"))
sys.argv = ["pip", "install", *arguments]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
_PIP_VERSIONS = ("24.2",)  # what ansible-core 2.19 asks for


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`ansible-test ARGUMENTS` in a fresh copy; its output is in stdout, errors included."""
    _bootstrap_pip()
    _copy()
    environment = {**os.environ, "HOME": str(_HOME), "PATH": _path(), "LC_ALL": "C.UTF-8"}
    command = [str(BIN / "ansible-test"), *arguments]
    return subprocess.run(
        command, cwd=_COPY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def _bootstrap_pip() -> None:
    cache = _HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in _PIP_VERSIONS:
        if not (cache / f"pip-{version}-py3-none-any.whl").exists():
            download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", cache, f"pip=={version}"]
            subprocess.run(download, check=True)
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(_GET_PIP.format(version=version))


def _copy() -> None:
    """A copy with a repository of its own: ansible-test asks git for the files, and follows no links."""
    shutil.rmtree(_COPY, ignore_errors=True)
    list_files = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(list_files, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (_COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, _COPY / name)
    subprocess.run(["git", "init", "--quiet"], cwd=_COPY, check=True)


def _path() -> str:
    """Real interpreters first: a shim of a version manager answers for versions that it does not have."""
    pyenv = sorted(Path("~/.pyenv/versions").expanduser().glob("3.*/bin"))
    return ":".join([str(BIN), *map(str, pyenv), os.environ["PATH"]])
