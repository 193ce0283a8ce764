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


class DnsEndpoint(
    _cdk8s_d3d9af27.ApiObject,
    metaclass=jsii.JSIIMeta,
    jsii_type="t3afk_iok8sexternaldns.DnsEndpoint",
):
    '''DNS records that external-dns makes at the provider of the zone.

    :schema: DNSEndpoint
    '''

    def __init__(
        self,
        scope: "_constructs_77d1e7e8.Construct",
        id: builtins.str,
        *,
        metadata: typing.Optional[typing.Union["_cdk8s_d3d9af27.ApiObjectMetadata", typing.Dict[builtins.str, typing.Any]]] = None,
        spec: typing.Optional[typing.Union["DnsEndpointSpec", typing.Dict[builtins.str, typing.Any]]] = None,
    ) -> None:
        '''Defines a "DNSEndpoint" API object.

        :param scope: the scope in which to define this object.
        :param id: a scope-local name for the object.
        :param metadata: 
        :param spec: 
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__751b8baea477bdf9c80367b80f2dd27651725907816a546b6728e5c0a18584aa)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
            check_type(argname="argument id", value=id, expected_type=type_hints["id"])
        props = DnsEndpointProps(metadata=metadata, spec=spec)

        jsii.create(self.__class__, self, [scope, id, props])

    @jsii.member(jsii_name="manifest")
    @builtins.classmethod
    def manifest(
        cls,
        *,
        metadata: typing.Optional[typing.Union["_cdk8s_d3d9af27.ApiObjectMetadata", typing.Dict[builtins.str, typing.Any]]] = None,
        spec: typing.Optional[typing.Union["DnsEndpointSpec", typing.Dict[builtins.str, typing.Any]]] = None,
    ) -> typing.Any:
        '''Renders a Kubernetes manifest for "DNSEndpoint".

        This can be used to inline resource manifests inside other objects (e.g. as templates).

        :param metadata: 
        :param spec: 
        '''
        props = DnsEndpointProps(metadata=metadata, spec=spec)

        return typing.cast(typing.Any, jsii.sinvoke(cls, "manifest", [props]))

    @jsii.member(jsii_name="toJson")
    def to_json(self) -> typing.Any:
        '''Renders the object to Kubernetes JSON.'''
        return typing.cast(typing.Any, jsii.invoke(self, "toJson", []))

    @jsii.python.classproperty
    @jsii.member(jsii_name="GVK")
    def GVK(cls) -> "_cdk8s_d3d9af27.GroupVersionKind":
        '''Returns the apiVersion and kind for "DNSEndpoint".'''
        return typing.cast("_cdk8s_d3d9af27.GroupVersionKind", jsii.sget(cls, "GVK"))


@jsii.data_type(
    jsii_type="t3afk_iok8sexternaldns.DnsEndpointProps",
    jsii_struct_bases=[],
    name_mapping={"metadata": "metadata", "spec": "spec"},
)
class DnsEndpointProps:
    def __init__(
        self,
        *,
        metadata: typing.Optional[typing.Union["_cdk8s_d3d9af27.ApiObjectMetadata", typing.Dict[builtins.str, typing.Any]]] = None,
        spec: typing.Optional[typing.Union["DnsEndpointSpec", typing.Dict[builtins.str, typing.Any]]] = None,
    ) -> None:
        '''DNS records that external-dns makes at the provider of the zone.

        :param metadata: 
        :param spec: 

        :schema: DNSEndpoint
        '''
        if isinstance(metadata, dict):
            metadata = _cdk8s_d3d9af27.ApiObjectMetadata(**metadata)
        if isinstance(spec, dict):
            spec = DnsEndpointSpec(**spec)
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__0eef88be3eff1fd253a57cbdcc099ddf1300544abc654e3b3503aa3064d8a91f)
            check_type(argname="argument metadata", value=metadata, expected_type=type_hints["metadata"])
            check_type(argname="argument spec", value=spec, expected_type=type_hints["spec"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if metadata is not None:
            self._values["metadata"] = metadata
        if spec is not None:
            self._values["spec"] = spec

    @builtins.property
    def metadata(self) -> typing.Optional["_cdk8s_d3d9af27.ApiObjectMetadata"]:
        '''
        :schema: DNSEndpoint#metadata
        '''
        result = self._values.get("metadata")
        return typing.cast(typing.Optional["_cdk8s_d3d9af27.ApiObjectMetadata"], result)

    @builtins.property
    def spec(self) -> typing.Optional["DnsEndpointSpec"]:
        '''
        :schema: DNSEndpoint#spec
        '''
        result = self._values.get("spec")
        return typing.cast(typing.Optional["DnsEndpointSpec"], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "DnsEndpointProps(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="t3afk_iok8sexternaldns.DnsEndpointSpec",
    jsii_struct_bases=[],
    name_mapping={"endpoints": "endpoints"},
)
class DnsEndpointSpec:
    def __init__(
        self,
        *,
        endpoints: typing.Optional[typing.Sequence[typing.Union["DnsEndpointSpecEndpoints", typing.Dict[builtins.str, typing.Any]]]] = None,
    ) -> None:
        '''
        :param endpoints: One entry for each host name and record type.

        :schema: DnsEndpointSpec
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__30c1b9d887952e194f8c60842c6033313898f389da6485ba57fd0d47d3333c14)
            check_type(argname="argument endpoints", value=endpoints, expected_type=type_hints["endpoints"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if endpoints is not None:
            self._values["endpoints"] = endpoints

    @builtins.property
    def endpoints(self) -> typing.Optional[typing.List["DnsEndpointSpecEndpoints"]]:
        '''One entry for each host name and record type.

        :schema: DnsEndpointSpec#endpoints
        '''
        result = self._values.get("endpoints")
        return typing.cast(typing.Optional[typing.List["DnsEndpointSpecEndpoints"]], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "DnsEndpointSpec(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="t3afk_iok8sexternaldns.DnsEndpointSpecEndpoints",
    jsii_struct_bases=[],
    name_mapping={
        "dns_name": "dnsName",
        "record_type": "recordType",
        "targets": "targets",
        "provider_specific": "providerSpecific",
    },
)
class DnsEndpointSpecEndpoints:
    def __init__(
        self,
        *,
        dns_name: builtins.str,
        record_type: builtins.str,
        targets: typing.Sequence[builtins.str],
        provider_specific: typing.Optional[typing.Sequence[typing.Union["DnsEndpointSpecEndpointsProviderSpecific", typing.Dict[builtins.str, typing.Any]]]] = None,
    ) -> None:
        '''
        :param dns_name: The host name.
        :param record_type: A, AAAA or CNAME.
        :param targets: Addresses or for a CNAME the one host name.
        :param provider_specific: Settings that only one DNS provider knows.

        :schema: DnsEndpointSpecEndpoints
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__ebb4c1fa0fde19aae08d9dc12dcc7a9a6fdefa5423efb0a46719ea834b2bc0e7)
            check_type(argname="argument dns_name", value=dns_name, expected_type=type_hints["dns_name"])
            check_type(argname="argument record_type", value=record_type, expected_type=type_hints["record_type"])
            check_type(argname="argument targets", value=targets, expected_type=type_hints["targets"])
            check_type(argname="argument provider_specific", value=provider_specific, expected_type=type_hints["provider_specific"])
        self._values: typing.Dict[builtins.str, typing.Any] = {
            "dns_name": dns_name,
            "record_type": record_type,
            "targets": targets,
        }
        if provider_specific is not None:
            self._values["provider_specific"] = provider_specific

    @builtins.property
    def dns_name(self) -> builtins.str:
        '''The host name.

        :schema: DnsEndpointSpecEndpoints#dnsName
        '''
        result = self._values.get("dns_name")
        assert result is not None, "Required property 'dns_name' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def record_type(self) -> builtins.str:
        '''A, AAAA or CNAME.

        :schema: DnsEndpointSpecEndpoints#recordType
        '''
        result = self._values.get("record_type")
        assert result is not None, "Required property 'record_type' is missing"
        return typing.cast(builtins.str, result)

    @builtins.property
    def targets(self) -> typing.List[builtins.str]:
        '''Addresses or for a CNAME the one host name.

        :schema: DnsEndpointSpecEndpoints#targets
        '''
        result = self._values.get("targets")
        assert result is not None, "Required property 'targets' is missing"
        return typing.cast(typing.List[builtins.str], result)

    @builtins.property
    def provider_specific(
        self,
    ) -> typing.Optional[typing.List["DnsEndpointSpecEndpointsProviderSpecific"]]:
        '''Settings that only one DNS provider knows.

        :schema: DnsEndpointSpecEndpoints#providerSpecific
        '''
        result = self._values.get("provider_specific")
        return typing.cast(typing.Optional[typing.List["DnsEndpointSpecEndpointsProviderSpecific"]], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "DnsEndpointSpecEndpoints(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


@jsii.data_type(
    jsii_type="t3afk_iok8sexternaldns.DnsEndpointSpecEndpointsProviderSpecific",
    jsii_struct_bases=[],
    name_mapping={"name": "name", "value": "value"},
)
class DnsEndpointSpecEndpointsProviderSpecific:
    def __init__(
        self,
        *,
        name: typing.Optional[builtins.str] = None,
        value: typing.Optional[builtins.str] = None,
    ) -> None:
        '''
        :param name: Name of the setting.
        :param value: Its value.

        :schema: DnsEndpointSpecEndpointsProviderSpecific
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__c19bcad11a355a00f547bb8f040f3d507bfb94d9b0b724119471bd0303428dba)
            check_type(argname="argument name", value=name, expected_type=type_hints["name"])
            check_type(argname="argument value", value=value, expected_type=type_hints["value"])
        self._values: typing.Dict[builtins.str, typing.Any] = {}
        if name is not None:
            self._values["name"] = name
        if value is not None:
            self._values["value"] = value

    @builtins.property
    def name(self) -> typing.Optional[builtins.str]:
        '''Name of the setting.

        :schema: DnsEndpointSpecEndpointsProviderSpecific#name
        '''
        result = self._values.get("name")
        return typing.cast(typing.Optional[builtins.str], result)

    @builtins.property
    def value(self) -> typing.Optional[builtins.str]:
        '''Its value.

        :schema: DnsEndpointSpecEndpointsProviderSpecific#value
        '''
        result = self._values.get("value")
        return typing.cast(typing.Optional[builtins.str], result)

    def __eq__(self, rhs: typing.Any) -> builtins.bool:
        return isinstance(rhs, self.__class__) and rhs._values == self._values

    def __ne__(self, rhs: typing.Any) -> builtins.bool:
        return not (rhs == self)

    def __repr__(self) -> str:
        return "DnsEndpointSpecEndpointsProviderSpecific(%s)" % ", ".join(
            k + "=" + repr(v) for k, v in self._values.items()
        )


__all__ = [
    "DnsEndpoint",
    "DnsEndpointProps",
    "DnsEndpointSpec",
    "DnsEndpointSpecEndpoints",
    "DnsEndpointSpecEndpointsProviderSpecific",
]

publication.publish()

def _typecheckingstub__751b8baea477bdf9c80367b80f2dd27651725907816a546b6728e5c0a18584aa(
    scope: _constructs_77d1e7e8.Construct,
    id: builtins.str,
    *,
    metadata: typing.Optional[typing.Union[_cdk8s_d3d9af27.ApiObjectMetadata, typing.Dict[builtins.str, typing.Any]]] = None,
    spec: typing.Optional[typing.Union[DnsEndpointSpec, typing.Dict[builtins.str, typing.Any]]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__0eef88be3eff1fd253a57cbdcc099ddf1300544abc654e3b3503aa3064d8a91f(
    *,
    metadata: typing.Optional[typing.Union[_cdk8s_d3d9af27.ApiObjectMetadata, typing.Dict[builtins.str, typing.Any]]] = None,
    spec: typing.Optional[typing.Union[DnsEndpointSpec, typing.Dict[builtins.str, typing.Any]]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__30c1b9d887952e194f8c60842c6033313898f389da6485ba57fd0d47d3333c14(
    *,
    endpoints: typing.Optional[typing.Sequence[typing.Union[DnsEndpointSpecEndpoints, typing.Dict[builtins.str, typing.Any]]]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__ebb4c1fa0fde19aae08d9dc12dcc7a9a6fdefa5423efb0a46719ea834b2bc0e7(
    *,
    dns_name: builtins.str,
    record_type: builtins.str,
    targets: typing.Sequence[builtins.str],
    provider_specific: typing.Optional[typing.Sequence[typing.Union[DnsEndpointSpecEndpointsProviderSpecific, typing.Dict[builtins.str, typing.Any]]]] = None,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__c19bcad11a355a00f547bb8f040f3d507bfb94d9b0b724119471bd0303428dba(
    *,
    name: typing.Optional[builtins.str] = None,
    value: typing.Optional[builtins.str] = None,
) -> None:
    """Type checking stubs"""
    pass
