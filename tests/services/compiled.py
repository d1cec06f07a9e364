"""What is compiled from our own sources is the same for each application and engine, so it is compiled once for all."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


def keep_statements() -> None:
    """From now on engines of this process look a statement up in one store: a fifth of the suite's time went into
    compiling the same statements anew for each test."""
    store: LRUCache[object, object] = LRUCache(4_000)
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        dialect.__eq__ = lambda self, other: type(self) is type(other)
        dialect.__hash__ = lambda self: hash(type(self))
    Engine._compiled_cache = property(lambda self: store, lambda self, value: None)


def keep_addresses() -> None:
    """Werkzeug compiles each route anew for each application: most of the time that making one takes. What it compiles
    depends on the route's pattern alone."""
    compile_, kept = Rule.compile, {}
    of_a_compiled_rule = ("_parts", "_trace", "_converters", "arguments")

    def compile_once(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults))
        if key not in kept:
            compile_(rule)
            build = rule._build.__func__, rule._build_unknown.__func__
            kept[key] = [getattr(rule, name) for name in of_a_compiled_rule], *build
            return
        parts, build, build_unknown = kept[key]
        for name, part in zip(of_a_compiled_rule, parts, strict=True):
            setattr(rule, name, part)
        rule._build, rule._build_unknown = build.__get__(rule), build_unknown.__get__(rule)

    Rule.compile = compile_once


def keep_templates(folder: Path) -> None:
    """What one application of this run has compiled, in whichever process, serves all that follow: else compiling
    would take half of a test's time."""
    folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}
