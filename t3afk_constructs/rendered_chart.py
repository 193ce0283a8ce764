"""A chart as cdk8s renders it, with the constructs behind its objects."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cdk8s import ApiObject

from t3afk_constructs.manifests import flat, identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cdk8s import Chart

    from t3afk_constructs.manifests import Identity, Plain
    from t3afk_constructs.platform import Platform


_DECLARED = "_declared"


class Declared(NamedTuple):
    """A note about an object.

    Attributes:
        made: the object.
        identity: its identity before patches; None if unknown.
        value: the note.
    """

    made: ApiObject
    identity: Identity | None
    value: Any


def declare_annotations(chart: Chart, made: ApiObject, who: Identity, annotations: Mapping[str, str]) -> None:
    """Note the annotations of an object before patches, for the rule that no patch changes them.

    Args:
        chart: the object's chart.
        made: the object.
        who: its identity before patches.
        annotations: its annotations before patches.
    """
    vars(chart).setdefault(_DECLARED, []).append(Declared(made, who, annotations))


class Place(NamedTuple):
    """Where an app makes an object.

    Attributes:
        path: the construct's path.
        manifest: what the construct renders. None if its chart's class renders the object by itself.
    """

    path: str
    manifest: Plain | None


class RenderedChart:
    """A chart as cdk8s renders it.

    Attributes:
        chart: the chart.
        manifests: the rendered objects.
        errors: the errors of other validations, which stop cdk8s.
        platform: the cluster of the chart; None if unknown.
        guarded: whether the policies apply.
        initial: the pointers of the initial fields, by the rendered identity of their object.
    """

    def __init__(
        self, chart: Chart, *, platform: Platform | None, guarded: bool, initial: Sequence[Declared] = ()
    ) -> None:
        """Render the chart. `initial` are the notes about the initial fields of its objects.

        Raises:
            RuntimeError: when cdk8s cannot render it.
        """
        self.chart, self.platform, self.guarded = chart, platform, guarded
        self.errors: list[str] = []
        try:
            self.manifests: list[Any] = list(chart.to_json())
        except RuntimeError as error:
            self.errors = validation_errors(str(error))
            if not self.errors:
                raise
            self.manifests = [made.to_json() for made in self.objects()]
        self.initial: Mapping[Identity, Sequence[str]] = by_identity(initial, [self])

    @cached_property
    def path(self) -> str:
        """The chart's path."""
        return self.chart.node.path

    def identities(self) -> set[Identity]:
        """The identities of its objects."""
        return set(map(identity, flat(self.manifests)))

    def objects(self) -> list[ApiObject]:
        """The chart's objects, without those of charts inside it. Costs a message to node for each object."""
        found = [construct for construct in self.chart.node.find_all() if isinstance(construct, ApiObject)]
        return list(filter(self._renders, found))

    def _renders(self, made: ApiObject) -> bool:
        return made.chart is self.chart or made.chart.node.path == self.path

    def places(self, identities: set[Identity]) -> dict[Identity, list[Place]]:
        """The places of some of its objects. Costs messages to node for each object of their kinds.

        An object that the chart's class renders by itself has the chart's path.
        """
        found: dict[Identity, list[Place]] = {}
        kinds = {each.kind for each in identities}
        others = []
        for made in self.chart.node.find_all():
            if isinstance(made, ApiObject):
                if made.kind in kinds:
                    self._note(made, identities, found)
                else:
                    others.append(made)
        if identities - found.keys():  # in a List, or of a kind that a patch has changed
            for made in others:
                self._note(made, identities, found)
        return {each: found.get(each, [Place(self.path, None)]) for each in identities}

    def _note(self, made: ApiObject, identities: set[Identity], found: dict[Identity, list[Place]]) -> None:
        for manifest in flat([made.to_json()]):
            if identity(manifest) in identities and self._renders(made):
                found.setdefault(identity(manifest), []).append(Place(made.node.path, manifest))


def places_of(charts: Sequence[RenderedChart], identities: set[Identity]) -> dict[Identity, list[Place]]:
    """The places of some objects of the charts."""
    found: dict[Identity, list[Place]] = {}
    for chart in charts if identities else ():
        if here := identities & chart.identities():
            for each, places in chart.places(here).items():
                found.setdefault(each, []).extend(places)
    return found


def declared_annotations(charts: Sequence[RenderedChart]) -> dict[Identity, Mapping[str, str]]:
    """The declared annotations, by the rendered identities."""
    return by_identity([each for chart in charts for each in vars(chart.chart).get(_DECLARED, ())], charts)


def by_identity(declared: Sequence[Declared], charts: Iterable[RenderedChart]) -> dict[Identity, Any]:
    """The notes about objects, by the rendered identities. An object that a patch renames costs a message to node."""
    times = Counter(each.identity for each in declared)
    rendered = set().union(*(chart.identities() for chart in charts)) if declared else set()
    return {
        each.identity
        if each.identity and times[each.identity] == 1 and each.identity in rendered
        else identity(each.made.to_json()): each.value
        for each in declared
    }


def validation_errors(text: str) -> list[str]:
    """The errors of all validations in a message of cdk8s; none if it is another message."""
    first, *lines = text.splitlines() or [""]
    return [line.strip() for line in lines] if "Validation failed" in first else []
