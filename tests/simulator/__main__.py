# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve until SIGTERM or SIGINT: ``python -m tests.simulator --port 8080 --rule 'push.example.com/live/*'``."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from typing import Any

from .model import COMMAND
from .simulator import Simulator


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description="A stand-in for Huawei Cloud Live.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting; VALUE is JSON or plain text"
    )
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="PATTERN[=TYPE]",
        help=f"a record rule for domain/app/stream; TYPE is {COMMAND} if left out",
    )
    parser.add_argument("--push", action="append", default=[], metavar="KEY", help="a stream that is being pushed")
    return parser.parse_args(arguments)


def setting(text: str) -> tuple[str, Any]:
    """NAME=VALUE, the value as JSON if it is any."""
    name, _equals, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def main(arguments: list[str] | None = None) -> int:
    """Serve; one line on standard output says where."""
    options = parse(arguments)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: done.set())
    with Simulator(options.host, options.port, **dict(map(setting, options.set))) as sim:
        for rule in options.rule:
            pattern, _equals, record_type = rule.partition("=")
            sim.rule(pattern, record_type or COMMAND)
        for key in options.push:
            sim.push(key)
        print(f"listening on {sim.url}", flush=True)
        done.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
