"""Find credentials in text. No message prints one, and no manifest contains one."""

import re

TOKEN = re.compile(
    r"gh[a-z]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{16,}|dckr_pat_[\w-]{16,}"
    r"|sk-ant-[\w-]{8,}|(?<![A-Za-z0-9])sk[-_](?=[\w-]*[0-9])[\w-]{16,}|xox[a-z]-[\w-]{10,}|AKIA[0-9A-Z]{16}"
    r"|AIza[\w-]{30,}|hv[bs]\.[\w-]{20,}|AGE-SECRET-KEY-1[0-9A-Z]{20,}|eyJ[\w-]{10,}\.[\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
"""Tokens and private keys of well-known issuers."""

# The login in `https://user:password@host`, and in `user:password@host.example` without a scheme.
_LOGIN = re.compile(
    r"(?<=://)[^\s/:@]*:[^\s/]+(?=@)"
    r"|(?<![^\s/'\"])[^\s:/@'\"]*:(?!//)[^\s/'\"]+(?=@([\w-]+\.)+([A-Za-z]|[0-9]+\.[0-9]+\.[0-9]))"
)


def without_credentials(text: str) -> str:
    """Replace each token, and each login before a host, with `<credential>`."""
    return _LOGIN.sub("<credential>", TOKEN.sub("<credential>", text))
