# SPDX-License-Identifier: Apache-2.0
"""The list of the golden test cases, and what a family of them is written in.

`CASES` maps a name to a function (name, folder) that writes the model and returns its inputs. Cases
of a single operator are rows of tables (`rows`). Cases about how operators meet are functions
marked `@case`.
"""

import functools

import export
from graph import CLIPPED

CASES = {}


def register(name, make):
    assert name not in CASES, name
    CASES[name] = make


def case(build=None, **settings):
    """Registers `build(graph)` under its own name; `settings` are attributes of the graph."""
    if build is None:
        return functools.partial(case, **settings)
    register(build.__name__, functools.partial(export.graph_case, build=build, settings=settings))
    return build


def rows(prefix, build, table):
    """Registers a case for each row of the table: `build(graph, **row)`."""
    for name, row in table.items():
        settings = {"style": row.pop("style", CLIPPED)}
        bound = functools.partial(build, **row)
        register(
            f"{prefix}_{name}", functools.partial(export.graph_case, build=bound, settings=settings)
        )


def layer_case(**settings):
    """Registers a layer to export with `paddle.jit.save`; `settings` go to `export.layer_case`."""

    def decorate(layer):
        register(layer.__name__, functools.partial(export.layer_case, layer=layer, **settings))
        return layer

    return decorate
