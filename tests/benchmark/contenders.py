# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Those that are compared. Each brings the same streams of the same cloud from idle to recording."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.installed import BIN, ROOT, environment

from .cloud import APP, DOMAIN, Cloud
from .measure import Cost, measure

FORKS = 25
MODULE = "ansible_collections.hwc.live.plugins.modules.live_record_control"


@dataclass(frozen=True)
class Bench:
    """Where it happens. threads: requests in flight. folder: for files. collections: where the collection is."""

    cloud: Cloud
    threads: int
    folder: Path
    collections: Path

    def write(self, name: str, content: Any) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content))
        return str(path)

    def cost(self, command: Sequence[str], **variables: str) -> Cost:
        """The cost of a command that has the account's and these environment variables."""
        env = environment(self.collections, {**self.cloud.environment(), **variables})
        return measure(command, env, self.folder)

    def play(self, play: dict[str, Any], *arguments: str, **variables: str) -> Cost:
        book = self.write("play.json", [{"hosts": "all", "gather_facts": False, **play}])
        return self.cost([str(BIN / "ansible-playbook"), book, *arguments], **variables)


@dataclass(frozen=True)
class Contender:
    """A way to do it. run: does it for these streams. uri: it is a configuration of ansible.builtin.uri."""

    name: str
    run: Callable[[Bench, list[str]], Cost]
    uri: bool = False
    ours: bool = False


def options(bench: Bench, streams: list[str], **more: Any) -> dict[str, Any]:
    """Options of hwc.live.live_record_control."""
    where = {"publish_domain": DOMAIN, "app": APP, "streams": streams}
    return {"state": "recording", **where, "concurrency": bench.threads, "rate_limit": 0, **more}


def local(bench: Bench, tasks: list[dict[str, Any]], **variables: str) -> Cost:
    """A play on localhost."""
    return bench.play({"tasks": tasks}, "-i", "localhost,", "-c", "local", **variables)


def our_task(**more: Any) -> Callable[[Bench, list[str]], Cost]:
    """One task of hwc.live in an ansible-playbook."""

    def run(bench: Bench, streams: list[str]) -> Cost:
        task = {"hwc.live.live_record_control": options(bench, streams, **more)}
        return local(bench, [task])

    return run


def our_module(**more: Any) -> Callable[[Bench, list[str]], Cost]:
    """The module's process without Ansible around it."""

    def run(bench: Bench, streams: list[str]) -> Cost:
        arguments = bench.write("arguments.json", {"ANSIBLE_MODULE_ARGS": options(bench, streams, **more)})
        return bench.cost([sys.executable, "-m", MODULE, arguments], PYTHONPATH=str(ROOT / ".build" / "src"))

    return run


def client(kind: str) -> Callable[[Bench, list[str]], Cost]:
    """A script of clients.py."""

    def run(bench: Bench, streams: list[str]) -> Cost:
        settings = bench.cloud.settings
        job = {
            "kind": kind,
            "url": bench.cloud.url,
            "project_id": settings.project_id,
            "access_key": settings.access_key,
            "secret_key": settings.secret_key,
            "token": bench.cloud.token(),
            "threads": bench.threads,
            "domain": DOMAIN,
            "app": APP,
            "streams": streams,
        }
        script = str(Path(__file__).with_name("clients.py"))
        return bench.cost([sys.executable, script, bench.write("job.json", job)])

    return run


def curl(bench: Bench, streams: list[str]) -> Cost:
    """One task around a process of curl for each stream."""
    (bench.folder / "streams.txt").write_text("\n".join(streams) + "\n")
    body = json.dumps({"publish_domain": DOMAIN, "app": APP, "stream": "STREAM"})
    headers = f"-H 'X-Auth-Token: {bench.cloud.token()}' -H 'Content-Type: application/json'"
    start = f"curl --silent --fail {headers} --data '{body}' '{bench.cloud.start_url()}'"
    shell = f"xargs -P {bench.threads} -I STREAM {start} < {bench.folder / 'streams.txt'}"
    return local(bench, [{"ansible.builtin.shell": shell}])


def uri(bench: Bench, stream: str, **keys: Any) -> dict[str, Any]:
    """A task of ansible.builtin.uri that starts one stream."""
    module = {
        "url": bench.cloud.start_url(),
        "method": "POST",
        "headers": {"X-Auth-Token": bench.cloud.token()},
        "body_format": "json",
        "body": {"publish_domain": DOMAIN, "app": APP, "stream": stream},
    }
    return {"ansible.builtin.uri": module, **keys}


def uri_loop(**variables: str) -> Callable[[Bench, list[str]], Cost]:
    """One task that loops over the streams."""

    def run(bench: Bench, streams: list[str]) -> Cost:
        task = uri(bench, "{{ item }}", loop=streams)
        return local(bench, [task], **variables)

    return run


def uri_async(bench: Bench, streams: list[str]) -> Cost:
    """Jobs in the background, then a look at each until it has ended."""
    start = {**uri(bench, "{{ item }}", loop=streams), "async": 600, "poll": 0, "register": "jobs"}
    wait = {
        "ansible.builtin.async_status": {"jid": "{{ item.ansible_job_id }}"},
        "loop": "{{ jobs.results }}",
        "loop_control": {"label": "{{ item.item }}"},
        "register": "job",
        "until": "job is finished",
        "retries": 600,
        "delay": 1,
    }
    jobs = {"ANSIBLE_ASYNC_DIR": str(bench.folder / "jobs")}
    return local(bench, [start, wait], **jobs)


def uri_hosts(strategy: str, **variables: str) -> Callable[[Bench, list[str]], Cost]:
    """The streams as hosts, so that Ansible's forks work side by side."""

    def run(bench: Bench, streams: list[str]) -> Cost:
        inventory = bench.folder / "hosts.ini"
        inventory.write_text("\n".join(streams) + "\n")
        play = {"strategy": strategy, "tasks": [uri(bench, "{{ inventory_hostname }}")]}
        return bench.play(play, "-i", str(inventory), "-c", "local", "-f", str(FORKS), **variables)

    return run


PIPELINING = {"ANSIBLE_PIPELINING": "true"}
TASK = Contender("hwc.live, one task", our_task(), ours=True)
SDK = Contender("the vendor's SDK", client("sdk"))
CLOSE = [
    TASK,
    Contender("hwc.live, one task, preflight: false", our_task(preflight=False), ours=True),
    Contender("hwc.live, the module's process alone", our_module(), ours=True),
    Contender("hwc.live, the module's process alone, preflight: false", our_module(preflight=False), ours=True),
    SDK,
    Contender("bare requests", client("requests")),
]
CONTENDERS = [
    *CLOSE,
    Contender("xargs and curl in one task", curl),
    Contender("uri, loop", uri_loop(), uri=True),
    Contender("uri, loop, pipelining", uri_loop(**PIPELINING), uri=True),
    Contender("uri, loop, async", uri_async, uri=True),
    Contender(f"uri, streams as hosts, {FORKS} forks, linear", uri_hosts("linear"), uri=True),
    Contender(f"uri, streams as hosts, {FORKS} forks, free", uri_hosts("free"), uri=True),
    Contender(f"uri, streams as hosts, {FORKS} forks, free, pipelining", uri_hosts("free", **PIPELINING), uri=True),
]
