"""Compile a numeric function to machine code, with its types named and the result cached.

Numba's own decorator is untyped, and it refuses to work at all where no cache folder can be
written (a read-only container without a home); ours falls back to compiling in memory.
Floating-point operations stay in the order they are written in: results must be equal bit for
bit everywhere.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(signature: str) -> Callable[[Function], Function]:
    """Return a decorator that compiles a function for `signature` and frees the GIL in it."""

    def decorate(function: Function) -> Function:
        try:
            return cast("Function", numba.njit(signature, cache=True, nogil=True)(function))
        except RuntimeError as error:
            if "cannot cache" not in str(error):
                raise
            return cast("Function", numba.njit(signature, nogil=True)(function))

    return decorate
