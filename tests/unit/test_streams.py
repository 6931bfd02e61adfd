# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stream keys: every form, every fault, and no secret in any text."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.errors import ConfigError
from ansible_collections.hwc.live.plugins.module_utils._core.streams import (
    StreamKey,
    StreamNameError,
    parse_stream,
    parse_streams,
    redact,
)
from hypothesis import example, given
from hypothesis import strategies as st

KEY = StreamKey("push.example.com", "live", "cam-01")
SECRET = "s3cr3t-in-a-query"
FORBIDDEN = [*map(chr, range(0x21)), *map(chr, range(0x7F, 0xA1)), *"/?#*\\\u2028\u2029"]
FORBIDDEN_IN_DOMAIN = [*FORBIDDEN, ":", "@"]

names = st.text(st.characters(exclude_characters="".join(FORBIDDEN), exclude_categories=["Cs"]), min_size=1)
domains = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9.-]{0,30}[a-zA-Z0-9])?", fullmatch=True)
keys = st.builds(StreamKey, domains.map(str.lower), names.map(lambda n: n[:255]), names.map(lambda n: n[:512]))
queries = st.text(st.characters(exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["a/b/c", "rtmp://a/b/c?d"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["stream", "app"]), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "element",
    [
        "cam-01",
        "push.example.com/live/cam-01",
        "PUSH.Example.com/live/cam-01",
        "rtmp://push.example.com/live/cam-01",
        "rtmps://push.example.com:443/live/cam-01",
        "RTMP://PUSH.example.com:1935/live/cam-01?auth_key=" + SECRET,
        "rtmp://push.example.com/live/cam-01?",
        "rtmp://push.example.com/live/cam-01?a=/b/c?d=rtmp://x/y/z",
        {"stream": "cam-01"},
        {"app": "live", "stream": "cam-01"},
        {"publish_domain": "Push.example.com", "stream": "cam-01"},
        {"publish_domain": None, "app": None, "stream": "cam-01"},
        {"publish_domain": "push.example.com", "app": "live", "stream": "cam-01"},
    ],
)
def test_every_form_of_a_stream(element: Any) -> None:
    assert parse_stream(element, "push.example.com", "live") == KEY


@pytest.mark.parametrize(
    ("element", "stream"),
    [
        (7, "7"),
        (0, "0"),
        ({"stream": 12}, "12"),
        ("007", "007"),
        ("Cam", "Cam"),
        ("żółw", "żółw"),
        ("a.b:c@d", "a.b:c@d"),
    ],
)
def test_names_are_kept_as_they_are(element: Any, stream: str) -> None:
    assert parse_stream(element, "push.example.com", "live").stream == stream


def test_what_an_element_says_beats_the_options() -> None:
    assert parse_stream({"app": "a", "stream": "s"}, "d", "live") == StreamKey("d", "a", "s")
    assert parse_stream("rtmp://e/a/s", "d", "live") == StreamKey("e", "a", "s")
    assert parse_stream("e/a/s", "d", "live") == StreamKey("e", "a", "s")


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (None, "null"),
        (True, "a boolean"),
        (False, "a boolean"),
        (1.5, "a fraction"),
        (["cam"], "a list"),
        ("", "empty"),
        ("a/b", "2 parts"),
        ("a/b/c/d", "4 parts"),
        ("/a/b", "publish_domain is empty"),
        ("d//s", "app is empty"),
        ("d/a/", "stream is empty"),
        ("cam 01", "U+0020"),
        ("cam\n", "U+000A"),
        ("cam?", "'?'"),
        ("*", "'*'"),
        ("x" * 513, "513 characters"),
        ({"app": "x" * 256, "stream": "s"}, "256 characters"),
        ({"publish_domain": "x" * 256, "stream": "s"}, "256 characters"),
        ({}, "no key stream"),
        ({"app": "a"}, "no key stream"),
        ({"stream": None}, "null"),
        ({"stream": ""}, "empty"),
        ({"stream": True}, "a boolean"),
        ({"stream": ["x"]}, "a list"),
        ({"stream": {"x": 1}}, "a dictionary"),
        ({"stream": "s", "app": False}, "a boolean"),
        ({"stream": "s", "app": ""}, "app is empty"),
        ({"stream": "s", "app": "a/b"}, "'/'"),
        ({"stream": "s", "publish_domain": "d:1935"}, "':'"),
        ({"stream": "s", "name": "x"}, "unknown keys 'name'"),
        ({"stream": "s", 5: "x"}, "unknown keys '5'"),
        ({"stream": "s", None: "x", "z": 1}, "unknown keys"),
        ("http://d/a/s", "not a push URL"),
        ("srt://d/a/s", "not a push URL"),
        ("rtmp://d/a", "is not rtmp"),
        ("rtmp://d/a/b/s", "is not rtmp"),
        ("rtmp:///a/s", "is not rtmp"),
        ("rtmp://d:x/a/s", "is not rtmp"),
        ("rtmp://[::1]/a/s", "is not rtmp"),
        ("rtmp://d/a/", "stream is empty"),
    ],
)
def test_what_is_wrong_is_said(element: Any, reason: str) -> None:
    with pytest.raises(StreamNameError) as caught:
        parse_stream(element, "push.example.com", "live")
    assert reason in str(caught.value)


@pytest.mark.parametrize("char", FORBIDDEN_IN_DOMAIN)
def test_forbidden_characters_everywhere(char: str) -> None:
    """Wherever one stands, in whichever form, it is an error and not dropped."""
    elements: list[Any] = [{"publish_domain": f"d{char}", "app": "a", "stream": "s"}]
    if char in FORBIDDEN:
        elements += [{"publish_domain": "d", "app": f"{char}a", "stream": "s"}, {"stream": f"a{char}"}]
    if char not in "/?":  # those two divide such a text
        elements += [f"d{char}/a/s", f"rtmp://d:1935{char}/a/s"]
    for element in elements:
        with pytest.raises(StreamNameError):
            parse_stream(element, "d", "a")


