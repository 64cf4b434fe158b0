"""PostgreSQL's types: the catalogue, and text and binary codecs.

**Values.** Inside pgiris a value of a PostgreSQL type has one Python form, PostgreSQL's own internal one where
that is a number. Codecs turn it into text or binary and back; backends turn IRIS's forms into it and back.

=====================  =========================================================================
type                   Python value
=====================  =========================================================================
NULL                   ``None``
bool                   ``bool``
int2 int4 int8 oid     ``int``
float4 float8          ``float`` (a float4 already rounded to single precision)
numeric                ``decimal.Decimal`` (NaN and the infinities included; its exponent is the scale)
text varchar bpchar    ``str``
name json jsonb xml    ``str``
"char"                 ``str`` of at most one character, which stands for a byte
regclass regtype …     ``int``, or ``str`` for a name that the catalog still has to look up
bytea                  ``bytes``
date                   ``int``, days since 2000-01-01; ``DATE_INFINITY``, ``-DATE_INFINITY - 1``
time                   ``int``, microseconds since midnight, up to 24:00:00
timetz                 ``TimeTz(microseconds, seconds west of UTC)``
timestamp timestamptz  ``int``, microseconds since 2000-01-01 (UTC for timestamptz);
                       ``TIMESTAMP_INFINITY``, ``-TIMESTAMP_INFINITY - 1``
interval               ``Interval(months, days, microseconds)``
uuid                   ``str``, 36 characters in lower case
vector halfvec         ``array.array("f")``
sparsevec              ``SparseVector(dimensions, indices, values)``
arrays                 ``list`` of element values, nested for more dimensions; ``BoundedArray`` when the
                       dimensions do not all begin at 1
=====================  =========================================================================

The room knows bytes and OIDs. It must not know SQL text, IRIS or asyncio.
"""
