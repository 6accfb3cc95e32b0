"""The grammar of mappings' templates: Jinja2's expressions, checked before they are compiled.

Everything outside of it is refused with its column: statements, comments, calls of functions, attributes of Python's
objects. The nodes that remain are rewritten where Jinja2 itself would lose something: decimals become exact numbers,
null in a text becomes nothing instead of `None`, filters get their parameters once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from jinja2 import TemplateSyntaxError, nodes
from jinja2.lexer import Token, TokenStream, operators
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from app.errors import BadValue, near
from app.store.imports.mapping.values.arithmetic import compute
from app.store.imports.mapping.values.filter_row import Surroundings
from app.store.imports.mapping.values.nothing import plain

MAX_TEMPLATE: Final = 20_000  # characters
MAX_DEPTH: Final = 60  # expressions inside of each other
ROW: Final = "row"  # the variable that holds all columns
CONCAT, EXACT = "join texts", "exact number"  # filters that no template can name

_PART: Final = "a text, and where to look for it, as whole numbers"
_SEPARATOR: Final = "a text that is not empty"
KEEPING: Final = ("sort", "select", "reject", "unique", "list", "first", "last")  # filters that keep elements
METHODS: Final = {  # each with the parameters that it takes, as messages tell them
    **dict.fromkeys(("startswith", "endswith", "find", "rfind", "count"), _PART),
    **dict.fromkeys(("lower", "upper", "isdigit", "isalpha", "isalnum", "isupper", "islower"), "nothing"),
    **dict.fromkeys(("strip", "lstrip", "rstrip"), "nothing, or a text of the characters to take off"),
    **dict.fromkeys(("split", "rsplit"), f"nothing, or {_SEPARATOR} and how many times to split"),
    **dict.fromkeys(("partition", "rpartition"), _SEPARATOR),
    **dict.fromkeys(("removeprefix", "removesuffix"), "a text"),
    "splitlines": "nothing, or true to keep the line breaks",
    "get": "the name of a member, and what stands for it where it is not there",
}
_REFUSED: Final = {
    "block_begin": "a statement begins; a value has expressions alone, as in {{ a if b else c }}",
    "comment_begin": "a comment begins; write it as one of YAML, behind #",
    "raw_begin": "a raw block begins; write braces as text by {{ '{{' }}",
    "linestatement_begin": "a statement begins; a value has expressions alone",
}
_IGNORED: Final = ("whitespace",)
_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict,
    nodes.Pair, nodes.Keyword, nodes.CondExpr, nodes.BinExpr, nodes.Not, nodes.Neg, nodes.Pos, nodes.Compare,
    nodes.Operand, nodes.Getitem, nodes.Slice, nodes.Test,
)  # fmt: skip
_ESCAPES: Final = re.compile(r"\\(?:(?P<sign>[\\'\"ntr])|u(?P<u>[0-9A-Fa-f]{4})|x(?P<x>[0-9A-Fa-f]{2}))")
_SIGNS: Final = {"n": "\n", "t": "\t", "r": "\r"}
_WORDS: Final = {
    "'end of print statement'": "'}}'",
    "'begin of print statement'": "'{{'",
    "end of print statement": "'}}'",
}


class Fault(TemplateSyntaxError):
    """A fault of a template. lineno: the character where it is, counted from 1."""

    def __init__(self, message: str, at: int, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message, at)
        self.suggestions = suggestions


class ColumnEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, whose tokens and nodes have the number of their character in place of a line's. expressions:
    those of the text that was parsed, as they are written.
    """

    expressions: list[str]

    def _tokenize(self, source: str, *_: Any) -> TokenStream:
        return TokenStream(self._tokens(source), None, None)

    def _tokens(self, source: str) -> Iterator[Token]:
        at = begin = 0
        try:
            for _, kind, text in self.lexer.tokeniter(source, None):
                at = source.index(text, at)  # blanks before {{- are gone
                if kind in _REFUSED:
                    raise Fault(_REFUSED[kind], at + 1)
                if kind not in _IGNORED:
                    yield Token(at + 1, *_typed(kind, text, at + 1))
                begin = at if kind == "variable_begin" else begin
                at += len(text)
                if kind == "variable_end":
                    self.expressions.append(source[begin:at])
        except TemplateSyntaxError as fault:
            if isinstance(fault, Fault):
                raise
            quote = "; the text that begins there has no end" * (source[at : at + 1] in ("'", '"'))
            raise Fault(re.sub(r" at \d+$", "", fault.message or "") + quote, at + 1) from None


