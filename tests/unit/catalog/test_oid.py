"""OIDs are derived from names."""

from __future__ import annotations

from pgiris.catalog.oid import FIRST, assigned, derived


def test_an_oid_depends_on_kind_schema_and_name_without_case() -> None:
    assert derived("relation", "SQLUser", "Flower") == derived("relation", "sqluser", "FLOWER")
    assert derived("relation", "SQLUser", "a") != derived("index", "SQLUser", "a")
    assert derived("relation", "a", "bc") != derived("relation", "ab", "c")


def test_oids_stay_the_same_from_release_to_release() -> None:
    assert derived("relation", "SQLUser", "flower") == 1_730_947_304


def test_a_hundred_thousand_objects_have_different_oids_in_range() -> None:
    names = [(f"schema{n % 100}", f"table{n}") for n in range(100_000)]
    oids = assigned("relation", names)
    assert len(set(oids.values())) == len(names)
    assert all(FIRST <= oid < 2**31 for oid in oids.values())


def test_the_order_of_the_names_does_not_matter() -> None:
    names = [("a", f"t{n}") for n in range(1000)]
    assert assigned("relation", names) == assigned("relation", reversed(names))
