"""Every stack of this folder in one app, a chart each."""

from cdk8s import App
from changedetection import changedetection
from excalidraw import excalidraw
from f1_stream import f1_stream
from frigate import frigate
from health import health
from insta2spotify import insta2spotify
from linkding import linkding
from meshcentral import meshcentral
from privatebin import privatebin
from resume import resume
from servarr import servarr
from tandoor import tandoor
from vaultwarden import vaultwarden

import t3afk_constructs as t3afk

STACKS = (
    changedetection,
    excalidraw,
    f1_stream,
    frigate,
    health,
    insta2spotify,
    linkding,
    meshcentral,
    privatebin,
    resume,
    servarr,
    tandoor,
    vaultwarden,
)

if __name__ == "__main__":
    app = App()
    for stack in STACKS:
        stack(app)
    t3afk.guard(app)
    t3afk.synth(app, warnings="error")
