# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: live_record_callback
short_description: Manage record callbacks of live streams
version_added: 1.0.0
description:
  - Creates, changes and removes the record callbacks of Huawei Cloud Live, messages that the service posts to a URL of
    yours when a recording starts, a file is complete, a recording ends or fails.
  - A callback is found by O(publish_domain) and O(app). The service uses the one with the exact app before one with
    V(*).
options:
  notify_callback_url:
    description:
      - The URL that the messages are posted to, C(http) or better C(https). The service wants no query in it.
      - Needed to create a callback.
    type: str
  notify_event_subscription:
    description:
      - The events; their order means nothing. A new callback that does not give them gets V(RECORD_FILE_COMPLETE).
    type: list
    elements: str
    choices: [RECORD_START, RECORD_NEW_FILE_START, RECORD_FILE_COMPLETE, RECORD_OVER, RECORD_FAILED]
  sign_type:
    description:
      - How messages are signed. V(MD5) binds nothing but the time. A new callback that does not give it gets
        V(HMACSHA256).
    type: str
    choices: [HMACSHA256, MD5]
  key:
    description:
      - The key that messages are signed with, at least 32 letters and digits. Without one they are not signed.
      - The service never returns it, so it cannot be compared; see O(update_key).
      - To take a key away, remove the callback and create it anew.
    type: str
  update_key:
    description:
      - With V(on_create) a key alone is no reason to write. It is written when the callback is created, and when
        something else about it is changed, since a write replaces all of it.
      - With V(always) the callback is written with O(key) in every run, and every run is a change.
    type: str
    choices: [on_create, always]
    default: on_create
extends_documentation_fragment:
  [hwc.live.attributes, hwc.live.connection, hwc.live.retries, hwc.live.resource, hwc.live.names.key]
seealso:
  - module: hwc.live.live_record_callback_info
  - module: hwc.live.live_push_notification
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: Recordings of the app report to our listener, signed
  hwc.live.live_record_callback:
    publish_domain: push.example.com
    app: live
    notify_callback_url: https://callbacks.example.com/record
    notify_event_subscription: [RECORD_START, RECORD_FILE_COMPLETE, RECORD_OVER, RECORD_FAILED]
    sign_type: HMACSHA256
    key: "{{ record_callback_key }}"

- name: The key is replaced
  hwc.live.live_record_callback:
    publish_domain: push.example.com
    app: live
    key: "{{ new_record_callback_key }}"
    update_key: always

- name: The callback is removed
  hwc.live.live_record_callback:
    publish_domain: push.example.com
    app: live
    state: absent
"""

RETURN = r"""
record_callback:
  description:
    - The callback as it is, in check mode as it would be, without its key; null if there is none.
  returned: success
  type: dict
  contains:
    id:
      description: The id that the service gave it; null in check mode for a callback that would be created.
      type: str
      returned: always
      sample: 7c1d4f0a7c1d4f0a7c1d4f0a7c1d4f0a
    publish_domain: {description: The push domain., type: str, returned: always, sample: push.example.com}
    app: {description: "The application, or C(*).", type: str, returned: always, sample: live}
    notify_callback_url:
      description: Where the messages go.
      type: str
      returned: always
      sample: "https://callbacks.example.com/record"
    notify_event_subscription:
      description: The events.
      type: list
      elements: str
      returned: always
      sample: [RECORD_FILE_COMPLETE]
    sign_type: {description: How messages are signed., type: str, returned: always, sample: HMACSHA256}
    create_time: {description: Created at (UTC)., type: str, returned: always, sample: "2026-01-02T15:04:05Z"}
    update_time: {description: Changed at (UTC)., type: str, returned: always, sample: "2026-01-02T15:04:05Z"}
diff:
  description: The callback before and after; of its key, whether it is written.
  returned: with C(--diff)
  type: dict
"""

from ansible_collections.hwc.live.plugins.module_utils._cloud.resources_api import RECORD_EVENTS
from ansible_collections.hwc.live.plugins.module_utils._resource_module import UPDATE_KEY, run_resource, texts
from ansible_collections.hwc.live.plugins.module_utils._resources.kinds import RECORD_CALLBACK

OPTIONS = {
    **texts("publish_domain", "app", required=True),
    **texts("notify_callback_url"),
    "notify_event_subscription": {"type": "list", "elements": "str", "choices": list(RECORD_EVENTS)},
    "sign_type": {"type": "str", "choices": ["HMACSHA256", "MD5"]},
    "key": {"type": "str", "no_log": True},
    "update_key": {**UPDATE_KEY, "default": "on_create"},
}


def main() -> None:
    run_resource(RECORD_CALLBACK, OPTIONS)


if __name__ == "__main__":
    main()
