"""The charts of the cluster `garden`: `cdk8s synth` writes their manifests into `dist/`."""

from cdk8s import App
from gallery_chart import GalleryChart
from team_chart import TeamChart

from t3afk_constructs import guard, synth

app = App()
GalleryChart(app)
TeamChart(app, "roses", instructions="Prune with care.\n")
TeamChart(app, "tulips", instructions="Plant in autumn.\n", parked=True)
guard(app)
synth(app)
