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

from sqlalchemy import Connection, Executable, Insert, Row, Select, func
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import await_only

Change = Callable[[Any], Any]
Shape = tuple[Any, ...]  # which values are given, and how long the lists among them are
HEARD = ("before_execute", "after_execute", "before_cursor_execute", "after_cursor_execute")
make_row = cast(Callable[..., Row[Any]], Row)  # its constructor is SQLAlchemy's own
MISSING = object()  # the value of a parameter that must be given


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

    __slots__ = ("sql", "_slots", "_makes", "_parent", "_keys", "numbers_rows", "tells_moment")

    def __init__(self, statement: Executable, dialect: Dialect, params: Mapping[str, Any], moment: bool) -> None:
        self.tells_moment = moment and isinstance(statement, Select)
        if self.tells_moment:
            statement = cast("Select[Any]", statement).add_columns(func.transaction_timestamp())
        compiled = cast(Any, statement).compile(dialect=dialect, column_keys=sorted(params))
        if not isinstance(compiled, SQLCompiler) or not compiled.positional or compiled.isplaintext:
            raise NotSimple
        if compiled.insert_prefetch or compiled.update_prefetch or compiled.literal_execute_params:
            raise NotSimple
        self.sql, self._slots = _slots(compiled, params)
        self.numbers_rows = isinstance(statement, Insert) and _numbers_rows(statement, params)
        self._makes, self._parent, self._keys = _row_shape(compiled, dialect, self.tells_moment)

    def values(self, params: Mapping[str, Any]) -> list[Any]:
        """In the driver's order and its types. Raises LookupError for one that must be given and is not."""
        made = []
        for name, place, change, default in self._slots:
            value = params.get(name, default)
            if value is MISSING:
                raise LookupError(name)
            if place is not None:
                value = value[place]
            made.append(value if change is None else change(value))
        return made

    def row(self, found: Sequence[Any]) -> Row[Any]:
        return make_row(self._parent, self._makes, self._keys, found[:-1] if self.tells_moment else found)


class NotSimple(Exception):
    """A statement for SQLAlchemy itself."""


class Preparer:
    """The prepared statements of one engine; a statement that is nobody's any more is forgotten with it."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: WeakKeyDictionary[Executable, dict[Shape, Prepared | None]] = WeakKeyDictionary()
        # What the driver's adapter wants to know of the context an error happened in.
        self._context: Any = dialect.execution_ctx_cls.__new__(dialect.execution_ctx_cls)
        self._context.dialect = dialect

    def run(
        self, connection: Connection, statement: Executable, params: Mapping[str, Any], *, moment: bool = False
    ) -> Ran | None:
        """None if SQLAlchemy must run it: then nothing has happened. Raises SQLAlchemy's errors.

        `moment`: let a SELECT tell PostgreSQL's time of the transaction, too.
        """
        prepared = self._prepared(statement, params, moment)
        if prepared is None:
            return None
        try:
            values = prepared.values(params)
        except Exception:
            return None  # SQLAlchemy says best what is wrong with them
        return self._execute(connection, prepared, values)

    def numbers_rows(self, statement: Executable, params: Mapping[str, Any]) -> bool:
        """Whether it inserts into a table whose rows the store numbers by itself."""
        prepared = self._prepared(statement, params)
        return prepared is not None and prepared.numbers_rows

    def _prepared(self, statement: Executable, params: Mapping[str, Any], moment: bool = False) -> Prepared | None:
        shapes = self._known.get(statement)
        if shapes is None:
            shapes = self._known[statement] = {}
        shape = (moment, *[(name, len(value)) if type(value) is list else name for name, value in params.items()])
        try:
            return shapes[shape]
        except KeyError:
            try:
                shapes[shape] = Prepared(statement, self._dialect, params, moment)
            except Exception:
                shapes[shape] = None
            return shapes[shape]

    def _execute(self, connection: Connection, prepared: Prepared, values: Sequence[Any]) -> Ran:
        if not connection.in_transaction():
            connection.begin()
        cursor: Any = None
        driver: Any = connection.connection.dbapi_connection
        try:
            if isinstance(driver, AsyncAdapt_asyncpg_connection):
                found, changed = await_only(_asked(driver, prepared.sql, values, self._dialect))
            else:
                cursor = driver.cursor()
                cursor.execute(prepared.sql, values)
                found, changed = cursor.fetchall() if cursor.description else (), cursor.rowcount
            moment = found[0][-1] if found and prepared.tells_moment else None
            return Ran([prepared.row(row) for row in found], changed, getattr(cursor, "lastrowid", 0), moment)
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


def _slots(
    compiled: SQLCompiler, params: Mapping[str, Any]
) -> tuple[str, list[tuple[str, int | None, Change | None, Any]]]:
    """The SQL; and for each of its values: whose, the place in its list, what makes it the driver's, the default."""
    sql, order = compiled.string, compiled.positiontup or []
    change: dict[str, Any] = dict(compiled._bind_processors)
    places: dict[str, tuple[str, int]] = {}
    if compiled.post_compile_params:
        state = compiled.construct_expanded_state(dict(params))
        sql, order = state.statement, state.positiontup or []
        change |= state.processors
        for name, expanded in state.parameter_expansion.items():
            places |= {one: (name, place) for place, one in enumerate(expanded)}
    defaults = {
        name: MISSING if bound.required else bound.effective_value for bound, name in compiled.bind_names.items()
    }
    slots = []
    for one in order:
        name, place = places.get(one, (one, None))
        slots.append((name, place, change.get(one), defaults[name]))
    if any(isinstance(processor, tuple) for _, _, processor, _ in slots):
        raise NotSimple  # a list of tuples
    return sql, slots


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
