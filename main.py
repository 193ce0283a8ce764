"""The app: `cdk8s synth` writes the manifests of the t3-afk stack."""

from cdk8s import App

from t3afk_constructs import HOME, T3AfkChart, guard, synth

app = App()
T3AfkChart(app, platform=HOME)
guard(app)
synth(app)
