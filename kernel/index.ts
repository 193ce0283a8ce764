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

/** Charts as they are rendered once: checked, and then written as they were checked. */
export class Rendering {
  private readonly rendered = new Map<Chart, unknown[]>();

  /**
   * A construct's charts.
   *
   * @param scope an app, or a chart.
   * @returns it, if it is a chart, and all charts below it.
   */
  public charts(scope: IConstruct): Chart[] {
    return scope.node.findAll().filter((found): found is Chart => Chart.isChart(found));
  }

  /**
   * Save the manifests of a chart. What changes in it afterwards is not written.
   *
   * @param chart the chart.
   * @param file where to: JSON, a list. In a message, the same text takes four times as long.
   */
  public save(chart: Chart, file: string): void {
    fs.writeFileSync(file, JSON.stringify(this.render(chart)));
  }

  /**
   * The paths of the objects that a chart renders.
   *
   * @param chart the chart.
   * @returns a path for each of its manifests; the chart's own where its class adds to what it renders.
   */
  public paths(chart: Chart): string[] {
    const { length } = this.render(chart);
    // cdk8s renders in the order of this graph.
    const objects = new DependencyGraph(chart.node)
      .topology()
      .filter((found) => ApiObject.isApiObject(found) && Chart.of(found) === chart);
    const makers = objects.length === length ? objects : Array<IConstruct>(length).fill(chart);
    return makers.map((maker) => maker.node.path);
  }

  /**
   * Let an app write itself into another folder than its own.
   *
   * @param app the app.
   * @param folder where to.
   */
  public write(app: App, folder: string): void {
    // A chart whose class renders in Python keeps its method: jsii has put it on the object for good.
    const charts = [...this.rendered.keys()].filter((chart) => !Object.prototype.hasOwnProperty.call(chart, 'toJson'));
    const target: { outdir: string } = app;
    const { outdir } = target;
    try {
      target.outdir = folder;
      for (const chart of charts) {
        chart.toJson = () => this.render(chart);
      }
      app.synth();
    } finally {
      target.outdir = outdir;
      for (const chart of charts) {
        delete (chart as Partial<Chart>).toJson;
      }
    }
  }
  private render(chart: Chart): unknown[] {
    const manifests = this.rendered.get(chart) ?? chart.toJson();
    this.rendered.set(chart, manifests);
    return manifests;
  }
}
