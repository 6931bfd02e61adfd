# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: live_stream_info
short_description: List the streams that are being pushed
version_added: 1.0.0
description:
  - Lists the online streams of a push domain of Huawei Cloud Live, all pages.
  - The list lags. A new push shows after 2 to 4 minutes, one that ended goes after about 3.
options:
  publish_domain:
    description:
      - The push domain.
    type: str
    required: true
extends_documentation_fragment:
  [hwc.live.attributes, hwc.live.connection, hwc.live.retries, hwc.live.info, hwc.live.names.patterns]
seealso:
  - plugin: hwc.live.live_streams
    plugin_type: inventory
  - module: hwc.live.live_record_control
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: Which cameras are on the air
  hwc.live.live_stream_info:
    publish_domain: push.example.com
    app: live
    stream: cam-*
  register: cameras

- name: Record them
  hwc.live.live_record_control:
    state: recording
    publish_domain: push.example.com
    app: live
    streams: "{{ cameras.streams | map(attribute='stream') }}"
"""

RETURN = r"""
streams:
  description: The streams; what the service does not tell is null.
  returned: success
  type: list
  elements: dict
  contains:
    publish_domain: {description: The push domain., type: str, returned: always, sample: push.example.com}
    app: {description: The application., type: str, returned: always, sample: live}
    stream: {description: The stream name., type: str, returned: always, sample: cam-01}
    video_codec: {description: The video codec., type: str, returned: always, sample: H264}
    audio_codec: {description: The audio codec., type: str, returned: always, sample: AAC}
    video_frame_rate: {description: Video frames a second., type: int, returned: always, sample: 25}
    audio_frame_rate: {description: Audio frames a second., type: int, returned: always, sample: 44}
    video_bitrate: {description: The video bit rate in kbit/s., type: int, returned: always, sample: 4000}
    audio_bitrate: {description: The audio bit rate in kbit/s., type: int, returned: always, sample: 128}
    resolution: {description: Width and height., type: str, returned: always, sample: 1920x1080}
    client_ip:
      description: The address of the device that pushes.
      type: str
      returned: always
      sample: "192.0.2.10"
    start_time: {description: When the push began (UTC)., type: str, returned: always, sample: "2026-01-02T15:04:05Z"}
"""

from ansible_collections.hwc.live.plugins.module_utils._resource_module import run_info, texts
from ansible_collections.hwc.live.plugins.module_utils._resources.lists import streams


def main() -> None:
    run_info("streams", streams, {**texts("publish_domain", required=True), **texts("app", "stream")})


if __name__ == "__main__":
    main()
