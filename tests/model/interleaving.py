"""Every interleaving of real operations, searched by memory.

A node is the table and, per actor, the answers it has had so far; a step is one actor's next call. Nodes that were
met before are not searched again, so that millions of schedules become thousands of nodes. On top of the order of
calls, a search may let actors die before any call (`deaths`), and let the answer of any call be lost, so that the
client sends it again (`lost_answers`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.model.actors import READS, TOKENED, Actor, Answer, History, Outcome, Request, follow, perform
from tests.model.rows import State, Table

Check = Callable[[State], list[str]]
CheckEnd = Callable[[State, "Ending"], list[str]]
DEAD = Outcome("died")


class Ending(NamedTuple):
    """Each actor's outcome, and whether any died on the way."""

    outcomes: tuple[Outcome, ...]
    deaths: bool


class _Node(NamedTuple):
    state: State
    histories: tuple[History | Outcome, ...]
    deaths: int
    lost_answers: int


@dataclass
class Search:
    """What was explored. `violation`: what is wrong at the end of `trail`, the steps that lead there."""

    nodes: int = 0
    steps: int = 0
    schedules: int = 0
    violation: list[str] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)


class _Violated(Exception):
    pass


class Explorer:
    """Searches on the moto of this process, from the state that is there."""

    def __init__(self, client: Any, table: Table, actors: Sequence[Actor], check: Check, check_end: CheckEnd) -> None:
        self._client, self._table, self._actors = client, table, actors
        self._check, self._check_end = check, check_end
        self._next: dict[tuple[int, History], Request | Outcome] = {}
        self._effects: dict[tuple[State, str, str], tuple[Answer, State]] = {}
        self._checked: dict[State, list[str]] = {}
        self._schedules: dict[_Node, int] = {}
        self._found = Search()

    def explore(self, start: State, *, deaths: int = 0, lost_answers: int = 0) -> Search:
        found = self._found
        begun = tuple(self._position(number, ()) for number in range(len(self._actors)))
        with suppress(_Violated):
            found.schedules = self._visit(_Node(start, begun, deaths, lost_answers))
        found.nodes = len(self._schedules)
        return found

    def _visit(self, node: _Node) -> int:
        """How many schedules there are from here."""
        if (known := self._schedules.get(node)) is not None:
            return known
        self._assure(self._violations(node.state))
        count = 0
        for label, following in self._steps(node):
            self._found.trail.append(label)
            self._found.steps += 1
            count += self._visit(following)
            self._found.trail.pop()
        if not count:
            self._assure(self._violations_at_end(node))
        self._schedules[node] = count or 1
        return count or 1

    def _steps(self, node: _Node) -> Iterator[tuple[str, _Node]]:
        for number, history in enumerate(node.histories):
            if isinstance(history, Outcome):
                continue
            request = self._next[number, history]
            assert isinstance(request, Request)
            name = f"{self._actors[number].name} {request}"
            answer, state = self._effect(node.state, request)
            position = self._position(number, (*history, answer))
            yield name, node._replace(state=state, histories=_with(node.histories, number, position))
            if not self._actors[number].mortal:
                continue
            if node.lost_answers and request.call not in READS | TOKENED:
                yield f"{name}, answer lost", node._replace(state=state, lost_answers=node.lost_answers - 1)
            if node.deaths:
                histories = _with(node.histories, number, DEAD)
                yield f"{name} never sent: died", node._replace(histories=histories, deaths=node.deaths - 1)

    def _position(self, number: int, history: History) -> History | Outcome:
        """What to remember of an actor: when it has ended, only how."""
        following = self._next.get((number, history))
        if following is None:
            following = self._next[number, history] = follow(self._actors[number], number, history)
        return history if isinstance(following, Request) else following

    def _effect(self, state: State, request: Request) -> tuple[Answer, State]:
        key = (state, request.call, repr(request.arguments))
        if key not in self._effects:
            self._table.load(state)
            answer = perform(self._client, request)
            self._effects[key] = (answer, state if request.call in READS else self._table.state())
        return self._effects[key]

    def _violations(self, state: State) -> list[str]:
        if state not in self._checked:
            self._checked[state] = self._check(state)
        return self._checked[state]

    def _violations_at_end(self, node: _Node) -> list[str]:
        ends = tuple(history for history in node.histories if isinstance(history, Outcome))
        wrong = [
            f"{actor.name} ended with {end.value!r}"
            for actor, end in zip(self._actors, ends, strict=True)
            if isinstance(end.value, Exception) and not isinstance(end.value, actor.may_raise)
        ]
        return wrong or self._check_end(node.state, Ending(ends, DEAD in ends))

    def _assure(self, violations: list[str]) -> None:
        if violations:
            self._found.violation = violations
            raise _Violated


def _with(
    histories: tuple[History | Outcome, ...], number: int, position: History | Outcome
) -> tuple[History | Outcome, ...]:
    return (*histories[:number], position, *histories[number + 1 :])
