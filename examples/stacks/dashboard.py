"""The entry of a host on the dashboard."""


def tile(name: str, description: str, icon: str) -> dict[str, str]:
    """The annotations with the text and picture of an entry. The icon is a file of the dashboard's, or `mdi-…`."""
    return {
        "gethomepage.dev/name": name,
        "gethomepage.dev/description": description,
        "gethomepage.dev/icon": icon,
    }


def widget(type: str, url: str, **login: str) -> dict[str, str]:  # noqa: A002 (the dashboard's word)
    """The annotations of an entry that shows figures of its app.

    The dashboard replaces `{{HOMEPAGE_VAR_…}}` in the login by a variable of its own, from a Secret of its own.
    """
    return {f"gethomepage.dev/widget.{key}": value for key, value in {"type": type, "url": url, **login}.items()}
