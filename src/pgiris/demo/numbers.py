"""Choices that look random and are always the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

MASK: Final = 2**64 - 1


def mix(*parts: int) -> int:
    """64 well-mixed bits of some small numbers: the finaliser of SplitMix64 (Steele, Lea and Flood 2014) over each."""
    state = 0
    for part in parts:
        state = (state + part * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
        state ^= state >> 31
    return state


def below(limit: int, *parts: int) -> int:
    """A number from 0 to `limit` - 1."""
    return mix(*parts) % limit


def choose(choices: Sequence[T], *parts: int) -> T:
    """One of `choices`."""
    return choices[below(len(choices), *parts)]


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())
