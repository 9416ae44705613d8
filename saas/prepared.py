"""Statements that are run all day long, and built once.

Django takes ten times as long to put a statement together as the database takes to run it. What is prepared here is an
ordinary queryset, in which every value that is another one each time is a `Parameter`:

    OPEN_TRADES = Prepared(lambda: Trade.objects.filter(bot=Parameter("bot"), status="OPEN"))
    trades = OPEN_TRADES.rows(bot=7)

A parameter's value is what the column has: an id for a foreign key, and never None, which SQL does not compare. All other
values are written out: where one decides whether an index of some of the rows can be used, SQLite would plan the statement
anew at each run, which takes longer than running it.
"""

import re
import threading
from collections.abc import Callable, Mapping
from copy import copy
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler, SQLUpdateCompiler
from django.db.models.sql.constants import ROW_COUNT

PLAIN_TEXT = re.compile(r"[0-9A-Za-z_-]*")
Row = TypeVar("Row")
Values = Mapping[str, Any]
Sql = tuple[str, tuple[Any, ...]]


# Of thirty threads that want a statement for the first time, at the first fall of a price, one builds it.
_building = threading.RLock()


class Parameter(Expression):
    """A value that is told when the statement is run. Of a `field` it is stored as that field stores it."""

    def __init__(self, name: str, field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field=field)
        self.name = name
        self._stored_as = field

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:  # noqa: ARG002
        return "%s", [self]

    def fill(self, values: Values, connection: BaseDatabaseWrapper) -> Any:
        value = values[self.name]
        if self._stored_as is not None:
            return self._stored_as.get_db_prep_save(value, connection)
        return connection.ops.adapt_unknown_value(value)


def _write_out(built: Sql) -> Sql:
    """The statement with all values in it that are no parameters, where that is plain text or a number."""
    statement, parameters = built
    pieces = statement.split("%s")
    if len(pieces) != len(parameters) + 1:
        return built
    written = [_literal(each) for each in parameters]
    text = "".join(
        piece + ("%s" if literal is None else literal)
        for piece, literal in zip(pieces, [*written, ""], strict=True)
    )
    return text, tuple(each for each, literal in zip(parameters, written, strict=True) if literal is None)


def _literal(value: object) -> str | None:
    """As SQL spells it in both databases; None for what it does not spell alike."""
    if isinstance(value, str) and PLAIN_TEXT.fullmatch(value):
        return f"'{value}'"
    return str(value) if type(value) is int else None


class _Filled:
    """Mixed into Django's compilers: the statement as it was built once, with the values of this time."""

    connection: BaseDatabaseWrapper
    built: Sql
    values: Values

    def with_values(self, values: Values, connection: BaseDatabaseWrapper) -> Any:
        """A compiler for one time; what this one has found out about the statement is shared."""
        filled = copy(self)
        filled.values, filled.connection = values, connection
        return filled

    def as_sql(self, *_: Any, **__: Any) -> Sql:
        statement, parameters = self.built
        filled = (
            each.fill(self.values, self.connection) if isinstance(each, Parameter) else each
            for each in parameters
        )
        return statement, tuple(filled)


class _Select(_Filled, SQLCompiler):
    converters: Any

    def get_converters(self, expressions: Any) -> Any:  # noqa: ARG002
        """Of the columns that are read, which are the same each time."""
        return self.converters


class _Update(_Filled, SQLUpdateCompiler):
    pass


class _Source:
    """As much of a queryset and of its query as Django's iterables ask for."""

    db = DEFAULT_DB_ALIAS
    _known_related_objects: Mapping[Any, Any] = {}

    def __init__(self, compiler: SQLCompiler) -> None:
        self.query = self
        self._compiler = compiler

    def get_compiler(self, using: str) -> SQLCompiler:  # noqa: ARG002
        return self._compiler


class Prepared(Generic[Row]):
    """A queryset of instances or of tuples (`values_list`)."""

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        self._build = build
        self._known: _Select | None = None

    @property
    def _compiler(self) -> _Select:
        if self._known is None:
            with _building:
                self._known = self._known or self._prepare()
        return self._known

    def _prepare(self) -> _Select:
        connection = connections[DEFAULT_DB_ALIAS]
        compiler = _Select(self._queryset.query, connection, DEFAULT_DB_ALIAS)
        compiler.built = _write_out(SQLCompiler.as_sql(compiler))
        compiler.converters = SQLCompiler.get_converters(compiler, [column[0] for column in compiler.select])
        return compiler

    @cached_property
    def _queryset(self) -> QuerySet[Any, Row]:
        return self._build()

    def rows(self, **values: Any) -> list[Row]:
        compiler = self._compiler.with_values(values, connections[DEFAULT_DB_ALIAS])
        iterable: Any = self._queryset._iterable_class
        return list(iterable(_Source(compiler)))

    def first(self, **values: Any) -> Row | None:
        """Of a queryset that is cut to one row where it could have more."""
        return next(iter(self.rows(**values)), None)

    def exists(self, **values: Any) -> bool:
        return bool(self.rows(**values))


class PreparedUpdate:
    """An UPDATE of a queryset's rows; one statement is kept for each set of columns that is changed.

    `always` are changes that the database works out itself, each time the same.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Any]], **always: Combinable) -> None:
        self._build = build
        self._always = always
        self._compilers: dict[tuple[str, ...], _Update] = {}

    def run(self, changes: Values, **values: Any) -> int:
        """How many rows there were. No signal is sent, and no `auto_now` set: `changes` are all."""
        columns = tuple(changes)
        if columns not in self._compilers:
            with _building:
                if columns not in self._compilers:
                    self._compilers[columns] = self._prepare(columns)
        named = {f"{name} =": value for name, value in changes.items()}
        compiler = self._compilers[columns].with_values({**values, **named}, connections[DEFAULT_DB_ALIAS])
        return int(compiler.execute_sql(ROW_COUNT))

    def _prepare(self, columns: tuple[str, ...]) -> _Update:
        queryset = self._build()
        fields = queryset.model._meta.get_field
        query: Any = queryset.query.chain(UpdateQuery)
        changed = {name: Parameter(f"{name} =", fields(name)) for name in columns}
        query.add_update_values({**changed, **self._always})
        compiler = _Update(query, connections[DEFAULT_DB_ALIAS], DEFAULT_DB_ALIAS)
        compiler.built = _write_out(SQLUpdateCompiler.as_sql(compiler))
        return compiler


class Insertion:
    """An INSERT of a model whose key the database makes, put together before its transaction begins. No signal is sent."""

    def __init__(self, instance: Model) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        self._instance = instance
        self._values = [
            field.get_db_prep_save(field.pre_save(instance, add=True), connection)
            for field in _inserted(type(instance))
        ]

    def run(self) -> None:
        """The instance as it was then is in the database, and has its key."""
        instance = self._instance
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(_insert_statement(type(instance)), self._values)
            (instance.pk,) = cursor.fetchone()
        instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS


def insert(instance: Model) -> None:
    """What `instance.save(force_insert=True)` does, for a model whose key the database makes. No signal is sent."""
    Insertion(instance).run()


@cache
def _inserted(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    return tuple(field for field in model._meta.local_concrete_fields if not field.primary_key)


@cache
def _insert_statement(model: type[Model]) -> str:
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in _inserted(model))
    places = ", ".join("%s" for _ in _inserted(model))
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {key}"  # noqa: S608 -- a model's own names
