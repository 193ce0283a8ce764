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
        '''Nothing is made when this fails.

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


class Rendering(metaclass=jsii.JSIIMeta, jsii_type="t3afk-constructs-kernel.Rendering"):
    '''What an app renders.'''

    @jsii.member(jsii_name="charts")
    @builtins.classmethod
    def charts(
        cls,
        scope: "_constructs_77d1e7e8.IConstruct",
    ) -> typing.Mapping[builtins.str, "_cdk8s_d3d9af27.Chart"]:
        '''The charts of a construct.

        :param scope: an app, or a chart.

        :return: it, if it is a chart, and all charts below it, by their paths.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__4827fe703082d0216bc7a1c1ec3c80ee69a3c4a1696dea9aae45805c10b76a5e)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
        return typing.cast(typing.Mapping[builtins.str, "_cdk8s_d3d9af27.Chart"], jsii.sinvoke(cls, "charts", [scope]))

    @jsii.member(jsii_name="ofKind")
    @builtins.classmethod
    def of_kind(
        cls,
        construct: "_constructs_77d1e7e8.IConstruct",
        kind: builtins.str,
    ) -> builtins.str:
        '''The manifests of one kind in a whole tree.

        :param construct: any construct of the tree.
        :param kind: the kind of the objects.

        :return: a list, as JSON.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__c9dae379e804061265db98a119d1236fb106b1cec35fb306e625855a33512ae4)
            check_type(argname="argument construct", value=construct, expected_type=type_hints["construct"])
            check_type(argname="argument kind", value=kind, expected_type=type_hints["kind"])
        return typing.cast(builtins.str, jsii.sinvoke(cls, "ofKind", [construct, kind]))

    @jsii.member(jsii_name="paths")
    @builtins.classmethod
    def paths(cls, chart: "_cdk8s_d3d9af27.Chart") -> typing.List[builtins.str]:
        '''The paths of a chart's objects.

        :param chart: the chart.

        :return: the paths, in the order in which cdk8s renders the objects.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__3fca983c9841f5e2a58f7f748e062167fb32229d80b5e2b1b1dd702ba600a428)
            check_type(argname="argument chart", value=chart, expected_type=type_hints["chart"])
        return typing.cast(typing.List[builtins.str], jsii.sinvoke(cls, "paths", [chart]))

    @jsii.member(jsii_name="save")
    @builtins.classmethod
    def save(cls, chart: "_cdk8s_d3d9af27.Chart", file: builtins.str) -> None:
        '''Save the manifests of a chart.

        In a message, the same text would take four times as long.

        :param chart: the chart.
        :param file: where to: JSON, a list.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__520c9553ea504de2ebf224e4160115ea9a7b809c10e186013f9f984260e7fdee)
            check_type(argname="argument chart", value=chart, expected_type=type_hints["chart"])
            check_type(argname="argument file", value=file, expected_type=type_hints["file"])
        return typing.cast(None, jsii.sinvoke(cls, "save", [chart, file]))

    @jsii.member(jsii_name="tree")
    @builtins.classmethod
    def tree(cls, construct: "_constructs_77d1e7e8.IConstruct") -> builtins.str:
        '''The tree that a construct is in.

        jsii gives Python another object each time that it asks for one that node made, so
        a tree is not known by its root there.

        :param construct: any construct of the tree.

        :return: a name for the tree.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__52deb2be413a3cce2fced61110c4edf446f572bb2eec348786c19846e05272de)
            check_type(argname="argument construct", value=construct, expected_type=type_hints["construct"])
        return typing.cast(builtins.str, jsii.sinvoke(cls, "tree", [construct]))

    @jsii.member(jsii_name="write")
    @builtins.classmethod
    def write(cls, app: "_cdk8s_d3d9af27.App", folder: builtins.str) -> None:
        '''Let an app write itself into another folder than its own.

        :param app: the app.
        :param folder: where to.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__2628a677534c6ec9ed926c1edac5691644500555077deb48bcae7ffa84308354)
            check_type(argname="argument app", value=app, expected_type=type_hints["app"])
            check_type(argname="argument folder", value=folder, expected_type=type_hints["folder"])
        return typing.cast(None, jsii.sinvoke(cls, "write", [app, folder]))


__all__ = [
    "ObjectsFromJson",
    "Rendering",
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

def _typecheckingstub__4827fe703082d0216bc7a1c1ec3c80ee69a3c4a1696dea9aae45805c10b76a5e(
    scope: _constructs_77d1e7e8.IConstruct,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__c9dae379e804061265db98a119d1236fb106b1cec35fb306e625855a33512ae4(
    construct: _constructs_77d1e7e8.IConstruct,
    kind: builtins.str,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__3fca983c9841f5e2a58f7f748e062167fb32229d80b5e2b1b1dd702ba600a428(
    chart: _cdk8s_d3d9af27.Chart,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__520c9553ea504de2ebf224e4160115ea9a7b809c10e186013f9f984260e7fdee(
    chart: _cdk8s_d3d9af27.Chart,
    file: builtins.str,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__52deb2be413a3cce2fced61110c4edf446f572bb2eec348786c19846e05272de(
    construct: _constructs_77d1e7e8.IConstruct,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__2628a677534c6ec9ed926c1edac5691644500555077deb48bcae7ffa84308354(
    app: _cdk8s_d3d9af27.App,
    folder: builtins.str,
) -> None:
    """Type checking stubs"""
    pass
