"""An app that takes the library's constructs one by one: `cdk8s synth` writes its manifests into `dist/`."""

from cdk8s import App
from gallery_chart import GalleryChart
from team_chart import TeamChart

app = App()
GalleryChart(app)
TeamChart(app, "roses", instructions="Prune with care.\n")
TeamChart(app, "tulips", instructions="Plant in autumn.\n", parked=True)
app.synth()
