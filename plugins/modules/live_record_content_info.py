# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: live_record_content_info
short_description: List recorded files of live streams
version_added: 1.0.0
description:
  - Lists the finished files of recordings of Huawei Cloud Live in a time range, all pages. A file that is still being
    recorded is not among them.
options:
  start_time:
    description:
      - Recordings from this time on, such as V(2026-01-02T15:04:05Z). Other ISO 8601 forms are understood; a time
        without a zone is UTC.
    type: str
    required: true
  end_time:
    description:
      - Recordings up to this time; without it, up to now.
    type: str
  stream:
    description:
      - Only files of this stream.
    type: str
  record_type:
    description:
      - Only files that rules of this type recorded. Without it V(COMMAND_RECORD) and V(CONTINUOUS_RECORD) are asked
        for, one after the other; those are the ones that the service's documentation names for this call.
    type: str
    choices: [COMMAND_RECORD, CONTINUOUS_RECORD, PLAN_RECORD, ON_DEMAND_RECORD]
extends_documentation_fragment:
  [hwc.live.attributes, hwc.live.connection, hwc.live.retries, hwc.live.info, hwc.live.names.filters]
seealso:
  - module: hwc.live.live_record_control
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: What came out of tonight
  hwc.live.live_record_content_info:
    publish_domain: push.example.com
    app: live
    start_time: "2026-01-02T18:00:00+01:00"
  register: files

- name: How long each file is
  ansible.builtin.debug:
    msg: "{{ files.record_contents | items2dict(key_name='file_name', value_name='duration') }}"
"""

RETURN = r"""
record_contents:
  description: The files; what the service does not tell is null.
  returned: success
  type: list
  elements: dict
  contains:
    publish_domain: {description: The push domain., type: str, returned: always, sample: push.example.com}
    app: {description: The application., type: str, returned: always, sample: live}
    stream: {description: The stream name., type: str, returned: always, sample: cam-01}
    file_name:
      description: The name of the file.
      type: str
      returned: always
      sample: cam-01_2026-01-02-15-04-05.m3u8
    record_format: {description: The format., type: str, returned: always, sample: HLS}
    record_type:
      description: The type of the rule that recorded it.
      type: str
      returned: always
      sample: COMMAND_RECORD
    obs_addr:
      description: Where in the object storage it is.
      type: dict
      returned: always
      sample:
        bucket: recordings
        location: cn-north-4
        object: live/cam-01_2026-01-02-15-04-05.m3u8
    vod_info:
      description: Where in Video on Demand it is, for recordings that go there.
      type: dict
      returned: always
    download_url:
      description: The address of the file.
      type: str
      returned: always
      sample: "https://recordings.obs.cn-north-4.myhuaweicloud.com/live/cam-01_2026-01-02-15-04-05.m3u8"
    start_time: {description: Its beginning (UTC)., type: str, returned: always, sample: "2026-01-02T15:04:05Z"}
    end_time: {description: Its end (UTC)., type: str, returned: always, sample: "2026-01-02T16:04:05Z"}
    duration: {description: Seconds., type: int, returned: always, sample: 3600}
"""

from ansible_collections.hwc.live.plugins.module_utils._cloud.live_api import RECORD_TYPES
from ansible_collections.hwc.live.plugins.module_utils._resource_module import run_info, texts
from ansible_collections.hwc.live.plugins.module_utils._resources.lists import record_contents

OPTIONS = {
    **texts("start_time", required=True),
    **texts("end_time", "publish_domain", "app", "stream"),
    "record_type": {"type": "str", "choices": list(RECORD_TYPES)},
}


def main() -> None:
    run_info("record_contents", record_contents, OPTIONS)


if __name__ == "__main__":
    main()
