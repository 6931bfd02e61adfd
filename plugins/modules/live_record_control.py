#!/usr/bin/python
# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: live_record_control
short_description: Start or stop recording live streams
version_added: 1.0.0
description:
  - Brings a list of streams of Huawei Cloud Live to one recording state, many at a time, and says for each stream what
    became of it.
  - The streams need a record rule of type C(COMMAND_RECORD) that existed before their push began, and a START is only
    accepted while a stream is being pushed. If the push breaks for longer than the rule's merge window, the recording
    ends and does not come back by itself; run the task again then.
  - The service has no call that reads whether a stream is being recorded. What this module reports comes from the
    answers to its commands; where they do not tell, it says V(unknown).
  - A failure of one stream does not keep the others from being attempted. The task fails after all were.
options:
  state:
    description:
      - What every stream of the list shall be.
    type: str
    required: true
    choices: [recording, stopped]
  streams:
    description:
      - The streams. Each element is one of a stream name (then O(publish_domain) and O(app) say where), the form
        C(domain/app/stream), a push URL C(rtmp[s]://domain[:port]/app/stream), or a dictionary with the keys
        C(publish_domain), C(app) and C(stream), of which the first two may be left out.
      - What follows a C(?) in a push URL is dropped and never shown or logged.
      - A whole number counts as the name that it spells. A stream that is named twice is one stream.
      - All elements that cannot be used are reported together, before anything is sent. An empty list changes nothing.
    type: list
    elements: raw
    required: true
  publish_domain:
    description:
      - The push domain of elements of O(streams) that name none.
    type: str
  app:
    description:
      - The application of elements of O(streams) that name none.
    type: str
  concurrency:
    description:
      - Requests in flight at the same time, 1 to 64. The first one always goes out alone.
    type: int
    default: 10
  rate_limit:
    description:
      - Control and rule requests in any 60 seconds, retries included; V(0) for no limit.
      - The service allows a user 300 a minute by default. A list within the limit goes out at once.
      - A quota that the service names when it refuses a request is kept as well.
    type: int
    default: 300
  retry_timeout:
    description:
      - Seconds from the first attempt of a command in which throttling, server errors and network faults are retried;
        V(0) for never. A command that is repeated after O(restart_gap) or O(wait_interval) has its own seconds.
      - Where nothing but these come back for so long, or for O(timeout) if that is longer, the run ends; where a quota
        is used up, perhaps by others, after five of its windows. Streams whose turn had not come by then are
        RV(streams[].status=not_attempted).
    type: int
    default: 60
  restart_gap:
    description:
      - Seconds until a START that was answered C(Record task exist) is asked once more. The service answers so for a
        stream that is being recorded, and for one that was stopped less than 10 seconds ago; only the second answer
        tells them apart. All such streams wait at the same time.
      - With V(0) the first answer counts as V(recording).
    type: int
    default: 11
  wait_timeout:
    description:
      - Seconds to keep asking for streams that are not pushed yet; with V(0) they fail at once.
    type: int
    default: 0
  wait_interval:
    description:
      - Seconds between two attempts for such a stream.
    type: int
    default: 10
  preflight:
    description:
      - Whether to read the record rules and the online streams of the domains first. A stream without a fitting rule
        then fails without a request, and an idle stream can be told from an unknown one when it is stopped.
      - Reads that are not permitted are a warning. A stream that seems offline is commanded all the same, since the
        online list lags by minutes.
    type: bool
    default: true
  remembered:
    description:
      - What earlier runs learned, as this module returns it in C(ansible_facts.live_recordings). With a fact cache,
        pass that fact, see the example.
      - It says what the state was, so that check mode and diff are exact, a second START of a recording stream needs no
        second question, and a STOP of a stopped stream is no change. It never keeps a command from being sent.
      - A remembered recording is not believed where the online list shows a push that began later, or no longer shows
        the push. An entry that nothing has confirmed for 30 days is dropped; one that cannot be used is a warning.
    type: raw
extends_documentation_fragment:
  - hwc.live.attributes
  - hwc.live.connection
attributes:
  check_mode:
    support: full
    details:
      - Check mode reads and plans and sends no command. Since no call reads the state, RV(streams[].before) is
        V(unknown) there unless O(remembered) tells it, and an unknown state counts as a change.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - A second START of a recording stream changes nothing and says so. A second STOP changes nothing, but where the
        service answers it with success it cannot be told from the first and is reported as a change, unless
        O(remembered) tells that the stream was stopped.
author:
  - hwc.live contributors (@hwc-live)
"""

EXAMPLES = r"""
- name: Tonight's cameras are recorded
  hwc.live.live_record_control:
    state: recording
    publish_domain: push.example.com
    app: live
    streams: [cam-01, cam-02, cam-03]

- name: Every form of a stream
  hwc.live.live_record_control:
    state: recording
    publish_domain: push.example.com
    app: live
    streams:
      - cam-01
      - push.example.org/sports/cam-07
      - rtmp://push.example.org/sports/cam-08?auth_key=never-shown
      - stream: cam-02
      - {app: backstage, stream: cam-01}

- name: What would change (nothing is sent)
  hwc.live.live_record_control:
    state: recording
    streams: "{{ tonight }}"
  check_mode: true
  diff: true

- name: Start the recording as soon as the push is there, for up to ten minutes
  hwc.live.live_record_control:
    state: recording
    streams: [push.example.com/live/opening]
    wait_timeout: 600
    wait_interval: 5

- name: Remember (with fact_caching set, the next run knows what this one learned)
  hwc.live.live_record_control:
    state: recording
    streams: "{{ tonight }}"
    remembered: "{{ ansible_facts.live_recordings | default({}) }}"

- name: Split a recording (stop, and start again after the service's 10 seconds)
  hwc.live.live_record_control:
    state: "{{ item }}"
    streams: [push.example.com/live/cam-01]
  loop: [stopped, recording]

- name: Nothing is recorded any more, and whoever could not be stopped is named
  block:
    - name: Stop all
      hwc.live.live_record_control:
        state: stopped
        streams: "{{ tonight }}"
      register: stop
  rescue:
    - name: Name them
      ansible.builtin.debug:
        msg: "{{ item.stream }}: {{ item.error_code }} {{ item.hint }}"
      loop: "{{ ansible_failed_result.streams | selectattr('status', 'ne', 'changed') }}"
      loop_control:
        label: "{{ item.stream }}"
"""

RETURN = r"""
streams:
  description: One result a stream, in the order of O(streams), of the same shape for every stream. Also on failure.
  returned: when the options are usable
  type: list
  elements: dict
  contains:
    publish_domain:
      description: The push domain, in lower case.
      type: str
      returned: always
      sample: push.example.com
    app:
      description: The application.
      type: str
      returned: always
      sample: live
    stream:
      description: The stream name.
      type: str
      returned: always
      sample: cam-01
    before:
      description: What is known of the state before, V(recording), V(stopped) or V(unknown).
      type: str
      returned: always
      sample: stopped
    after:
      description: What is known of the state after; in check mode what it would be.
      type: str
      returned: always
      sample: recording
    action:
      description: The command, V(START) or V(STOP); null if the plan refused to send one.
      type: str
      returned: always
      sample: START
    status:
      description: V(changed), V(unchanged), V(failed), or V(not_attempted) if the run ended before its turn.
      type: str
      returned: always
      sample: changed
    online:
      description: Whether the online list shows the stream; it lags by minutes. Null if it was not read.
      type: bool
      returned: always
      sample: true
    rule_id:
      description: The record rule that matches, null if none is known.
      type: str
      returned: always
      sample: 3a9b6e0c2d
    attempts:
      description: Commands sent for the stream.
      type: int
      returned: always
      sample: 1
    http_status:
      description: HTTP status of the last answer, null if there was none.
      type: int
      returned: always
      sample: 200
    error_code:
      description: The code of the last answer if the stream failed.
      type: str
      returned: always
      sample: LIVE.100011001
    error_msg:
      description: What went wrong if the stream failed.
      type: str
      returned: always
      sample: Request Illegal
    hint:
      description: What to do about it if the stream failed.
      type: str
      returned: always
      sample: Not pushed yet? Start the push first, or set wait_timeout to keep asking.
    request_id:
      description: The request id of the last answer; support asks for it.
      type: str
      returned: always
      sample: 5b3f0a52-7f44-4a0e-9c56-6d2f0c0a7a10-1767225600000-host-1
    evidence:
      description:
        - How RV(streams[].before) is known. V(answer), the service's answers of this run show it. V(remembered),
          O(remembered) says it and nothing contradicts.
        - Where it is V(unknown) though O(remembered) says recording, V(new_push) or V(push_gone) says what contradicts.
          Null if nothing is known.
      type: str
      returned: always
      sample: answer
summary:
  description: Counts of the run.
  returned: when the options are usable
  type: dict
  contains:
    total:
      description: Streams.
      type: int
      returned: always
    changed:
      description: Streams that were changed.
      type: int
      returned: always
    unchanged:
      description: Streams that were as wanted already.
      type: int
      returned: always
    failed:
      description: Streams that could not be brought to the state.
      type: int
      returned: always
    not_attempted:
      description: Streams for which nothing was sent, because the run ended early.
      type: int
      returned: always
    requests:
      description: HTTP requests of all kinds.
      type: int
      returned: always
    elapsed:
      description: Seconds.
      type: float
      returned: always
ansible_facts:
  description: Facts for the fact cache. Ansible keeps them of tasks that succeed.
  returned: when the options are usable
  type: dict
  contains:
    live_recordings:
      description:
        - O(remembered) with what this run learned. Each C(domain/app/stream) has C(state), V(recording) or V(stopped),
          C(since), the time of the last answer that showed it (UTC), and C(push), when the push began that was online
          then.
      type: dict
      returned: always
      sample:
        push.example.com/live/cam-01: {state: recording, since: "2026-11-23T20:00:00Z", push: "2026-11-23T19:55:12Z"}
diff:
  description: The streams that change, C(domain/app/stream) to state, sorted.
  returned: with C(--diff)
  type: dict
  sample: {before: {push.example.com/live/cam-01: stopped}, after: {push.example.com/live/cam-01: recording}}
msg:
  description: How many streams failed, the first five by name, and what to do.
  returned: on failure
  type: str
"""

from ansible_collections.hwc.live.plugins.module_utils._module import Context, Outcome, run_module
from ansible_collections.hwc.live.plugins.module_utils._recording.request import parse
from ansible_collections.hwc.live.plugins.module_utils._recording.run import run

OPTIONS = {
    "state": {"type": "str", "required": True, "choices": ["recording", "stopped"]},
    "streams": {"type": "list", "elements": "raw", "required": True},
    "publish_domain": {"type": "str"},
    "app": {"type": "str"},
    "concurrency": {"type": "int", "default": 10},
    "rate_limit": {"type": "int", "default": 300},
    "retry_timeout": {"type": "int", "default": 60},
    "restart_gap": {"type": "int", "default": 11},
    "wait_timeout": {"type": "int", "default": 0},
    "wait_interval": {"type": "int", "default": 10},
    "preflight": {"type": "bool", "default": True},
    "remembered": {"type": "raw"},
}


def work(context: Context) -> Outcome:
    keys, options = parse(context.params, context.check_mode)
    report = run(context.connect(options.concurrency), keys, options)
    return Outcome(report.as_dict(context.with_diff), report.failure, report.warnings)


def main() -> None:
    run_module(OPTIONS, work)


if __name__ == "__main__":
    main()