def _typed(kind: str, text: str, at: int) -> tuple[str, Any]:
    match kind:
        case "string":
            return kind, _ESCAPES.sub(_unescaped, text[1:-1])
        case "float":
            return kind, Decimal(text.replace("_", ""))
        case "integer":
            if len(text) > 100:
                raise Fault("a number of over a hundred digits", at)
            return kind, int(text.replace("_", ""), 0)
        case "operator":
            return operators[text], text
        case "name" if not text.isidentifier():
            raise Fault(f"{text!r} is no name; write row['{text}']", at)
    return kind, text


def _unescaped(found: re.Match[str]) -> str:
    r"""The character of an escape. All others stay as they are, so that `'\d'` and `'\b'` are what patterns need."""
    if sign := found["sign"]:
        return _SIGNS.get(sign, sign)
    return chr(int(found["u"] or found["x"], 16))


class Parts(NamedTuple):
    """The parts of a template, texts and expressions, ready to be compiled; and the names in them.

    of_row: columns that are taken as `row['Full name']` or `row.name`; None where `row` is used in another way.
    members: those that are taken of each name, or of the elements of the list that it is. settled: for each expression,
    whether it says itself what an empty value is.
    """

    nodes: list[Any]
    names: frozenset[str]
    of_row: frozenset[str] | None
    members: dict[str, set[str]]
    settled: list[bool]


def parse_parts(environment: ColumnEnvironment, text: str, surroundings: Surroundings) -> Parts:
    """The parts of a template.

    Adds the filters that they use to the environment. Raises Fault.
    """
    if len(text) > MAX_TEMPLATE:
        raise Fault(f"it has {len(text):,} characters; a template has at most {MAX_TEMPLATE:,}", MAX_TEMPLATE)
    try:
        tree = environment.parse(text)
    except RecursionError:
        raise Fault("expressions are nested too deep", 1) from None
    except Fault:
        raise
    except TemplateSyntaxError as fault:
        raise Fault(_in_plain_words(fault.message or ""), min(fault.lineno, len(text) or 1)) from None
    bare = [part for output in tree.body for part in output.nodes]  # type: ignore[attr-defined]  # as below
    settled = [_is_settled(part) for part in bare if not isinstance(part, nodes.TemplateData)]
    reader = _Checker(environment, surroundings)
    reader.visit(tree)
    parts = [part for output in tree.body for part in output.nodes]  # type: ignore[attr-defined]  # they are Output
    of_row = None if reader.of_row is None else frozenset(reader.of_row)
    return Parts(parts, frozenset(reader.names), of_row, reader.members, settled)


def _is_settled(part: Any) -> bool:
    return isinstance(part, nodes.CondExpr) or (isinstance(part, nodes.Filter) and part.name == "default")


def _in_plain_words(message: str) -> str:
    for word, meant in _WORDS.items():
        message = message.replace(word, meant)
    found = re.fullmatch(r"expected token (.*), got (.*)", message)
    message = f"unexpected {found[2]}; {found[1]} is expected" if found else message
    return (message[:1].lower() + message[1:]).rstrip(".")


