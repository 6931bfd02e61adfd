# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: stream_keys
short_description: Turn what people type into a list of streams
version_added: 1.0.0
description:
  - Turns the text of a survey or of a file into a list of C(domain/app/stream), the form that
    M(hwc.live.live_record_control) takes.
  - Streams stand one a line or with commas between them. Blank lines are passed over. A C(#) at the start of a line, or
    after a blank or a comma, begins a comment that ends with the line.
  - A stream that is named twice appears once. The order is kept.
  - A line that names no stream is an error that gives its number; all such lines are reported together.
positional: publish_domain, app
options:
  _input:
    description:
      - Text; or a list, whose elements are each one stream in a form that
        O(hwc.live.live_record_control#module:streams) takes. An empty text is an empty list.
      - A stream is a name (then O(publish_domain) and O(app) say where), C(domain/app/stream), or a push URL
        C(rtmp[s]://domain[:port]/app/stream). What follows a C(?) in a push URL is dropped and never shown. A comma in
        it must be written C(%2C), since a comma separates streams.
    type: raw
    required: true
  publish_domain:
    description:
      - The push domain of streams that name none.
    type: str
  app:
    description:
      - The application of streams that name none.
    type: str
seealso:
  - module: hwc.live.live_record_control
author: hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: What somebody typed into the survey is recorded
  hwc.live.live_record_control:
    state: recording
    streams: "{{ survey_streams | hwc.live.stream_keys('push.example.com', 'live') }}"
  vars:
    survey_streams: |
      cam-01, cam-02
      # the guests
      backstage.example.com/talk/cam-07   # by name
      rtmp://push.example.com/live/cam-08?auth_key=never-shown

- name: The same from a file
  hwc.live.live_record_control:
    state: recording
    streams: "{{ lookup('ansible.builtin.file', 'tonight.txt') | hwc.live.stream_keys(app='live',
      publish_domain='push.example.com') }}"
"""

RETURN = r"""
_value:
  description: The streams, as C(domain/app/stream).
  type: list
  elements: str
  sample: [push.example.com/live/cam-01, push.example.com/live/cam-02]
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.hwc.live.plugins.module_utils._core.errors import ConfigError
from ansible_collections.hwc.live.plugins.module_utils._core.survey import stream_keys as parse


def stream_keys(value: Any, publish_domain: str | None = None, app: str | None = None) -> list[str]:
    try:
        return parse(value, publish_domain, app)
    except ConfigError as exc:
        raise AnsibleFilterError(f"hwc.live.stream_keys: {exc}") from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"stream_keys": stream_keys}
