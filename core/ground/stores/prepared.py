"""Statements compiled once: what SQLAlchemy works out anew for each execution is kept with the statement.

The shop's statements are constants, so their SQL, the order of their values and what turns values into the driver's
and rows into ours never change. Running one is then the driver's call and little else: on SQLite an order's statements
cost a third of what Connection.execute() takes for them. Whatever is not as simple as that is left to SQLAlchemy, and
so are all errors.

On PostgreSQL a transaction's first SELECT brings its moment along in one more column: to ask for it alone would be a
question more in nearly every transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Connection, Executable, Insert, Row, Select, func
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import cloned_traverse
from sqlalchemy.util import await_only

Change = Callable[[Any], Any]
Slot = tuple[int, str, int | None, Change | None]  # its place; whose, the place in its list, what makes it the driver's
Shape = tuple[Any, ...]  # which values are given, and how long the lists among them are
HEARD = ("before_execute", "after_execute", "before_cursor_execute", "after_cursor_execute")
make_row = cast(Callable[..., Row[Any]], Row)  # its constructor is SQLAlchemy's own
MANY = 2000  # statements kept


class Ran:
    """What the driver said: the rows, how many there were or were changed; the number SQLite gave a new row, else 0.

    `moment` is the transaction's, where it was asked for and a row told it.
    """

    __slots__ = ("rows", "changed", "number", "moment")

    def __init__(self, rows: Sequence[Row[Any]], changed: int, number: int, moment: datetime | None) -> None:
        self.rows = rows
        self.changed = changed
        self.number = number
        self.moment = moment


class Prepared:
    """One statement in one shape, for one dialect. Raises NotSimple for what SQLAlchemy must run itself."""

    __slots__ = ("sql", "_values", "_given", "_makes", "_parent", "_keys", "has_rows", "numbers_rows", "tells_moment")

    def __init__(self, statement: Executable, dialect: Dialect, params: Mapping[str, Any], moment: bool) -> None:
        self.tells_moment = moment and isinstance(statement, Select)
        if self.tells_moment:
            statement = cast("Select[Any]", statement).add_columns(func.transaction_timestamp())
        compiled = _spelled_out(statement).compile(dialect=dialect, column_keys=sorted(params))
        if not isinstance(compiled, SQLCompiler) or not compiled.positional or compiled.isplaintext:
            raise NotSimple
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise NotSimple
        self.sql, self._values, self._given = _slots(compiled, params)
        self.has_rows = bool(compiled._result_columns)
        self.numbers_rows = isinstance(statement, Insert) and _numbers_rows(statement, params)
        self._makes, self._parent, self._keys = _row_shape(compiled, dialect, self.tells_moment)

    def values(self, params: Mapping[str, Any]) -> list[Any]:
        """In the driver's order and its types."""
        made = self._values.copy()
        for at, name, place, change in self._given:
            value = params[name] if place is None else params[name][place]
            made[at] = value if change is None else change(value)
        return made

    def row(self, found: Sequence[Any]) -> Row[Any]:
        return make_row(self._parent, self._makes, self._keys, found[:-1] if self.tells_moment else found)


class NotSimple(Exception):
    """A statement for SQLAlchemy itself."""


class Shapes:
    """A statement in all the shapes it was asked in: `lists` are the parameters whose length is part of it."""

    __slots__ = ("_lists", "_known")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        binds = getattr(cast(Any, statement).compile(dialect=dialect), "binds", {}).values()
        self._lists = tuple(bound.key for bound in binds if bound.expanding and bound.required)
        self._known: dict[Shape, Prepared | None] = {}

    def find(self, statement: Executable, dialect: Dialect, params: Mapping[str, Any], moment: bool) -> Prepared | None:
        """None for what SQLAlchemy must run itself."""
        shape = (moment, *params)
        for name in self._lists:
            shape += (len(params[name]),)
        try:
            return self._known[shape]
        except KeyError:
            try:
                self._known[shape] = Prepared(statement, dialect, params, moment)
            except Exception:
                self._known[shape] = None
            return self._known[shape]


