// From Python, a plain ApiObject drops all fields of a manifest but its metadata (cdk8s-core #2570).
import { ApiObject, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';

/** A Kubernetes object from its whole manifest, as JSON. `"namespace": null` marks an object that belongs to the cluster. */
export class Manifest extends ApiObject {
  public constructor(scope: Construct, id: string, manifest: string) {
    const given = JSON.parse(manifest);
    super(scope, id, given);
    if (given.metadata?.namespace === null && this.chart.namespace) {
      this.addJsonPatch(JsonPatch.remove('/metadata/namespace')); // cdk8s gives the chart's namespace to every object
    }
  }
}
