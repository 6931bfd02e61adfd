# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gates: what linters, type checkers and Ansible's own tests say of the whole repository."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.installed import BIN, ROOT, environment, others_collections

from . import ansible_test

VIEW = ROOT / ".build" / "src"
LIVE = VIEW / "ansible_collections" / "hwc" / "live"


def run(*command: str, cwd: Path = ROOT) -> None:
    """The command succeeds; what it says is shown if it does not."""
    paths = f"{VIEW}:{others_collections()}"  # playbooks/awx is checked against the real modules of awx.awx
    env = {**environment(ROOT / ".cache" / "gate"), "ANSIBLE_COLLECTIONS_PATH": paths}
    tool = [str(BIN / command[0]), *command[1:]]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(tool, cwd=cwd, env=env, text=True, check=False, **pipes)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"


def test_ruff_check() -> None:
    run("ruff", "check", ".")


def test_ruff_format() -> None:
    run("ruff", "format", "--check", ".")


def test_mypy_strict_plugins() -> None:
    config = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".cache" / "mypy")]
    run("mypy", *config, "ansible_collections/hwc/live/plugins", cwd=VIEW)


def test_ansible_lint() -> None:
    run("ansible-lint", "--offline", "--profile", "production", "--strict", cwd=LIVE)


def test_antsibull_docs_lint() -> None:
    run(
        "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--skip-rstcheck",
        "--disallow-unknown-collection-refs",
        "--validate-collection-refs",
        "self",
        ".",
        cwd=LIVE,
    )


def test_changelog_lint() -> None:
    run("antsibull-changelog", "lint")


def test_ansible_test_sanity() -> None:
    ignore_files = list((ROOT / "tests" / "sanity").glob("ignore*"))
    assert not ignore_files
    done = ansible_test.run("sanity", "--color", "no")
    assert done.returncode == 0, done.stdout


def test_version_stands_in_one_place() -> None:
    """galaxy.yml has the version. The rest of the repository repeats it only as version_added, never above it."""
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    numbers = tuple(map(int, version.split(".")))
    added = []
    for path in [*(ROOT / "plugins").rglob("*.py"), *(ROOT / "roles").rglob("*.yml")]:
        text = path.read_text()
        added += re.findall(r"version_added: ['\"]?([\d.]+)", text)
        text = re.sub(r"version_added: .*", "", text)
        assert version not in text, f"{path} repeats the version"
    assert added
    assert all(tuple(map(int, each.split("."))) <= numbers for each in added)


def test_action_group_names_every_module() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    assert sorted(runtime["action_groups"]["live"]) == sorted(p.stem for p in (ROOT / "plugins/modules").glob("*.py"))


def test_no_names_of_machines() -> None:
    """Nothing in the repository knows the machine that it was written on."""
    names = re.compile("/" + "work/|/" + "root/|/opt/" + "pypi")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = [
        n
        for n in listed.stdout.splitlines()
        if (ROOT / n).is_file() and names.search((ROOT / n).read_text(errors="ignore"))
    ]
    assert found == []


def test_archive_holds_the_collection_and_no_more(tmp_path: Path) -> None:
    run("ansible-galaxy", "collection", "build", "--output-path", str(tmp_path), str(ROOT))
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    assert "plugins/modules/live_record_control.py" in names
    allowed = {"plugins", "roles", "playbooks", "extensions", "docs", "tests", "changelogs", "meta"}
    allowed |= {
        "MANIFEST.json",
        "FILES.json",
        ".ansible-lint",
        "README.md",
        "LICENSE",
        "Makefile",
        "pyproject.toml",
        "requirements.txt",
    }
    allowed |= {"CHANGELOG.rst", "CHANGELOG.md", "execution-environment.yml"}
    assert {name.split("/")[0] for name in names} <= allowed
    assert not [name for name in names if "__pycache__" in name or "tests/output" in name]


@pytest.mark.parametrize("module", sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")))
def test_modules_are_wiring(module: str) -> None:
    """A module file has at most 60 lines of code besides its documentation."""
    text = (ROOT / "plugins" / "modules" / f"{module}.py").read_text()
    code = re.sub(r'^(DOCUMENTATION|EXAMPLES|RETURN) = r""".*?"""', "", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line for line in code.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) <= 60


def test_documented_everywhere() -> None:
    """ansible-doc renders every plugin."""
    for kind, folder in (("module", "modules"), ("inventory", "inventory"), ("filter", "filter")):
        for path in (ROOT / "plugins" / folder).glob("*.py"):
            run("ansible-doc", "-t", kind, f"hwc.live.{path.stem}")
