# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter stream_keys and the host names of the inventory."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.hwc.live.plugins.filter.stream_keys import FilterModule
from ansible_collections.hwc.live.plugins.module_utils._core.errors import ConfigError
from ansible_collections.hwc.live.plugins.module_utils._core.hosts import host_name
from ansible_collections.hwc.live.plugins.module_utils._core.streams import StreamKey
from ansible_collections.hwc.live.plugins.module_utils._core.survey import stream_keys
from hypothesis import assume, given
from hypothesis import strategies as st

DEFAULTS = ("push.example.com", "live")
CAM = "push.example.com/live/cam-{}"
names = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="/?#*\\,:@[]"), min_size=1
)
parts = names.filter(lambda name: len(name) <= 200)
domains = st.from_regex(r"[a-z0-9]+(\.[a-z0-9-]+)*", fullmatch=True).filter(lambda name: len(name) <= 200)
keys = st.builds(StreamKey, domains, parts, parts)
separators = st.sampled_from(
    [",", "\n", " ,  ", "\r\n", "\r", "\n\n", ",,", "\t\n", " # a comment, with commas\n", "\n#\n"]
)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A text and the keys that it names."""
    chosen = draw(st.lists(keys, max_size=8))
    spelled = [draw(st.sampled_from([str(key), f"rtmp://{key}", f"rtmps://{key}?auth=1&a=b#c"])) for key in chosen]
    text = "".join(part + draw(separators) for part in spelled)
    return text, [str(key) for key in chosen]


@given(written())
def test_whatever_the_layout_each_stream_comes_out_once_in_order(case: tuple[str, list[str]]) -> None:
    text, expected = case
    assert stream_keys(text) == list(dict.fromkeys(expected))


@given(st.lists(keys))
def test_a_list_of_keys_passes_through(chosen: list[StreamKey]) -> None:
    expected = list(dict.fromkeys(map(str, chosen)))
    assert stream_keys([str(key) for key in chosen]) == expected
    assert stream_keys(stream_keys(expected)) == expected


@given(st.text(), st.sampled_from([DEFAULTS, (None, None), ("", "")]))
def test_any_text_gives_keys_or_an_error_with_line_numbers(text: str, defaults: tuple[Any, Any]) -> None:
    try:
        found = stream_keys(text, *defaults)
    except ConfigError as exc:
        lines = [
            int(number) for number in re.findall(r"(?:^Not every line names a stream|; )?:? ?line (\d+):", str(exc))
        ]
        assert lines
        assert max(lines) <= len(re.split(r"\r\n|\r|\n", text))
    else:
        assert all(len(key.split("/")) == 3 for key in found)
        assert stream_keys(found) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (None, []),
        (" \n\n,, \n", []),
        ("# nothing\n  # here, either", []),
        ("cam-1", [CAM.format(1)]),
        (7, ["push.example.com/live/7"]),
        ("007", ["push.example.com/live/007"]),
        ("cam-1,cam-2\ncam-1", [CAM.format(1), CAM.format(2)]),
        ("cam-1 # the first, of two\n\tcam-2", [CAM.format(1), CAM.format(2)]),
        ("cam-1,# all\ncam-2,", [CAM.format(1), CAM.format(2)]),
        ("\ufeffcam-1\r\ncam-2\rcam-3", [CAM.format(1), CAM.format(2), CAM.format(3)]),
        ("PUSH.example.com/live/cam-1, cam-1", [CAM.format(1)]),
        ("rtmp://push.example.com:1935/live/cam-1?auth=%2C#x, cam-2", [CAM.format(1), CAM.format(2)]),
        (["cam-1", {"stream": "cam-2"}, "o.example.com/a/b"], [CAM.format(1), CAM.format(2), "o.example.com/a/b"]),
        ([], []),
        ((1, 2), ["push.example.com/live/1", "push.example.com/live/2"]),
    ],
)
def test_forms(text: Any, expected: list[str]) -> None:
    assert stream_keys(text, *DEFAULTS) == expected


@pytest.mark.parametrize(
    ("text", "defaults", "message"),
    [
        (
            "cam-1\n\na b",
            DEFAULTS,
            "Not every line names a stream: line 3: stream 'a b' contains the character U+0020.",
        ),
        (
            "x/y\ncam-1\n#\na/b/c/d",
            DEFAULTS,
            "line 1: 'x/y' has 2 parts, not the three of domain/app/stream; line 4: 'a/b",
        ),
        ("cam-1", (None, None), "line 1: 'cam-1' has no publish_domain and app"),
        ("http://a/b/c", DEFAULTS, "line 1: 'http://a/b/c' is not a push URL"),
        (["cam-1", None], DEFAULTS, "Not every element names a stream: element 2: is null"),
        ("cam#1", DEFAULTS, "line 1: stream 'cam#1' contains '#'"),
        ("cam", ("a b", "live"), "The argument publish_domain 'a b' contains"),
        (True, DEFAULTS, "A boolean is not a list of streams"),
        ({"stream": "a"}, DEFAULTS, "The streams must be text or a list"),
        ("\n".join(["a b"] * 25), DEFAULTS, "line 20: stream 'a b' contains the character U+0020; and 5 more."),
    ],
)
def test_bad_lines_are_named_by_number(text: Any, defaults: tuple[Any, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        stream_keys(text, *defaults)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "rtmp://d/a/s?key=first,secret=9f8e7d",
        "rtmp://d/a/s/t?secret=9f8e7d",
        "cam 1?secret=9f8e7d",
        "rtmp://user:secret9f8e7d@d/a/s",
        "rtmp://d/a/s?a=1, b&secret=9f8e7d",
    ],
)
def test_no_error_shows_what_follows_a_question_mark(text: str) -> None:
    with pytest.raises(ConfigError, match="line 1") as caught:
        stream_keys(text, *DEFAULTS)
    assert "9f8e7d" not in str(caught.value)


def test_the_filter_is_the_parser() -> None:
    stream_filter = FilterModule().filters()["stream_keys"]
    assert stream_filter("cam-1", publish_domain="push.example.com", app="live") == [CAM.format(1)]
    with pytest.raises(AnsibleFilterError, match=r"hwc\.live\.stream_keys: Not every line names a stream: line 2"):
        stream_filter("a\nb c", *DEFAULTS)


@given(keys, keys)
def test_no_two_streams_share_a_host_name(one: StreamKey, other: StreamKey) -> None:
    assume(one != other)
    assert host_name(one) != host_name(other)


@given(keys)
def test_host_names_are_usable_everywhere(key: StreamKey) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]+", host_name(key))


@pytest.mark.parametrize(
    ("app", "stream", "name"),
    [
        ("live", "cam-01", "d.example.com__live__cam-01"),
        ("live", "cam_01", "d.example.com__live__cam_01"),
        ("a", "_b", r"d.example.com__a___b-[0-9a-f]{8}"),
        ("a__b", "c", r"d.example.com__a__b__c-[0-9a-f]{8}"),
        ("live", "摄像机", r"d.example.com__live_____-[0-9a-f]{8}"),
    ],
)
def test_host_names(app: str, stream: str, name: str) -> None:
    assert re.fullmatch(name, host_name(StreamKey("d.example.com", app, stream)))
