"""pgvector's types; samples are those of the protocol digest, section 14.4, messages pgvector's."""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.types import oids
from pgiris.types.context import DEFAULT_CONTEXT
from pgiris.types.registry import decode, encode, read_text, write_text
from pgiris.types.typmods import apply_typmod

SAMPLES = [
    (oids.VECTOR, "[1,2]", "[1,2]", "000200003f80000040000000"),
    (oids.VECTOR, " [ 1 , .5,-1e3 ] ", "[1,0.5,-1000]", "000300003f8000003f000000c47a0000"),
    (oids.VECTOR, "[0.1,1e-10,123456.7]", "[0.1,1e-10,123456.7]", "000300003dcccccd2edbe6ff47f1205a"),
    (oids.HALFVEC, "[1,-2]", "[1,-2]", "000200003c00c000"),
    (oids.HALFVEC, "[0.1]", "[0.099975586]", "000100002e66"),
    (oids.SPARSEVEC, "{1:1.5,3:2}/5", "{1:1.5,3:2}/5", "00000005000000020000000000000000000000023fc0000040000000"),
    (oids.SPARSEVEC, "{3:2,1:1.5,2:0}/5", "{1:1.5,3:2}/5", "00000005000000020000000000000000000000023fc0000040000000"),
    (oids.SPARSEVEC, "{}/3", "{}/3", "000000030000000000000000"),
]


@pytest.mark.parametrize(("oid", "literal", "text", "data"), SAMPLES)
def test_vectors_read_and_print_in_both_formats(oid: int, literal: str, text: str, data: str) -> None:
    value = read_text(oid, literal, DEFAULT_CONTEXT)
    assert write_text(oid, value, DEFAULT_CONTEXT) == text
    assert encode(oid, 1, value, DEFAULT_CONTEXT).hex() == data
    assert write_text(oid, decode(oid, 1, bytes.fromhex(data), DEFAULT_CONTEXT), DEFAULT_CONTEXT) == text


REFUSED = [
    (oids.VECTOR, "1,2", "22P02", 'invalid input syntax for type vector: "1,2"'),
    (oids.VECTOR, "[1,2", "22P02", 'invalid input syntax for type vector: "[1,2"'),
    (oids.VECTOR, "[1,,2]", "22P02", 'invalid input syntax for type vector: "[1,,2]"'),
    (oids.VECTOR, "[a]", "22P02", 'invalid input syntax for type vector: "[a]"'),
    (oids.VECTOR, "[1] x", "22P02", 'invalid input syntax for type vector: "[1] x"'),
    (oids.VECTOR, "[]", "22000", "vector must have at least 1 dimension"),
    (oids.VECTOR, "[NaN]", "22003", "NaN not allowed in vector"),
    (oids.VECTOR, "[-Infinity]", "22003", "infinite value not allowed in vector"),
    (oids.VECTOR, "[1e40]", "22003", '"1e40" is out of range for type vector'),
    (oids.VECTOR, "[" + ",".join("1" * 16_001) + "]", "54000", "vector cannot have more than 16000 dimensions"),
    (oids.HALFVEC, "[65520]", "22003", '"65520" is out of range for type halfvec'),
    (oids.SPARSEVEC, "{6:1}/5", "22000", "sparsevec index out of bounds"),
    (oids.SPARSEVEC, "{1:1,1:2}/5", "22000", "sparsevec indices must not contain duplicates"),
    (oids.SPARSEVEC, "{}/0", "22000", "sparsevec must have at least 1 dimension"),
]


@pytest.mark.parametrize(("oid", "literal", "state", "message"), REFUSED)
def test_bad_vectors_are_refused_in_pgvectors_words(oid: int, literal: str, state: str, message: str) -> None:
    with pytest.raises(PgError) as caught:
        read_text(oid, literal, DEFAULT_CONTEXT)
    assert (caught.value.sqlstate, caught.value.message) == (state, message)


BAD_BYTES = [
    (oids.VECTOR, "", "08P01", "insufficient data left in message"),
    (oids.VECTOR, "00000000", "22000", "vector must have at least 1 dimension"),
    (oids.VECTOR, "000100013f800000", "22000", "expected unused to be 0, not 1"),
    (oids.VECTOR, "00010000", "08P01", "insufficient data left in message"),
    (oids.VECTOR, "000100007fc00000", "22003", "NaN not allowed in vector"),
    (oids.VECTOR, "000100003f80000000", "22P03", "incorrect binary data format"),
    (oids.VECTOR, "ffff0000", "54000", "vector cannot have more than 16000 dimensions"),
    (oids.SPARSEVEC, "000000030000000200000000" "0000000100000000" "3f8000003f800000", "22000",
     "sparsevec indices must be in ascending order"),
]  # fmt: skip


@pytest.mark.parametrize(("oid", "data", "state", "message"), BAD_BYTES)
def test_bad_bytes_are_refused(oid: int, data: str, state: str, message: str) -> None:
    with pytest.raises(PgError) as caught:
        decode(oid, 1, bytes.fromhex(data), DEFAULT_CONTEXT)
    assert (caught.value.sqlstate, caught.value.message) == (state, message)


def test_a_column_of_three_dimensions_takes_no_other_vector() -> None:
    value = read_text(oids.VECTOR, "[1,2]", DEFAULT_CONTEXT)
    with pytest.raises(PgError) as caught:
        apply_typmod(oids.VECTOR, value, 3)
    assert (caught.value.sqlstate, caught.value.message) == ("22000", "expected 3 dimensions, not 2")
    assert apply_typmod(oids.VECTOR, value, 2) == value