class _Checker(NodeTransformer):
    """Refuses nodes outside of the grammar, rewrites the others, and gathers their names."""

    def __init__(self, environment: ColumnEnvironment, surroundings: Surroundings) -> None:
        self.names: set[str] = set()
        self.of_row: set[str] | None = set()  # columns that are taken from `row`; None where it is used in another way
        self.members: dict[str, set[str]] = {}
        self._environment, self._surroundings, self._depth = environment, surroundings, 0

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """The node as it is compiled. Raises Fault."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Fault(f"expressions are nested deeper than {MAX_DEPTH}", node.lineno)
        try:
            return super().visit(node, *args, **kwargs)
        except BadValue as fault:
            raise Fault(str(fault), node.lineno, fault.suggestions) from None
        finally:
            self._depth -= 1

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """The node with its own parts visited. Raises Fault for what has no place in a value."""
        if not isinstance(node, _ALLOWED):
            raise Fault(f"a value has no {type(node).__name__} in it; it has expressions alone", node.lineno)
        return super().generic_visit(node, *args, **kwargs)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802  # Jinja2's way of naming them
        if node.name == "self":
            raise BadValue("self has a meaning in Jinja2; write row['self']")
        self.names.add(node.name)
        if node.name == ROW:
            self.of_row = None
        return node

    def _column_of_row(self, node: nodes.Node, column: Any) -> bool:
        """Whether the node is `row`, which a constant text takes a column of."""
        found = isinstance(node, nodes.Name) and node.name == ROW and isinstance(column, str)
        if found:
            self.names.add(ROW)
            if self.of_row is not None:
                self.of_row.add(column)
        return found

    def visit_Const(self, node: nodes.Const) -> nodes.Node:  # noqa: N802
        if isinstance(node.value, Decimal):
            return _filtered(nodes.Const(str(node.value), lineno=node.lineno), EXACT)
        return node

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802
        node.expr2 = node.expr2 or nodes.Const(None, lineno=node.lineno)
        return super().generic_visit(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        return _filtered(nodes.List([self.visit(one) for one in node.nodes], lineno=node.lineno), CONCAT)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802
        if node.attr.startswith("__"):
            raise BadValue(f"there is no member {node.attr}: values have no attributes of Python's objects")
        return node if self._column_of_row(node.node, node.attr) else self._member(node, node.node, node.attr)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        column = node.arg.value if isinstance(node.arg, nodes.Const) else None
        return node if self._column_of_row(node.node, column) else self._member(node, node.node, column)

    def _member(self, node: nodes.Node, owner: Any, name: Any) -> nodes.Node:
        """The node of a member, which is watched: it may be misspelt."""
        if isinstance(name, str):
            self._surroundings.watched.setdefault(name, [])
            while isinstance(owner, nodes.Filter) and owner.name in KEEPING:
                owner = owner.node
            if isinstance(owner, nodes.Name):
                self.members.setdefault(owner.name, set()).add(name)
        return super().generic_visit(node)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        self._surroundings.test_named(node.name)
        _check_plain_call(node)
        return super().generic_visit(node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        if len(node.ops) != 1 or node.ops[0].op not in ("in", "notin"):
            return super().generic_visit(node)
        (within,) = node.ops
        args = [self.visit(within.expr)]
        found = nodes.Test(self.visit(node.expr), "in", args, [], None, None, lineno=node.lineno)
        return nodes.Not(found, lineno=node.lineno) if within.op == "notin" else found

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        _check_plain_call(node)
        if node.name == "map":
            self._watch_mapped(node)
        row = self._surroundings.row_named(node.name)
        named: list[Any] = node.kwargs  # Keyword, whatever Jinja2's types say
        row.check(len(node.args), [keyword.key for keyword in named])
        try:
            args = [_constant(arg) for arg in node.args]
            kwargs = {keyword.key: _constant(keyword.value) for keyword in named}
        except nodes.Impossible:  # parameters of the row's own
            return super().generic_visit(node)
        name = f"{node.name} {len(self._environment.filters)}"
        made = row.made(self._surroundings, args, kwargs)
        self._environment.filters[name] = lambda value: made(plain(value))
        inner = self.visit(node.node) if node.node else node.node
        return _filtered(inner, name)

    def _watch_mapped(self, node: nodes.Filter) -> None:
        """Watch the member that is taken of each element."""
        named: list[Any] = node.kwargs
        for keyword in named:
            if keyword.key == "attribute" and isinstance(keyword.value, nodes.Const):
                step = str(keyword.value.value).partition(".")[0]
                self._member(nodes.Const(None), node.node, step)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        target = node.node
        if not isinstance(target, nodes.Getattr):
            name = target.name if isinstance(target, nodes.Name) else "this"
            right = f"; {name} is a filter: {{{{ x | {name} }}}}" * (name in self._surroundings.filters)
            raise BadValue(f"{name}(…) is a call, and there are no functions{right}")
        if target.attr not in METHODS:
            right = f"; {target.attr} is a filter: | {target.attr}" * (target.attr in self._surroundings.filters)
            raise BadValue(f"there is no method {target.attr}{right}", near(target.attr, METHODS))
        if node.kwargs:
            raise BadValue(f"the method {target.attr} takes no named parameters")
        _check_plain_call(node)
        args = [self.visit(arg) for arg in node.args]
        return _filtered(self.visit(target.node), f".{target.attr}", args)


def _filtered(node: Any, name: str, args: list[nodes.Expr] | None = None) -> nodes.Filter:
    return nodes.Filter(node, name, args or [], [], None, None, lineno=node.lineno)


def _check_plain_call(node: Any) -> None:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise BadValue("parameters with * are not taken; write each")


def _constant(node: nodes.Expr) -> Any:
    """The value of a node that names nothing. Raises Impossible for others."""
    match node:
        case nodes.Const():
            return node.value
        case nodes.Neg() if isinstance(node.node, nodes.Const) and isinstance(node.node.value, int | Decimal):
            return compute("-", 0, node.node.value)
        case nodes.List() | nodes.Tuple():
            return [_constant(item) for item in node.items]
    raise nodes.Impossible
