// The part of the library that runs in jsii's node process, where cdk8s runs. A message to that process costs more than
// what it asks for, so what Python would ask for in many messages is done here in one.
import * as fs from 'node:fs';
import { ApiObject, App, Chart, DependencyGraph, JsonPatch } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';

/** A construct and its Kubernetes objects. */
export class ObjectsFromJson extends Construct {
  /**
   * @param scope the construct's parent.
   * @param id its id there.
   * @param manifests what to make: JSON, the manifest of each object under the object's id below the construct.
   */
  public constructor(scope: Construct, id: string, manifests: string) {
    super(scope, id);
    for (const [objectId, manifest] of Object.entries<any>(JSON.parse(manifests))) {
      const { apiVersion, kind, metadata, ...fields } = manifest;
      const made = new ApiObject(this, objectId, { apiVersion, kind, metadata });
      // cdk8s sorts the keys of what it gets as props, and leaves those of a patch as they are written.
      made.addJsonPatch(...Object.entries(fields).map(([field, value]) => JsonPatch.add(`/${field}`, value)));
      if (metadata.namespace === undefined) {
        // A chart's namespace is stamped on every object, also on one that belongs to the cluster: the API server
        // refuses that. A remove alone fails where there is nothing to remove.
        made.addJsonPatch(JsonPatch.add('/metadata/namespace', ''), JsonPatch.remove('/metadata/namespace'));
      }
    }
  }
}

/** What an app renders. */
export class Rendering {
  /**
   * The charts of a construct.
   *
   * @param scope an app, or a chart.
   * @returns it, if it is a chart, and all charts below it.
   */
  public static charts(scope: IConstruct): Chart[] {
    return scope.node.findAll().filter((found): found is Chart => Chart.isChart(found));
  }

  /**
   * Save the manifests of a chart. In a message, the same text would take four times as long.
   *
   * @param chart the chart.
   * @param file where to: JSON, a list.
   */
  public static save(chart: Chart, file: string): void {
    fs.writeFileSync(file, JSON.stringify(chart.toJson()));
  }

  /**
   * The paths of a chart's objects.
   *
   * @param chart the chart.
   * @returns the paths, in the order in which cdk8s renders the objects.
   */
  public static paths(chart: Chart): string[] {
    return new DependencyGraph(chart.node)
      .topology()
      .filter((found) => ApiObject.isApiObject(found) && Chart.of(found) === chart)
      .map((found) => found.node.path);
  }

  /**
   * Let an app write itself into another folder than its own.
   *
   * @param app the app.
   * @param folder where to.
   */
  public static write(app: App, folder: string): void {
    const target: { outdir: string } = app;
    const { outdir } = target;
    target.outdir = folder;
    try {
      app.synth();
    } finally {
      target.outdir = outdir;
    }
  }
}
