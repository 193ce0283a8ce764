"""kubectl reads every text back that `synth` writes, and the form is cdk8s's otherwise."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from cdk8s import Yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from t3afk_constructs.yaml_text import misread_from_cdk8s, yaml_text

# cdk8s writes these without quotes, and kubectl reads numbers.
NUMBERS = (
    *("0B11", "0X1F", "0O17", "0o17", "0o1_7", "0_o17", "1e1_0", "-_9_", "+_9", "0b-1", "0b+1", "-0B1", "0_b-1"),
    *("1_0e5_", "0X_f", "+0o7"),
)
BLOCKS = ("\ta\n", "\n\ta\n", " \ta\n", " \n", "\n\n", " \n\n", f"\x1b{'a' * 40}\n \nb", f"{'a' * 40}\n \n\n  ")
CHARACTERS = ("\u2028", "\u2029")
# Both read and write these well.
PLAIN = (
    *("", "a", "a b", "a:b", "-a", "?a", ":a", "a#", "10.0.0.1", "1.2.3-rc", "0x", "e", "=", "\xa0a", "é"),
    *("10Gi", "500m", "2026-11", "12:60", "a'b", "\\n", "{{a}}", "a\u200db", "\U0001f600"),
)
QUOTED = (
    *(
        "null",
        "~",
        "true",
        "No",
        "ON",
        "y",
        ".inf",
        "-.INF",
        ".nan",
        "1",
        "-1",
        "+1.5",
        "1.",
        ".5",
        "1e3",
        "0x1F",
        "017",
    ),
    *(
        "0b11",
        "1_000",
        "12:30",
        "2026-11-24",
        "2026-11-24T10:00:00Z",
        "- a",
        "-",
        "? a",
        "a: b",
        "a:",
        "a #b",
        "#a",
        " a",
    ),
    *(
        "a ",
        "[a",
        "{a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'a",
        '"a',
        "'\"",
        ",a",
        "]",
        "}",
        "\tb",
        "\r",
        "\0",
    ),
)
LINES = (
    "a\nb",
    "a\n",
    "a\n\n",
    "\na",
    "\n\n a\n",
    " a\n  b\n",
    "a\n\n\nb\n",
    "a\n b\n",
    "---\na\n",
    "# a\n- b\n",
    "a \nb\n",
)
ODD = (
    *NUMBERS,
    *BLOCKS,
    *CHARACTERS,
    "\x7f",
    "\x85",
    "\x9f",
    "\ufffe",
    "\uffff",
    "<<",
    "\ufeff",
    "---",
    "...",
    "--- a",
    "a\r\nb\n",
    "a" * 2000,
)
TEXTS = (*PLAIN, *QUOTED, *LINES, *ODD)


def everywhere(*texts: str) -> dict[str, Any]:
    """An object with each text in each place of a manifest."""
    key, item, nested = dict.fromkeys(texts, "v"), list(texts), [[{"a": [text]}, [[text]]] for text in texts]
    spec = {"key": key, "value": {f"a{i}": text for i, text in enumerate(texts)}, "item": item, "nested": nested}
    return {"apiVersion": "e.com/v1", "kind": "A", "metadata": {"name": "a"}, "spec": spec} | key


@pytest.mark.parametrize("text", [*PLAIN, *QUOTED, *LINES])
def test_common_text_has_the_bytes_of_cdk8s(text: str) -> None:
    if text != "\0":  # another spelling of the same escape
        found = {"a": text, "b": [text, [{"c": text}]], **({} if "\n" in text or text.isdigit() else {text: 1})}
        assert yaml_text([found, found]) == Yaml.stringify(found, found)


def test_other_values_have_the_bytes_of_cdk8s() -> None:
    found = {
        "a": {},
        "b": [],
        "c": [None],
        "d": [True, False],
        "e": [0, -1, 2**53, 1.5, 1e21],
        "f": [[], {}, [[1], {"a": []}]],
    }
    assert yaml_text([found, found]) == Yaml.stringify(found, found)


@pytest.mark.parametrize("text", NUMBERS)
def test_number_of_kubectl_is_quoted(text: str) -> None:
    assert yaml_text([{text: [text]}]) == f'"{text}":\n  - "{text}"\n'


@settings(deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.sampled_from(TEXTS), max_size=5))
def test_every_text_reads_back(texts: list[str]) -> None:
    class Loader(yaml.SafeLoader):
        """As kubectl: `<<` and `=` are text."""

    for tag in ("merge", "value"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", yaml.SafeLoader.construct_yaml_str)
    short = [text for text in texts if len(text) <= 128]  # PyYAML's longest key
    written = yaml_text([everywhere(*short)])
    assert yaml.load(written, Loader) == everywhere(*short)


def kubectl_reads(*manifests: dict[str, Any]) -> list[dict[str, Any]]:
    command = ["kubectl", "annotate", "--local", "-f", "-", "-o", "json", "a=b"]
    text = yaml_text(manifests)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, encoding="utf-8")
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(done.stdout):
        read, at = decoder.raw_decode(done.stdout, at)
        del read["metadata"]["annotations"]
        found.append(read)
        at += 1
    return found


@pytest.mark.program
@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_kubectl_reads_every_text_back() -> None:
    short = ("".join(each) for n in range(4) for each in itertools.product("019aeExXoOB_+-.: \t\n#", repeat=n))
    found = [everywhere(*TEXTS), everywhere(*short)]
    assert kubectl_reads(*found) == found


@pytest.mark.parametrize("text", [*NUMBERS, *BLOCKS, *CHARACTERS, "<<"])
def test_text_that_kubectl_misreads_from_cdk8s_is_known(text: str) -> None:
    assert misread_from_cdk8s(text) or text == "\n\n"


@pytest.mark.parametrize(
    "text", [*PLAIN, *LINES, *(text for text in QUOTED if text != "1_000"), "---", "\ufeff", "a\r\n"]
)
def test_text_that_cdk8s_writes_well_is_not_refused(text: str) -> None:
    assert not misread_from_cdk8s(text)
