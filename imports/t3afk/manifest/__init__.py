r'''
# t3afk_manifest
'''
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


class Manifest(
    _cdk8s_d3d9af27.ApiObject,
    metaclass=jsii.JSIIMeta,
    jsii_type="t3afk_manifest.Manifest",
):
    '''A Kubernetes object from its whole manifest, as JSON.

    ``"namespace": null`` marks an object that belongs to the cluster.
    '''

    def __init__(
        self,
        scope: "_constructs_77d1e7e8.Construct",
        id: builtins.str,
        manifest: builtins.str,
    ) -> None:
        '''
        :param scope: -
        :param id: -
        :param manifest: -
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__2e28112a3159fbaf1aa45d5d64df997346c58f5e9ac9660d983250543c856002)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
            check_type(argname="argument id", value=id, expected_type=type_hints["id"])
            check_type(argname="argument manifest", value=manifest, expected_type=type_hints["manifest"])
        jsii.create(self.__class__, self, [scope, id, manifest])


__all__ = [
    "Manifest",
]

publication.publish()

def _typecheckingstub__2e28112a3159fbaf1aa45d5d64df997346c58f5e9ac9660d983250543c856002(
    scope: _constructs_77d1e7e8.Construct,
    id: builtins.str,
    manifest: builtins.str,
) -> None:
    """Type checking stubs"""
    pass
