from __future__ import annotations

from pkgutil import extend_path
__path__ = extend_path(__path__, __name__)

import abc
import builtins
import datetime
import enum
import typing

import jsii
import publication
import typing_extensions

from jsii._type_checking import cached_type_hints, check_type


from ._jsii import *

class _LazyImport:
    def __init__(self, module_name: str) -> None:
        self._module_name = module_name
        self._module: typing.Any = None
    def __getattr__(self, name: str) -> typing.Any:
        if self._module is None:
            import importlib
            self._module = importlib.import_module(self._module_name)
        return getattr(self._module, name)

if typing.TYPE_CHECKING:

    import cdk8s as _cdk8s_d3d9af27
    import constructs as _constructs_77d1e7e8
else:

    _cdk8s_d3d9af27 = _LazyImport("cdk8s")
    _constructs_77d1e7e8 = _LazyImport("constructs")


class ObjectsFromJson(
    _constructs_77d1e7e8.Construct,
    metaclass=jsii.JSIIMeta,
    jsii_type="t3afk-constructs-kernel.ObjectsFromJson",
):
    '''A construct and its Kubernetes objects.'''

    def __init__(
        self,
        scope: "_constructs_77d1e7e8.Construct",
        id: builtins.str,
        cluster: builtins.str,
        manifests: builtins.str,
    ) -> None:
        '''Nothing is made when this refuses: with ``NoChart``, ``IdTaken``, or ``Collision: `` and both paths.

        :param scope: the construct's parent.
        :param id: its id there.
        :param cluster: a name for the cluster that the objects are for: two clusters may hold equal objects.
        :param manifests: what to make: JSON, the manifest of each object under the object's id below the construct.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__4e62513ce15b09494d9f889a2ede75e30f7b86ccb5686ade79837a9663cbba1c)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
            check_type(argname="argument id", value=id, expected_type=type_hints["id"])
            check_type(argname="argument cluster", value=cluster, expected_type=type_hints["cluster"])
            check_type(argname="argument manifests", value=manifests, expected_type=type_hints["manifests"])
        jsii.create(self.__class__, self, [scope, id, cluster, manifests])


class Tree(metaclass=jsii.JSIIMeta, jsii_type="t3afk-constructs-kernel.Tree"):
    '''What Python asks of a tree of constructs.'''

    @jsii.member(jsii_name="charts")
    @builtins.classmethod
    def charts(
        cls,
        scope: "_constructs_77d1e7e8.IConstruct",
    ) -> typing.Mapping[builtins.str, "_cdk8s_d3d9af27.Chart"]:
        '''The charts of a construct.

        :param scope: an app, or a chart.

        :return: it, if it is a chart, and all charts below it, by their paths. None once it has been removed.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__2b153df6b9886d68778f7fd1b091268431f129de1954249a603492f81c77a15b)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
        return typing.cast(typing.Mapping[builtins.str, "_cdk8s_d3d9af27.Chart"], jsii.sinvoke(cls, "charts", [scope]))

    @jsii.member(jsii_name="manifestsOfKinds")
    @builtins.classmethod
    def manifests_of_kinds(
        cls,
        construct: "_constructs_77d1e7e8.IConstruct",
        kinds: typing.Sequence[builtins.str],
    ) -> builtins.str:
        '''The manifests of some kinds in a whole tree, and the lists that may hold more of them.

        :param construct: any construct of the tree.
        :param kinds: the kinds of the objects.

        :return: a list, as JSON.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__766c172cf6bde972cf7c16e39a27d48f62c21eb41dcbc0a88185aa9fe1f966b3)
            check_type(argname="argument construct", value=construct, expected_type=type_hints["construct"])
            check_type(argname="argument kinds", value=kinds, expected_type=type_hints["kinds"])
        return typing.cast(builtins.str, jsii.sinvoke(cls, "manifestsOfKinds", [construct, kinds]))

    @jsii.member(jsii_name="nameOf")
    @builtins.classmethod
    def name_of(cls, construct: "_constructs_77d1e7e8.IConstruct") -> builtins.str:
        '''A name for a construct.

        jsii gives Python another object each time that it asks for one that node made, so Python
        cannot tell by the object.

        :param construct: the construct.

        :return: a name that no other construct of any tree has or had.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__bd44b11f725c4e6917cc02c7910abc5154611661cc4746a08f4d53ee4b920ede)
            check_type(argname="argument construct", value=construct, expected_type=type_hints["construct"])
        return typing.cast(builtins.str, jsii.sinvoke(cls, "nameOf", [construct]))

    @jsii.member(jsii_name="pathOf")
    @builtins.classmethod
    def path_of(
        cls,
        construct: "_constructs_77d1e7e8.IConstruct",
    ) -> typing.Optional[builtins.str]:
        '''Where a construct is.

        :param construct: the construct.

        :return: its path, or nothing once it has been removed.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__95467fc5e694d48b5a89bdafca35165c1c1e4e8678e7b776ec98a1e04b100c54)
            check_type(argname="argument construct", value=construct, expected_type=type_hints["construct"])
        return typing.cast(typing.Optional[builtins.str], jsii.sinvoke(cls, "pathOf", [construct]))

    @jsii.member(jsii_name="rootNameOf")
    @builtins.classmethod
    def root_name_of(cls, construct: "_constructs_77d1e7e8.IConstruct") -> builtins.str:
        '''A name for the tree that a construct is in.

        :param construct: any construct of the tree.

        :return: the name of its root.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__072195540a6af80644c149f6d3276bc73112193387f4d4fab8b1fa3ff3fa34f9)
            check_type(argname="argument construct", value=construct, expected_type=type_hints["construct"])
        return typing.cast(builtins.str, jsii.sinvoke(cls, "rootNameOf", [construct]))

    @jsii.member(jsii_name="saveManifests")
    @builtins.classmethod
    def save_manifests(cls, chart: "_cdk8s_d3d9af27.Chart", file: builtins.str) -> None:
        '''Save the manifests of a chart, and the paths of its objects in the same order.

        In a message, the same text would take
        four times as long.

        No validation is run, unless the chart's class has a ``toJson`` of its own that runs them. What that adds to the
        objects, or leaves out, makes the two lists differ in length.

        :param chart: the chart.
        :param file: where to: JSON, the two lists as ``manifests`` and ``paths``.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__37ad35a9a4ad916d0f4016aa987b847bbf504015678f0557067f9ef7fa799180)
            check_type(argname="argument chart", value=chart, expected_type=type_hints["chart"])
            check_type(argname="argument file", value=file, expected_type=type_hints["file"])
        return typing.cast(None, jsii.sinvoke(cls, "saveManifests", [chart, file]))

    @jsii.member(jsii_name="validationErrors")
    @builtins.classmethod
    def validation_errors(
        cls,
        construct: "_constructs_77d1e7e8.IConstruct",
    ) -> typing.List[builtins.str]:
        '''What the validations of a whole tree say.

        :param construct: any construct of the tree.

        :return: the messages as cdk8s writes them, each with the path of its construct.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__6949c0034f8371dce81ac992a853d99cf252d615e01e54f981d539a680aee784)
            check_type(argname="argument construct", value=construct, expected_type=type_hints["construct"])
        return typing.cast(typing.List[builtins.str], jsii.sinvoke(cls, "validationErrors", [construct]))

    @jsii.member(jsii_name="write")
    @builtins.classmethod
    def write(cls, app: "_cdk8s_d3d9af27.App", folder: builtins.str) -> None:
        '''Let an app write itself into another folder than its own.

        :param app: the app.
        :param folder: where to.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__a2ea3f22106655bb4cb1649a053c20324cf23970f8ec6dfd27a8b32f5ef2a720)
            check_type(argname="argument app", value=app, expected_type=type_hints["app"])
            check_type(argname="argument folder", value=folder, expected_type=type_hints["folder"])
        return typing.cast(None, jsii.sinvoke(cls, "write", [app, folder]))


__all__ = [
    "ObjectsFromJson",
    "Tree",
]

publication.publish()

def _typecheckingstub__4e62513ce15b09494d9f889a2ede75e30f7b86ccb5686ade79837a9663cbba1c(
    scope: _constructs_77d1e7e8.Construct,
    id: builtins.str,
    cluster: builtins.str,
    manifests: builtins.str,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__2b153df6b9886d68778f7fd1b091268431f129de1954249a603492f81c77a15b(
    scope: _constructs_77d1e7e8.IConstruct,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__766c172cf6bde972cf7c16e39a27d48f62c21eb41dcbc0a88185aa9fe1f966b3(
    construct: _constructs_77d1e7e8.IConstruct,
    kinds: typing.Sequence[builtins.str],
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__bd44b11f725c4e6917cc02c7910abc5154611661cc4746a08f4d53ee4b920ede(
    construct: _constructs_77d1e7e8.IConstruct,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__95467fc5e694d48b5a89bdafca35165c1c1e4e8678e7b776ec98a1e04b100c54(
    construct: _constructs_77d1e7e8.IConstruct,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__072195540a6af80644c149f6d3276bc73112193387f4d4fab8b1fa3ff3fa34f9(
    construct: _constructs_77d1e7e8.IConstruct,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__37ad35a9a4ad916d0f4016aa987b847bbf504015678f0557067f9ef7fa799180(
    chart: _cdk8s_d3d9af27.Chart,
    file: builtins.str,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__6949c0034f8371dce81ac992a853d99cf252d615e01e54f981d539a680aee784(
    construct: _constructs_77d1e7e8.IConstruct,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__a2ea3f22106655bb4cb1649a053c20324cf23970f8ec6dfd27a8b32f5ef2a720(
    app: _cdk8s_d3d9af27.App,
    folder: builtins.str,
) -> None:
    """Type checking stubs"""
    pass
