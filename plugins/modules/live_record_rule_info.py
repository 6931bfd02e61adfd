# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: live_record_rule_info
short_description: List record rules of live streams
version_added: 1.0.0
description:
  - Lists the record rules (record templates) of Huawei Cloud Live, all pages and all types.
options:
  stream:
    description:
      - Only rules with exactly this stream name; V(*) for those that fit any.
    type: str
  record_type:
    description:
      - Only rules of this type. Without it every type is asked for, one after the other.
    type: str
    choices: [COMMAND_RECORD, CONTINUOUS_RECORD, PLAN_RECORD, ON_DEMAND_RECORD]
extends_documentation_fragment:
  [hwc.live.attributes, hwc.live.connection, hwc.live.retries, hwc.live.info, hwc.live.names.filters]
seealso:
  - module: hwc.live.live_record_rule
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: All rules of a domain
  hwc.live.live_record_rule_info:
    publish_domain: push.example.com
  register: rules

- name: Which apps are recorded on command
  ansible.builtin.debug:
    msg: "{{ rules.record_rules | selectattr('record_type', 'eq', 'COMMAND_RECORD') | map(attribute='app') | unique }}"
"""

RETURN = r"""
record_rules:
  description: The rules, with the fields of RV(hwc.live.live_record_rule#module:record_rule).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 3a9b6e0c2d3a9b6e0c2d3a9b6e0c2d3a
      publish_domain: push.example.com
      app: live
      stream: "*"
      record_type: COMMAND_RECORD
      default_record_config:
        record_format: [HLS]
        obs_addr: {bucket: recordings, location: cn-north-4, object: live/}
        hls_config: {record_cycle: 3600, record_prefix: null, record_max_duration_to_merge_file: 60}
        flv_config: null
        mp4_config: null
      create_time: "2026-01-02T15:04:05Z"
      update_time: "2026-01-02T15:04:05Z"
"""

from ansible_collections.hwc.live.plugins.module_utils._cloud.live_api import RECORD_TYPES
from ansible_collections.hwc.live.plugins.module_utils._resource_module import run_info, texts
from ansible_collections.hwc.live.plugins.module_utils._resources.lists import record_rules

OPTIONS = {**texts("publish_domain", "app", "stream"), "record_type": {"type": "str", "choices": list(RECORD_TYPES)}}


def main() -> None:
    run_info("record_rules", record_rules, OPTIONS)


if __name__ == "__main__":
    main()
