"""Aggregates that SQLite does not compute as IRIS does. Each is a window function too (apsw's four callbacks)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any, Final

from pgiris.standin import decimals
from pgiris.standin.decimals import CONTEXT, ZERO
from pgiris.standin.functions import lists


class Total:
    """SUM and AVG of decimals: one integer sum for each exponent, which is exact and needs no rounding."""

    def __init__(self, average: bool) -> None:
        self.average = average
        self.sums: dict[int, int] = {}
        self.count = 0

    def step(self, value: str | None) -> None:
        if value is not None:
            coefficient, exponent = decimals.parts(value)
            self.sums[exponent] = self.sums.get(exponent, 0) + coefficient
            self.count += 1

    def inverse(self, value: str | None) -> None:
        if value is not None:
            coefficient, exponent = decimals.parts(value)
            self.sums[exponent] -= coefficient
            self.count -= 1

    def value(self) -> str | None:
        if not self.count:
            return None
        total = ZERO
        for exponent, coefficient in self.sums.items():
            total = CONTEXT.add(total, Decimal(coefficient).scaleb(exponent, CONTEXT))
        return decimals.encode(decimals.quotient(total, Decimal(self.count)) if self.average else total)

    final = value


class IntegerTotal:
    """SUM of integers, without SQLite's overflow error, and AVG of integers, which is a decimal."""

    def __init__(self, average: bool) -> None:
        self.average = average
        self.total = 0
        self.count = 0

    def step(self, value: int | None) -> None:
        if value is not None:
            self.total += value
            self.count += 1

    def inverse(self, value: int | None) -> None:
        if value is not None:
            self.total -= value
            self.count -= 1

    def value(self) -> object:
        if not self.count:
            return None
        if self.average:
            return decimals.encode(decimals.quotient(Decimal(self.total), Decimal(self.count)))
        return self.total if -(2**63) <= self.total < 2**63 else float(self.total)

    final = value


class Spread:
    """VARIANCE and STDDEV over decimals or doubles: `population` divides by n, else by n - 1."""

    def __init__(self, population: bool, root: bool, double: bool) -> None:
        self.population, self.root, self.double = population, root, double
        self.values: list[Decimal] = []

    def step(self, value: object) -> None:
        if value is not None:
            self.values.append(decimals.decode(value) if isinstance(value, str) else Decimal(str(value)))

    def inverse(self, value: object) -> None:
        if value is not None:
            self.values.pop(0)

    def value(self) -> object:
        count = len(self.values)
        if not count:
            return None
        divisor = count if self.population else count - 1
        if not divisor:
            return 0.0 if self.double else decimals.encode(ZERO)
        with localcontext(CONTEXT):
            mean = sum(self.values, ZERO) / count
            squares = sum(((v - mean) * (v - mean) for v in self.values), ZERO)
        result = CONTEXT.divide(squares, Decimal(divisor))
        if self.root:
            result = CONTEXT.sqrt(result)
        if self.double:
            return float(result)
        return decimals.encode(decimals.QUOTIENT.plus(result))

    final = value


class Collected:
    """LIST, %DLIST, JSON_ARRAYAGG and XMLAGG: the values in the order in which they come."""

    def __init__(self, finish: Callable[[list[Any]], object]) -> None:
        self.values: list[Any] = []
        self.finish = finish

    def step(self, value: object) -> None:
        if value is not None:
            self.values.append(value)

    def inverse(self, value: object) -> None:
        if value is not None:
            self.values.pop(0)

    def value(self) -> object:
        return self.finish(self.values)

    final = value


def list_text(values: list[str]) -> str | None:
    return ",".join(values) if values else None


def dlist(values: list[str]) -> bytes | None:
    return lists.build(*values) if values else None


def xml_text(values: list[str]) -> str | None:
    return "".join(values) if values else None


def json_array(values: list[str]) -> str:
    return "[" + ",".join(values) + "]"


def json_string(value: str | None) -> str | None:
    """A string as a JSON text, for JSON_ARRAYAGG."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


class DoubleTotal:
    """SUM and AVG of doubles as a window that can shrink."""

    def __init__(self, average: bool) -> None:
        self.average = average
        self.values: list[float] = []

    def step(self, value: float | None) -> None:
        if value is not None:
            self.values.append(value)

    def inverse(self, value: float | None) -> None:
        if value is not None:
            self.values.pop(0)

    def value(self) -> float | None:
        if not self.values:
            return None
        total = math.fsum(self.values) if all(map(math.isfinite, self.values)) else sum(self.values)
        return total / len(self.values) if self.average else total

    final = value


AGGREGATES: Final[dict[str, Callable[[], Any]]] = {
    "iris_sum_n": lambda: Total(False),
    "iris_avg_n": lambda: Total(True),
    "iris_sum_i": lambda: IntegerTotal(False),
    "iris_avg_i": lambda: IntegerTotal(True),
    "iris_var_samp_n": lambda: Spread(False, False, False),
    "iris_var_pop_n": lambda: Spread(True, False, False),
    "iris_stddev_samp_n": lambda: Spread(False, True, False),
    "iris_stddev_pop_n": lambda: Spread(True, True, False),
    "iris_var_samp_f": lambda: Spread(False, False, True),
    "iris_var_pop_f": lambda: Spread(True, False, True),
    "iris_stddev_samp_f": lambda: Spread(False, True, True),
    "iris_stddev_pop_f": lambda: Spread(True, True, True),
    "iris_list": lambda: Collected(list_text),
    "iris_dlist": lambda: Collected(dlist),
    "iris_xmlagg": lambda: Collected(xml_text),
    "iris_json_arrayagg": lambda: Collected(json_array),
}
"""Aggregate and window functions by SQLite name; ``_n`` takes decimals, ``_i`` integers, ``_f`` doubles."""
