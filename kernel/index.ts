// The part of the library that runs in jsii's node process, where cdk8s runs. A message to that process costs more than
// what it asks for, so what Python would ask for in many messages is done here in one.
import * as fs from 'node:fs';
import { ApiObject, App, Chart, DependencyGraph, JsonPatch } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';

/** By the root of each tree, the objects that are made in it, by what tells one from another. */
const made = new WeakMap<IConstruct, Map<string, ApiObject>>();

/** A construct and its Kubernetes objects. */
export class ObjectsFromJson extends Construct {
  /**
   * Nothing is made when this refuses: with `NoChart`, `IdTaken`, or `Collision: ` and both paths.
   *
   * @param scope the construct's parent.
   * @param id its id there.
   * @param cluster a name for the cluster that the objects are for: two clusters may hold equal objects.
   * @param manifests what to make: JSON, the manifest of each object under the object's id below the construct.
   */
  public constructor(scope: Construct, id: string, cluster: string, manifests: string) {
    if (!scope.node.scopes.some((above) => Chart.isChart(above))) {
      throw new Error('NoChart');
    }
    if (scope.node.tryFindChild(id)) {
      throw new Error('IdTaken');
    }
    const objects = Object.entries<any>(JSON.parse(manifests)).map(([objectId, manifest]) => ({
      path: [scope.node.path, id.replace(/\//g, '--'), objectId].join('/'),
      identity: JSON.stringify([cluster, manifest.kind, manifest.metadata.namespace, manifest.metadata.name]),
      objectId,
      manifest,
    }));
    const earlier = made.get(scope.node.root) ?? new Map<string, ApiObject>();
    const own = new Map<string, string>();
    for (const { path, identity, manifest } of objects) {
      const found = earlier.get(identity);
      const taken = own.get(identity) ?? (found && isInTree(found) ? found.node.path : undefined);
      if (taken !== undefined) {
        const { kind, metadata: { name, namespace } } = manifest;
        const where = namespace ? `namespace '${namespace}'` : 'the cluster';
        throw new Error(`Collision: ${kind} '${name}' in ${where} is made twice: by '${taken}' and by '${path}'`);
      }
      own.set(identity, path);
    }
    super(scope, id);
    made.set(scope.node.root, earlier);
    for (const { objectId, identity, manifest } of objects) {
      earlier.set(identity, render(this, objectId, manifest));
    }
  }
}

function render(scope: Construct, id: string, manifest: any): ApiObject {
  const { apiVersion, kind, metadata, ...fields } = manifest;
  const object = new ApiObject(scope, id, { apiVersion, kind, metadata });
  // cdk8s sorts the keys of what it gets as props, and leaves those of a patch as they are written.
  object.addJsonPatch(...Object.entries(fields).map(([field, value]) => JsonPatch.add(`/${field}`, value)));
  if (metadata.namespace === undefined) {
    // A chart's namespace is stamped on every object, also on one that belongs to the cluster: the API server
    // refuses that. A remove alone fails where there is nothing to remove.
    object.addJsonPatch(JsonPatch.add('/metadata/namespace', ''), JsonPatch.remove('/metadata/namespace'));
  }
  return object;
}

/** Whether a construct has not been removed. One that has been still knows its parent. */
function isInTree(construct: IConstruct): boolean {
  const { scope, id } = construct.node;
  return !scope || (scope.node.tryFindChild(id) === construct && isInTree(scope));
}

const names = new WeakMap<IConstruct, string>();
let count = 0;

/** What Python asks of a tree of constructs. */
export class Tree {
  /**
   * A name for a construct. jsii gives Python another object each time that it asks for one that node made, so Python
   * cannot tell by the object.
   *
   * @param construct the construct.
   * @returns a name that no other construct of any tree has or had.
   */
  public static nameOf(construct: IConstruct): string {
    const name = names.get(construct) ?? `construct-${count++}`;
    names.set(construct, name);
    return name;
  }

  /**
   * A name for the tree that a construct is in.
   *
   * @param construct any construct of the tree.
   * @returns the name of its root.
   */
  public static rootNameOf(construct: IConstruct): string {
    return Tree.nameOf(construct.node.root);
  }

  /**
   * The charts of a construct.
   *
   * @param scope an app, or a chart.
   * @returns it, if it is a chart, and all charts below it, by their paths. None once it has been removed.
   */
  public static charts(scope: IConstruct): { [path: string]: Chart } {
    if (!isInTree(scope)) {
      return {};
    }
    const found = scope.node.findAll().filter((construct): construct is Chart => Chart.isChart(construct));
    return Object.fromEntries(found.map((chart) => [chart.node.path, chart]));
  }

  /**
   * Save the manifests of a chart. In a message, the same text would take four times as long.
   *
   * @param chart the chart.
   * @param file where to: JSON, a list.
   */
  public static saveManifests(chart: Chart, file: string): void {
    fs.writeFileSync(file, JSON.stringify(chart.toJson()));
  }

  /**
   * The manifests of one kind in a whole tree.
   *
   * @param construct any construct of the tree.
   * @param kind the kind of the objects.
   * @returns a list, as JSON.
   */
  public static manifestsOfKind(construct: IConstruct, kind: string): string {
    const all = construct.node.root.node.findAll();
    const objects = all.filter((found): found is ApiObject => ApiObject.isApiObject(found) && found.kind === kind);
    return JSON.stringify(objects.map((object) => object.toJson()));
  }

  /**
   * The paths of a chart's objects.
   *
   * @param chart the chart.
   * @returns the paths, in the order in which cdk8s renders the objects.
   */
  public static objectPaths(chart: Chart): string[] {
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
    const target: { outdir: string } = app; // to its users, an app's folder is settled when the app is made
    const { outdir } = target;
    target.outdir = folder;
    try {
      app.synth();
    } finally {
      target.outdir = outdir;
    }
  }

  private constructor() {}
}