@pytest.mark.parametrize(
    ("domain", "app", "missing"),
    [(None, "live", "publish_domain"), ("d", None, "app"), (None, None, "publish_domain and app"), ("", "", "app")],
)
def test_missing_names(domain: str | None, app: str | None, missing: str) -> None:
    with pytest.raises(ConfigError, match=f"streams\\[0\\].*{missing}"):
        parse_streams(["cam-01"], domain, app)


def test_the_same_stream_twice_is_one_stream() -> None:
    elements = ["b", "a", "D/live/b", {"stream": "b"}, "rtmp://d/live/a?x=1", 1, "1"]
    assert [key.stream for key in parse_streams(elements, "d", "live")] == ["b", "a", "1"]


def test_every_fault_with_its_index() -> None:
    elements = ["ok", None, "a/b", "ok2", True, {"nome": 1}, "rtmp://d/a/s", 1.5]
    with pytest.raises(ConfigError) as caught:
        parse_streams(elements, "d", "live")
    text = str(caught.value)
    assert [index for index in range(8) if f"streams[{index}]" in text] == [1, 2, 4, 5, 7]
    assert text.startswith("5 elements cannot be used, nothing was sent: ")


def test_many_faults_stay_short_and_keep_every_index() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_streams([None] * 300, "d", "live")
    text = str(caught.value)
    assert all(f"{index}" in text for index in range(300))
    assert text.count("null") == 20


def test_bad_options_are_told_with_bad_elements() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_streams(["ok", None], "d/x", "a b")
    text = str(caught.value)
    assert "option publish_domain" in text
    assert "option app" in text
    assert "streams[0]" not in text
    assert "streams[1]" in text


def test_an_empty_list_has_no_fault() -> None:
    assert parse_streams([]) == []


@pytest.mark.parametrize(
    "element",
    [
        f"rtmp://d/a?x={SECRET}",
        f"rtmp://d/a/b/c?x={SECRET}",
        f"http://d/a/s?x={SECRET}",
        f"cam?x={SECRET}",
        f"d/a/b/c?{SECRET}",
        f"d/a/s?{SECRET}",
        f"rtmp://user:{SECRET}@d/a/s",
        f"rtmp://{SECRET}@d/a/s?x",
        f"rtmp://user:p@{SECRET}@d/a/s",
        f" rtmp://d/a/s?x={SECRET}",
        {"stream": f"rtmp://d/a/s?x={SECRET}"},
        {"stream": "s", "app": f"a?{SECRET}"},
        {"stream": "s", f"app?{SECRET}": "x"},
        {"stream": "s", "url": f"rtmp://d/a/s?{SECRET}"},
        [f"rtmp://d/a/s?{SECRET}"],
    ],
)
def test_no_secret_in_a_fault(element: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_streams([element], "d", "live")
    assert SECRET not in str(caught.value)
    assert SECRET not in str(redact(element))


def test_redaction_walks_containers() -> None:
    value = ["a?b", {"k?x": ["rtmp://u:p@h/a/s?q", 1, None]}, 2.5]
    assert redact(value) == ["a?", {"k?": ["rtmp://h/a/s?", 1, None]}, 2.5]


@given(keys)
def test_the_text_of_a_key_is_a_form_of_it(key: StreamKey) -> None:
    assert parse_stream(str(key)) == key
    assert parse_stream(f"rtmp://{key}") == key
    assert parse_stream({"publish_domain": key.publish_domain, "app": key.app, "stream": key.stream}) == key


@given(keys, queries)
def test_a_query_changes_nothing(key: StreamKey, query: str) -> None:
    assert parse_stream(f"rtmp://{key.publish_domain}:1935/{key.app}/{key.stream}?{query}") == key
    assert redact(f"rtmp://{key}?{query}") == f"rtmp://{key}?"


def fault(elements: list[Any], domain: str | None = "d", app: str | None = "live") -> str | None:
    """The text of the error, or None where every element is a stream."""
    try:
        parse_streams(elements, domain, app)
    except ConfigError as exc:
        return str(exc)
    return None


def is_stream(element: Any, domain: str | None = "d", app: str | None = "live") -> bool:
    try:
        key = parse_stream(element, domain, app)
    except StreamNameError as exc:
        return not str(exc)
    return all((key.publish_domain, key.app, key.stream))


@given(st.text(st.sampled_from("abz:/@.?= \n"), max_size=30))
def test_whatever_the_url_its_query_never_shows(url: str) -> None:
    assert SECRET not in (fault([f"rtmp://{url}?{SECRET}"]) or "")


@given(json_values, st.none() | st.text(), st.none() | st.text())
@example({"stream": "s", "publish_domain": 1, "app": 2}, None, None)
@example("\ud800", "d", "a")
@example("İ" * 255 + "/a/s", None, None)
def test_any_value_parses_or_is_a_named_fault(value: Any, domain: str | None, app: str | None) -> None:
    text = fault([value], domain, app)
    assert text != ""
    if text is None:
        assert is_stream(value, domain or None, app or None)


@given(st.lists(json_values, max_size=6))
def test_every_bad_element_is_named_and_no_good_one(values: list[Any]) -> None:
    bad = [index for index, value in enumerate(values) if not is_stream(value)]
    text = fault(values)
    assert (text is None) == (not bad)
    assert [index for index in range(len(values)) if f"streams[{index}]:" in (text or "")] == bad
