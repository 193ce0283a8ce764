// The part of the library that runs in jsii's node process, where cdk8s runs. A message to that process costs more than
// what it asks for, so what Python would ask for in many messages is done here in one.
import * as fs from 'node:fs';
import { ApiObject, App, Chart, DependencyGraph, JsonPatch, resolve } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';

/** For each tree, by its root, the objects made in it, by cluster, kind, namespace and name. */
const made = new WeakMap<IConstruct, Map<string, ManifestObject>>();

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
      identity: identityOf(cluster, manifest),
      objectId,
      manifest,
    }));
    const earlier = made.get(scope.node.root) ?? new Map<string, ManifestObject>();
    const own = new Map<string, string>();
    for (const { path, identity, manifest } of objects) {
      const found = earlier.get(identity);
      const stays = found && isInTree(found) && identityOf(cluster, found.patched()) === identity;
      const taken = own.get(identity) ?? (stays ? found.node.path : undefined);
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
      earlier.set(identity, new ManifestObject(this, objectId, manifest));
    }
  }
}

function identityOf(cluster: string, manifest: any): string {
  return JSON.stringify([cluster, manifest.kind, manifest.metadata.namespace, manifest.metadata.name]);
}

/**
 * An object that is rendered as its manifest is written. cdk8s would sort the keys of props, and those of a patch, which it
 * leaves alone, are hidden from the app's resolvers.
 */
class ManifestObject extends ApiObject {
  private readonly ownPatches: JsonPatch[] = [];

  public constructor(scope: Construct, id: string, private readonly manifest: any) {
    super(scope, id, { apiVersion: manifest.apiVersion, kind: manifest.kind, metadata: manifest.metadata });
  }

  public addJsonPatch(...patches: JsonPatch[]): void {
    this.ownPatches.push(...patches);
  }

  /** The manifest with its patches, before the app's resolvers; without them where a patch fails, or takes its name. */
  public patched(): any {
    try {
      const patched = JsonPatch.apply(copyOf(this.manifest), ...this.ownPatches);
      return patched.metadata?.name === undefined ? this.manifest : patched;
    } catch {
      return this.manifest;
    }
  }

  public toJson(): any {
    const rendered = super.toJson();
    const { apiVersion, kind, metadata, ...fields } = this.manifest;
    if (metadata.namespace === undefined) {
      // A chart's namespace is stamped on every object, also on one that belongs to the cluster: the API server
      // refuses that.
      delete rendered.metadata.namespace;
    }
    try {
      return JsonPatch.apply(Object.assign(rendered, copyOf(resolve([], fields, this))), ...this.ownPatches);
    } catch (error) {
      throw new Error(`Failed serializing construct at path '${this.node.path}' with name '${this.name}': ${error}`);
    }
  }
}

/** A value to be patched, without what a resolver has made nothing of. */
function copyOf(value: any): any {
  if (Array.isArray(value)) {
    return value.map(copyOf);
  }
  if (value?.constructor !== Object) {
    return value;
  }
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined && entry !== null);
  return Object.fromEntries(entries.map(([key, entry]) => [key, copyOf(entry)]));
}

/** The objects of a chart, in the order in which cdk8s renders them. */
function objectsOf(chart: Chart): ApiObject[] {
  const all = new DependencyGraph(chart.node).topology();
  return all.filter((found): found is ApiObject => ApiObject.isApiObject(found) && Chart.of(found) === chart);
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
   * Where a construct is.
   *
   * @param construct the construct.
   * @returns its path, or nothing once it has been removed.
   */
  public static pathOf(construct: IConstruct): string | undefined {
    return isInTree(construct) ? construct.node.path : undefined;
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
   * Save the manifests of a chart, and the paths of its objects in the same order. In a message, the same text would take
   * four times as long.
   *
   * No validation is run, unless the chart's class has a `toJson` of its own that runs them. What that adds to the
   * objects, or leaves out, makes the two lists differ in length.
   *
   * @param chart the chart.
   * @param file where to: JSON, the two lists as `manifests` and `paths`.
   */
  public static saveManifests(chart: Chart, file: string): void {
    const own = chart.toJson === Chart.prototype.toJson ? undefined : chart.toJson();
    const objects = objectsOf(chart);
    const manifests = own ?? objects.map((object) => object.toJson());
    fs.writeFileSync(file, JSON.stringify({ manifests, paths: objects.map((object) => object.node.path) }));
  }

  /**
   * What the validations of a whole tree say.
   *
   * @param construct any construct of the tree.
   * @returns the messages as cdk8s writes them, each with the path of its construct.
   */
  public static validationErrors(construct: IConstruct): string[] {
    const all = construct.node.root.node.findAll();
    return all.flatMap(({ node }) => node.validate().map((message) => `[${node.path}] ${message}`));
  }

  /**
   * The manifests of some kinds in a whole tree, and the lists that may hold more of them.
   *
   * @param construct any construct of the tree.
   * @param kinds the kinds of the objects.
   * @returns a list, as JSON.
   */
  public static manifestsOfKinds(construct: IConstruct, kinds: string[]): string {
    const all = construct.node.root.node.findAll();
    const objects = all.filter((found): found is ApiObject => ApiObject.isApiObject(found));
    const asked = objects.filter((object) => object.kind === 'List' || kinds.includes(object.kind));
    return JSON.stringify(asked.map((object) => object.toJson()));
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
