"""The language of message texts: a small, closed part of Jinja.

A text may print the values it is given, choose between them with ``if``, and pass them through a
few filters. That is all: what is not on the lists below is refused when the campaign is loaded,
so a text can neither loop, nor call, nor grow, nor reach into Python, and the only thing left to
go wrong while sending is a value that one customer does not have. The sandbox underneath is a
second wall.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Literal

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from messaging.errors import TemplateError

Field = Literal["subject", "text"]

KNOWN_NAMES = {
    "pass": (
        *("satellite", "norad_id", "date", "time", "aos_time", "los_time"),
        *("aos_direction", "direction", "los_direction"),
        *("elevation", "range_km", "minutes", "visible"),
    ),
    "place": ("city", "country", "time_zone"),
    "customer": ("name", "language", "attributes"),
}
"""What a text may name. ``customer.attributes`` holds further names of the customer's own."""

_NUMBERS = {("pass", name) for name in ("norad_id", "elevation", "range_km", "minutes")}
_FULL_NAMES = {name: f"{group}.{name}" for group, names in KNOWN_NAMES.items() for name in names}
_FILTERS = ("capitalize", "default", "lower", "title", "trim", "upper")
_TESTS = ("defined", "undefined")
_NAMES = (nodes.Name, nodes.Getattr, nodes.Getitem)
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr),
    *(*_NAMES, nodes.Const, nodes.List, nodes.Tuple),
    *(nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.Concat),
    *(nodes.And, nodes.Or, nodes.Not),
)
_ORDERINGS = {"lt", "lteq", "gt", "gteq"}
_POSSIBLE = "possible are {{ values }}, if, comparisons, ~ and filters"

_Path = tuple[str, ...]


class _Environment(ImmutableSandboxedEnvironment):
    """A sandbox in which a dot only ever looks into a mapping, never at a Python object."""

    def getattr(self, obj: object, attribute: str) -> object:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return self.undefined(hint=attribute)

    def getitem(self, obj: object, argument: object) -> object:
        return self.getattr(obj, str(argument))


def _closed_environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined,
        autoescape=False,  # plain text, no markup
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


_ENVIRONMENT = _closed_environment()


def check_template(source: str, *, language: str, field: Field) -> None:
    """Make sure that a template compiles and names only what there is.

    Raises:
        TemplateError: it does not; the first offending line is named.
    """
    compile_template(source, language=language, field=field)


def compile_template(source: str, *, language: str, field: Field) -> Template:
    """Check a template and make it ready to render.

    Raises:
        TemplateError: it does not compile, or asks for what a text may not have.
    """
    try:
        tree = _ENVIRONMENT.parse(source)
        for line, problem in _problems(tree):
            raise TemplateError(problem, language=language, field=field, line=line)
        code = _ENVIRONMENT.compile(tree)
    except TemplateSyntaxError as error:
        raise TemplateError(
            error.message or "not a template", language=language, field=field, line=error.lineno
        ) from None
    except (RecursionError, MemoryError, SyntaxError, ValueError):
        # Python's own limits on depth and digits, hit while reading or compiling.
        raise TemplateError(
            "expected a short, flat text, got one nested too deep or with a number too long",
            language=language,
            field=field,
            line=1,
        ) from None
    return Template.from_code(_ENVIRONMENT, code, {})


def _problems(node: nodes.Node) -> Iterator[tuple[int, str]]:
    """Yield what is not allowed in a tree, in reading order, with its line."""
    problem = _problem_with(node)
    if problem:
        yield node.lineno, problem
    if not isinstance(node, _NAMES):
        for child in node.iter_child_nodes():
            yield from _problems(child)


def _problem_with(node: nodes.Node) -> str:
    """Say what is wrong with one node, its children aside; empty if nothing is."""
    if not isinstance(node, _ALLOWED):
        return f"{_in_words(node)} is not possible in a text; {_POSSIBLE}"
    match node:
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            return _problem_with_name(_path(node))
        case nodes.Filter() | nodes.Test():
            return _problem_with_filter(node)
        case nodes.Compare():
            return _problem_with_comparison(node)
        case nodes.CondExpr(expr2=None):
            return 'expected an else, such as {{ "a" if pass.visible else "b" }}'
    return ""


def _path(node: nodes.Node) -> _Path | None:
    """Return ``("pass", "time")`` for ``pass.time``; ``None`` for anything but constant names."""
    match node:
        case nodes.Name(name=name):
            return (name,)
        case (
            nodes.Getattr(node=parent, attr=name)
            | nodes.Getitem(node=parent, arg=nodes.Const(value=str(name)))
        ):
            above = _path(parent)
            return above and (*above, name)
    return None


def _problem_with_name(path: _Path | None) -> str:
    match path:
        case None:
            return "expected a plain name such as pass.time or customer.attributes.tier"
        case ("customer", "attributes", _):
            return ""
        case ("customer", "attributes"):
            return "customer.attributes needs a name, such as customer.attributes.tier"
        case (group, name) if name in KNOWN_NAMES.get(group, ()):
            return ""
    group = path[0]
    if group not in KNOWN_NAMES:
        known = ", ".join(f"{name}.…" for name in KNOWN_NAMES)
    else:
        known = ", ".join(f"{group}.{name}" for name in KNOWN_NAMES[group])
    nearest = get_close_matches(path[-1], _FULL_NAMES, n=1)
    advice = f"did you mean {_FULL_NAMES[nearest[0]]}? " if nearest else ""
    return f"unknown name {'.'.join(path)}; {advice}known are {known}"


def _problem_with_filter(node: nodes.Filter | nodes.Test) -> str:
    kind, known = ("filter", _FILTERS) if isinstance(node, nodes.Filter) else ("test", _TESTS)
    if node.name not in known:
        return f"unknown {kind} {node.name}; known are {', '.join(known)}"
    fewest, most = (1, 2) if node.name == "default" else (0, 0)
    dynamic = node.kwargs or node.dyn_args or node.dyn_kwargs
    if dynamic or not fewest <= len(node.args) <= most:
        return f"the {kind} {node.name} does not take these arguments"
    return ""


def _problem_with_comparison(node: nodes.Compare) -> str:
    """Refuse comparisons that could fail for one customer and not for another."""
    left = node.expr
    for operand in node.ops:
        right = operand.expr
        if operand.op in {"in", "notin"} and not isinstance(right, nodes.List | nodes.Tuple):
            return 'expected a list after "in", such as ["gold", "silver"]'
        if operand.op in _ORDERINGS and not (_is_number(left) and _is_number(right)):
            return "only numbers can be ordered, such as pass.elevation > 60"
        left = right
    return ""


def _is_number(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Const):
        return isinstance(node.value, int | float)
    return _path(node) in _NUMBERS


def _in_words(node: nodes.Node) -> str:
    if isinstance(node, nodes.BinExpr):
        return f"the operator {node.operator}"
    if isinstance(node, nodes.Assign | nodes.AssignBlock):
        return "set"
    return type(node).__name__.lower()
