"""The public signatures stand in one reviewed file: what changes there is named in CHANGELOG.md."""

import ast
import inspect
from pathlib import Path
from typing import Any, get_origin

import attrs

import t3afk_constructs


def defined_in(member: Any) -> ast.ClassDef | ast.FunctionDef:
    """The source of a class or function. Annotations and defaults are read as written, the same on every Python."""
    tree = ast.parse(Path(inspect.getsourcefile(member) or "").read_text(encoding="utf-8"))
    found = [
        node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == member.__name__
    ]
    assert len(found) == 1, member
    return found[0]


def parameters(function: ast.FunctionDef) -> list[str]:
    """One line for each parameter, the markers of positional-only and keyword-only ones included."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    lines = [shown(argument, default) for argument, default in zip(positional, defaults, strict=True)]
    if arguments.posonlyargs:
        lines.insert(len(arguments.posonlyargs), "/")
    if arguments.vararg:
        lines.append(f"*{shown(arguments.vararg, None)}")
    elif arguments.kwonlyargs:
        lines.append("*")
    lines += [
        shown(argument, default) for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        lines.append(f"**{shown(arguments.kwarg, None)}")
    return [line for line in lines if line != "self"]


def shown(argument: ast.arg, default: ast.expr | None) -> str:
    annotation = f": {ast.unparse(argument.annotation)}" if argument.annotation else ""
    return f"{argument.arg}{annotation}" + (f" = {ast.unparse(default)}" if default else "")


def block(head: str, lines: list[str], tail: str = "") -> list[str]:
    return [f"{head}(", *(f"    {line}," for line in lines), f"){tail}"] if lines else [f"{head}(){tail}"]


def returned(function: ast.FunctionDef) -> str:
    return f" -> {ast.unparse(function.returns)}" if function.returns else ""


def fields(cls: type, source: ast.ClassDef) -> list[str]:
    """The inputs of a frozen value. Its defaults are values."""
    annotations = {
        node.target.id: ast.unparse(node.annotation)
        for node in source.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return ["*", *(f"{a.name}: {annotations[a.name]}{default(a)}" for a in attrs.fields(cls))]


def default(attribute: Any) -> str:
    if attribute.default is attrs.NOTHING:
        return ""
    value = attribute.default.factory() if isinstance(attribute.default, attrs.Factory) else attribute.default
    return f" = {value!r}"


def read_back(source: ast.ClassDef) -> list[str]:
    """What a construct hands out: the public attributes that its constructor sets."""
    return sorted(
        node.target.attr
        for node in ast.walk(source)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Attribute)
        and not node.target.attr.startswith("_")
    )


def listed(name: str, member: Any) -> list[str]:
    if not callable(member):
        return [f"{name}: {type(member).__name__}"]
    source = defined_in(member)
    if isinstance(source, ast.FunctionDef):
        return block(f"def {name}", parameters(source), returned(source))
    functions = {node.name: node for node in source.body if isinstance(node, ast.FunctionDef)}
    bases = ", ".join(base.__name__ for base in member.__bases__ if base is not object)
    head = f"class {name}{f'[{bases}]' if bases else ''}"
    made = parameters(functions["__init__"]) if "__init__" in functions else []
    lines = block(head, fields(member, source) if attrs.has(member) else made)
    lines += [f"    .{attribute}" for attribute in read_back(source)]
    for function_name, function in functions.items():
        if function_name.startswith("_"):
            continue
        kinds = {ast.unparse(decorator) for decorator in function.decorator_list}
        if kinds & {"property", "cached_property"}:
            lines.append(f"    .{function_name}{returned(function)}")
        else:
            lines.append(f"    def {function_name}({', '.join(parameters(function))}){returned(function)}")
    return lines


def words(names: list[str]) -> list[str]:
    """The words that an enumeration takes, for each that the signatures name."""
    modules = [inspect.getmodule(member) for member in (getattr(t3afk_constructs, name) for name in names)]
    aliases = {
        f"{name} = {value!r}".replace("typing.", "")
        for module in modules
        if module
        for name, value in vars(module).items()
        if name[0].isupper() and "Literal[" in repr(value) and get_origin(value)
    }
    return sorted(aliases)


def test_the_public_names_and_signatures_match_the_golden_file(golden: Any) -> None:
    names = t3afk_constructs.__all__
    assert names
    blocks = ["\n".join(listed(name, getattr(t3afk_constructs, name))) for name in names]
    golden("public-api.txt", "\n\n".join([*blocks, "\n".join(words(names))]) + "\n")


def test_the_public_names_are_sorted_and_all_there_is() -> None:
    names = t3afk_constructs.__all__
    assert sorted(names, key=lambda name: (not name.isupper(), name)) == names
    modules = {name for name, member in vars(t3afk_constructs).items() if inspect.ismodule(member)}
    assert {name for name in vars(t3afk_constructs) if not name.startswith("_")} - modules == set(names)
