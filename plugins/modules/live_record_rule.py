# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: live_record_rule
short_description: Manage record rules of live streams
version_added: 1.0.0
description:
  - Creates, changes and removes record rules (record templates) of Huawei Cloud Live.
  - A rule is found by O(publish_domain), O(app) and O(stream). The service applies to a stream the rule with the exact
    app before one with V(*), then the exact stream before V(*).
  - M(hwc.live.live_record_control) needs a rule of type V(COMMAND_RECORD).
  - A rule, or a change of one, acts only on pushes that begin after it. The module says so whenever it writes, with the
    pushes of the online list that the rule fits.
options:
  stream:
    description:
      - The stream name, or V(*) for any.
    type: str
    required: true
  record_type:
    description:
      - When a stream is recorded. V(COMMAND_RECORD) on command, V(CONTINUOUS_RECORD) always, V(PLAN_RECORD) by
        schedule, V(ON_DEMAND_RECORD) as a service of yours answers.
      - Needed to create a rule. The service's own default, V(CONTINUOUS_RECORD), would record and charge at once.
      - The console does not let the type of a rule be changed. If the service refuses it too, the task fails and says
        so; remove the rule and create it anew then.
    type: str
    choices: [COMMAND_RECORD, CONTINUOUS_RECORD, PLAN_RECORD, ON_DEMAND_RECORD]
  default_record_config:
    description:
      - What is recorded, and where it is stored.
    type: dict
    suboptions:
      record_format:
        description:
          - The formats; their order means nothing. Needed to create a rule.
        type: list
        elements: str
        choices: [HLS, FLV, MP4]
      obs_addr:
        description:
          - Where in the object storage the files go. The service must have been granted access to the bucket.
        type: dict
        suboptions:
          bucket:
            description:
              - The bucket. Needed to create a rule.
            type: str
          location:
            description:
              - The region of the bucket, which must be the region of Live. Needed to create a rule.
            type: str
          object:
            description:
              - The folder in the bucket; its root if this is empty, as it is for a new rule that does not give it.
            type: str
      hls_config:
        description:
          - How HLS is recorded.
        type: dict
        suboptions: &hls
          record_cycle: &cycle
            description:
              - Seconds after which a new file begins, 60 to 43200. One page says that V(0) records a whole stream to
                one file, another that it stands for 6 hours.
            type: int
          record_prefix: &prefix
            description:
              - Path and name of the files, with placeholders such as C({publish_domain}), C({app}), C({stream}),
                C({record_type}), C({record_format}) and C({file_start_time}).
            type: str
          record_ts_prefix:
            description:
              - Names of the TS segments.
            type: str
          record_slice_duration:
            description:
              - Seconds a TS segment lasts, 2 to 60. The service's default is 10.
            type: int
          record_max_duration_to_merge_file: &merge
            description:
              - Seconds that a push may be away without its file (and with it a commanded recording) coming to an end.
                V(0), the service's default, ends it at once. V(-1), for HLS, goes on with the file within 30 days.
            type: int
      flv_config:
        description:
          - How FLV is recorded.
        type: dict
        suboptions: &file
          record_cycle: *cycle
          record_prefix: *prefix
          record_max_duration_to_merge_file: *merge
      mp4_config:
        description:
          - How MP4 is recorded.
        type: dict
        suboptions: *file
extends_documentation_fragment:
  [hwc.live.attributes, hwc.live.connection, hwc.live.retries, hwc.live.resource, hwc.live.names.key]
seealso:
  - module: hwc.live.live_record_rule_info
  - module: hwc.live.live_record_control
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: Every stream of the app is recorded on command, with breaks of up to a minute in one file
  hwc.live.live_record_rule:
    publish_domain: push.example.com
    app: live
    stream: "*"
    record_type: COMMAND_RECORD
    default_record_config:
      record_format: [HLS]
      obs_addr:
        bucket: recordings
        location: cn-north-4
        object: live/
      hls_config:
        record_cycle: 3600
        record_max_duration_to_merge_file: 60

- name: Only one setting is changed, all others stay
  hwc.live.live_record_rule:
    publish_domain: push.example.com
    app: live
    stream: "*"
    default_record_config:
      hls_config:
        record_max_duration_to_merge_file: 300

- name: The rule is removed
  hwc.live.live_record_rule:
    publish_domain: push.example.com
    app: live
    stream: "*"
    state: absent
"""

RETURN = r"""
record_rule:
  description:
    - The rule as it is, in check mode as it would be; null if there is none.
  returned: success
  type: dict
  contains:
    id:
      description: The id that the service gave it; null in check mode for a rule that would be created.
      type: str
      returned: always
      sample: 3a9b6e0c2d3a9b6e0c2d3a9b6e0c2d3a
    publish_domain: {description: The push domain., type: str, returned: always, sample: push.example.com}
    app: {description: "The application, or C(*).", type: str, returned: always, sample: live}
    stream: {description: "The stream name, or C(*).", type: str, returned: always, sample: "*"}
    record_type: {description: When a stream is recorded., type: str, returned: always, sample: COMMAND_RECORD}
    default_record_config:
      description: What is recorded and where it is stored; what the service does not tell is null.
      type: dict
      returned: always
      sample:
        record_format: [HLS]
        obs_addr: {bucket: recordings, location: cn-north-4, object: live/}
        hls_config: {record_cycle: 3600, record_prefix: null, record_max_duration_to_merge_file: 60}
        flv_config: null
        mp4_config: null
    create_time: {description: Created at (UTC)., type: str, returned: always, sample: "2026-01-02T15:04:05Z"}
    update_time: {description: Changed at (UTC)., type: str, returned: always, sample: "2026-01-02T15:04:05Z"}
diff:
  description: The rule before and after.
  returned: with C(--diff)
  type: dict
"""

from ansible_collections.hwc.live.plugins.module_utils._resource_module import run_resource, texts
from ansible_collections.hwc.live.plugins.module_utils._resources.kinds import RECORD_RULE
from ansible_collections.hwc.live.plugins.module_utils._resources.pushes import warn_of_pushes

FILE = {
    "record_cycle": {"type": "int"},
    "record_prefix": {"type": "str"},
    "record_max_duration_to_merge_file": {"type": "int"},
}
HLS = {**FILE, "record_ts_prefix": {"type": "str"}, "record_slice_duration": {"type": "int"}}
CONFIG = {
    "record_format": {"type": "list", "elements": "str", "choices": ["HLS", "FLV", "MP4"]},
    "obs_addr": {"type": "dict", "options": {name: {"type": "str"} for name in ("bucket", "location", "object")}},
    "hls_config": {"type": "dict", "options": HLS},
    "flv_config": {"type": "dict", "options": FILE},
    "mp4_config": {"type": "dict", "options": FILE},
}
TYPES = ["COMMAND_RECORD", "CONTINUOUS_RECORD", "PLAN_RECORD", "ON_DEMAND_RECORD"]
OPTIONS = {
    **texts("publish_domain", "app", "stream", required=True),
    "record_type": {"type": "str", "choices": TYPES},
    "default_record_config": {"type": "dict", "options": CONFIG},
}


def main() -> None:
    run_resource(RECORD_RULE, OPTIONS, warn_of_pushes)


if __name__ == "__main__":
    main()
