# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one would write without Ansible: a START for each stream from a pool of threads. Run as a script.

Its argument is a JSON file: an object with kind (`sdk` or `requests`), url, project_id, threads, domain, app,
streams, and access_key and secret_key or token. As with anything that is measured here, a failed request ends it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


def sdk(job: dict[str, Any]) -> Callable[[str], object]:
    """The vendor's SDK, with as many connections as threads."""
    from huaweicloudsdkcore.auth.credentials import BasicCredentials  # type: ignore[import-untyped]
    from huaweicloudsdkcore.http.http_config import HttpConfig  # type: ignore[import-untyped]
    from huaweicloudsdklive import v1  # type: ignore[import-untyped]

    credentials = BasicCredentials(job["access_key"], job["secret_key"], job["project_id"])
    config = HttpConfig(pool_maxsize=job["threads"])
    builder = v1.LiveClient.new_builder().with_http_config(config)
    client = builder.with_credentials(credentials).with_endpoint(job["url"]).build()

    def start(stream: str) -> object:
        body = v1.RecordControlInfo(publish_domain=job["domain"], app=job["app"], stream=stream)
        return client.run_record(v1.RunRecordRequest(action="START", body=body))

    return start


def bare(job: dict[str, Any]) -> Callable[[str], object]:
    """One session of requests and a token: no signature, no model classes."""
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=job["threads"]))
    url = f"{job['url']}/v1/{job['project_id']}/record/control?action=START"
    headers = {"X-Auth-Token": job["token"]}

    def start(stream: str) -> object:
        body = {"publish_domain": job["domain"], "app": job["app"], "stream": stream}
        answer = session.post(url, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer

    return start


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    start = {"sdk": sdk, "requests": bare}[job["kind"]](job)
    with ThreadPoolExecutor(job["threads"]) as pool:
        for _answer in pool.map(start, job["streams"]):
            pass


if __name__ == "__main__":
    main()
