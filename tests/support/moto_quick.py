"""moto without what it works out anew for each request, though that follows from its code or an expression's text.

It was a fourth of what storing a photo costs there. Nothing that it answers changes.
"""

from functools import cache, lru_cache
from typing import Any

from moto.core import responses
from moto.core.base_backend import BaseBackend
from moto.dynamodb import comparisons
from moto.dynamodb.parsing import ast_nodes, expressions

_ast: Any = ast_nodes
_expressions: Any = expressions
_Condition: Any = comparisons.ConditionExpressionParser
_lex = _Condition._lex_one_node
_find_urls: Any = vars(BaseBackend)["urls"].fget
_subclass: Any = cache(issubclass)
_kinds_of: dict[type, tuple[type, ...]] = {}
_urls_of: dict[type, Any] = {}


def quicken() -> None:
    """In this process, for good."""
    # Who gets the tree of an update copies it before it changes any of it.
    _expressions.UpdateExpressionParser.make = staticmethod(lru_cache(_expressions.UpdateExpressionParser.make))
    _Condition._lex_one_node = lambda _, text: _lexed(text)
    _ast.DepthFirstTraverser.nodes_to_be_processed = _kinds
    _ast.DepthFirstTraverser.traverse_node_recursively = _traverse
    vars(responses)["method_names_from_class"] = cache(vars(responses)["method_names_from_class"])
    setattr(BaseBackend, "urls", property(_urls))  # noqa: B010 - mypy knows it as a method


@lru_cache(maxsize=1024)
def _lexed(text: str) -> Any:
    return _lex(_Condition(None, None, None), text)


def _kinds(traverser: Any) -> tuple[type, ...]:
    if (found := _kinds_of.get(type(traverser))) is None:
        found = _kinds_of[type(traverser)] = tuple(traverser._processing_map())
    return found


def _traverse(traverser: Any, node: Any, child_id: int = -1) -> Any:
    """As moto does it, which asks an abstract base class about each node, and anew for the kinds that it looks for."""
    if not _subclass(type(node), _ast.Node):
        return node
    parent = node.parent
    for place, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, place)
        traverser.traverse_node_recursively(child, place)
    if _subclass(type(node), traverser.nodes_to_be_processed()):
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


def _urls(backend: BaseBackend) -> Any:
    """S3 loads a module again whenever it looks for them."""
    if (found := _urls_of.get(type(backend))) is None:
        found = _urls_of[type(backend)] = _find_urls(backend)
    return found