class Preparer:
    """The prepared statements of one engine."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[Executable, Shapes] = {}
        # What the driver's adapter wants to know of the context an error happened in.
        self._context: Any = dialect.execution_ctx_cls.__new__(dialect.execution_ctx_cls)
        self._context.dialect = dialect

    def run(
        self,
        connection: Connection,
        statement: Executable,
        params: Mapping[str, Any],
        *,
        moment: bool = False,
        numbers: bool = False,
    ) -> Ran | None:
        """None if SQLAlchemy must run it: then nothing has happened. Raises SQLAlchemy's errors.

        `moment`: let a SELECT tell PostgreSQL's time of the transaction, too. `numbers`: only if it inserts into a
        table whose rows the store numbers by itself.
        """
        try:
            prepared = self._shapes(statement).find(statement, self._dialect, params, moment)
            if prepared is None or (numbers and not prepared.numbers_rows):
                return None
            values = prepared.values(params)
        except Exception:
            return None  # SQLAlchemy says best what is wrong with them
        return self._execute(connection, prepared, values)

    def _shapes(self, statement: Executable) -> Shapes:
        shapes = self._known.get(statement)
        if shapes is None:
            if len(self._known) >= MANY:  # some were made for one use
                self._known.clear()
            shapes = self._known[statement] = Shapes(statement, self._dialect)
        return shapes

    def _execute(self, connection: Connection, prepared: Prepared, values: Sequence[Any]) -> Ran:
        if not connection.in_transaction():
            connection.begin()
        cursor: Any = None
        driver: Any = connection.connection.dbapi_connection
        number, moment = 0, None
        try:
            if isinstance(driver, AsyncAdapt_asyncpg_connection):
                found, changed = await_only(_asked(driver, prepared.sql, values, self._dialect))
            else:
                cursor = driver.cursor()
                cursor.execute(prepared.sql, values)
                found = cursor.fetchall() if prepared.has_rows else ()
                changed, number = cursor.rowcount, cursor.lastrowid
            if prepared.tells_moment and found:
                moment = found[0][-1]
            return Ran([prepared.row(row) for row in found], changed, number, moment)
        except Exception as error:
            connection._handle_dbapi_exception(error, prepared.sql, tuple(values), cursor, self._context)


async def _asked(driver: Any, sql: str, values: Sequence[Any], dialect: Any) -> tuple[Sequence[Any], int]:
    """What the adapter's cursor does for a statement, without what nobody here looks at."""
    if driver._transaction is None:
        await driver._start_transaction()
    try:
        statement, _ = await driver._prepare(sql, dialect._invalidate_schema_cache_asof)
        found = await statement.fetch(*values)
    except Exception as error:
        driver._handle_exception(error)
        raise
    many = statement.get_statusmsg().rpartition(" ")[2]
    return found, int(many) if many.isdecimal() else -1


_preparers: WeakKeyDictionary[Dialect, Preparer] = WeakKeyDictionary()


def prepared_for(connection: Connection) -> Preparer | None:
    """The engine's own: each engine has a dialect of its own. Of SQLite's readers two may compile the same
    statement at the same moment: one of the two is kept.

    None while somebody listens to what is executed: only SQLAlchemy tells them.
    """
    if (connection._has_events or connection.engine._has_events) and any(
        getattr(connection.dispatch, heard) for heard in HEARD
    ):
        return None
    found = _preparers.get(connection.dialect)
    if found is None:
        found = _preparers[connection.dialect] = Preparer(connection.dialect)
    return found


def _spelled_out(statement: Executable) -> Any:
    """The statement with its own words and numbers in its text: a store finds a partial index by them only."""

    def spell(bound: BindParameter[Any]) -> None:
        words = (bound.value or ()) if bound.expanding else [bound.value]
        if not bound.required and words and all(isinstance(word, str | int) for word in words):
            bound.literal_execute = True

    return cloned_traverse(cast(Any, statement), {}, {"bindparam": spell})


def _slots(compiled: SQLCompiler, params: Mapping[str, Any]) -> tuple[str, list[Any], list[Slot]]:
    """The SQL; its values, as far as the statement itself says them; and what the others are made of."""
    sql, order = compiled.string, compiled.positiontup or []
    change: dict[str, Any] = dict(compiled._bind_processors)
    places: dict[str, tuple[str, int]] = {}
    if compiled.post_compile_params or compiled.literal_execute_params:
        state = compiled.construct_expanded_state(dict(params))
        sql, order = state.statement, state.positiontup or []
        change |= state.processors
        for name, expanded in state.parameter_expansion.items():
            places |= {one: (name, place) for place, one in enumerate(expanded)}
    said = {name: bound for bound, name in compiled.bind_names.items()}
    values: list[Any] = []
    given: list[Slot] = []
    for at, one in enumerate(order):
        name, place = places.get(one, (one, None))
        if isinstance(processor := change.get(one), tuple) or said[name].callable:
            raise NotSimple  # a list of tuples, or a value that is another one each time
        if name in params:
            given.append((at, name, place, processor))
            values.append(None)
        elif said[name].required:
            raise NotSimple
        else:
            value: Any = said[name].effective_value
            value = value if place is None else value[place]
            values.append(value if processor is None else processor(value))
    return sql, values, given


def _row_shape(compiled: SQLCompiler, dialect: Dialect, but_last: bool) -> tuple[Any, Any, Any]:
    columns = compiled._result_columns[:-1] if but_last else compiled._result_columns
    if not columns:
        return None, None, None
    if not compiled._ordered_columns:
        raise NotSimple
    parent = SimpleResultMetaData([column.keyname for column in columns])
    makes = [column.type._cached_result_processor(dialect, None) for column in columns]
    return (makes if any(makes) else None), parent, parent._key_to_index


def _numbers_rows(statement: Insert, params: Mapping[str, Any]) -> bool:
    column = getattr(statement.table, "autoincrement_column", None)
    return column is not None and column.key not in params and not statement._returning
