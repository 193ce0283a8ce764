"""Templates of Secrets: which values they use, and what the operator's engine makes of them."""

import pytest

from t3afk_constructs.secret_template import template_complaint

VALUES = ["password", "client-id", "tls.crt", "json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain }} text",
        "postgresql://me:{{ .password }}@db/me",
        '{{- .password | b64enc -}} {{ printf "%s:%s" .password ( .json ) }}',
        '{{ index . "client-id" }}{{ index $ "tls.crt" }}{{ (index . "json" | fromJson).user }}',
        "{{ (.json | fromJson).user.name }}",
        "{{ $p := .password }}{{ $p }}{{ $.password }}",
        '{{ "{{ .text }}" }}{{ `}} .text {{` }}{{/* it\'s .nothing }} */}}{{- /* .nothing */ -}}',
        "{{ range $key, $value := . }}{{ $key }}={{ $value }} {{ end }}",
        "{{ with .json | fromJson }}{{ .user }}{{ end }}",
        '{{ define "a" }}{{ .b }}{{ $.c }}{{ end }}{{ template "a" . }}',
        '{{ if eq .password "" }}{{ 1.5 }}{{ end }}',
    ],
)
def test_template_over_the_values_is_right(text: str) -> None:
    assert template_complaint(text, VALUES) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{{ .pasword }}", "uses 'pasword', but data has only 'password', 'client-id', 'tls.crt', 'json'; use one of"),
        ('{{ .password }}{{- printf "%s" .user | quote }}', "uses 'user'"),
        ("{{ $.user }}", "uses 'user'"),
        ("{{ range . }}{{ .any }}{{ $.user }}{{ end }}", "uses 'user'"),
        ('{{ index . "user" }}', "uses 'user'"),
        (
            "{{ .password.first }}",
            "uses .password.first, but 'password' is a text; write {{ (.password | fromJson).first",
        ),
        ("{{ .tls.crt }}", 'uses .tls.crt, but a field has no dot; write {{ index . "tls.crt" }}'),
        ("{{ .client-id }}", 'uses .client-id, but a field has no hyphen; write {{ index . "client-id" }}'),
        ("{{ .password ", "has '{{' without '}}'"),
        ("{{ /* .password }}", "has '{{' without '}}'"),
    ],
)
def test_template_that_the_engine_fails_on_is_refused(text: str, complaint: str) -> None:
    assert str(template_complaint(text, VALUES)).startswith(complaint)


def test_of_unknown_values_only_the_form_of_a_template_is_checked() -> None:
    assert template_complaint("{{ .any }}", None) is None
    assert "no hyphen" in str(template_complaint("{{ .any-name }}", None))
    assert "without" in str(template_complaint("{{ .any", None))
