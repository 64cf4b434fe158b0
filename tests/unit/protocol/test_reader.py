"""Framing: within limits, however the stream is cut, each byte touched a few times only."""

from __future__ import annotations

import time

import pytest

from pgiris.errors import ProtocolViolation
from pgiris.protocol.reader import MessageReader, UnexpectedTag

LIMITS = {0x51: 1 << 30, 0x53: 100}


def frame(tag: bytes, body: bytes) -> bytes:
    return tag + (len(body) + 4).to_bytes(4, "big") + body


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 11, 1000])
def test_frames_come_out_however_the_stream_is_cut(size: int) -> None:
    frames = [(0x51, b"a" * length) for length in (0, 1, 5, 300)] + [(0x53, b"")]
    stream = b"".join(frame(bytes([tag]), body) for tag, body in frames)
    reader = MessageReader()
    seen = []
    for at in range(0, len(stream), size):
        reader.feed(stream[at : at + size])
        while (found := reader.message(LIMITS)) is not None:
            seen.append(found)
    assert seen == frames
    assert reader.buffered == 0


def test_a_bad_tag_is_known_at_its_one_byte() -> None:
    reader = MessageReader()
    reader.feed(b"!")
    with pytest.raises(UnexpectedTag):
        reader.message(LIMITS)


def test_a_bad_length_is_known_at_its_fourth_byte() -> None:
    reader = MessageReader()
    reader.feed(b"S\0\0\0")
    assert reader.message(LIMITS) is None
    reader.feed(b"\x65")
    with pytest.raises(ProtocolViolation) as caught:
        reader.message(LIMITS)
    assert caught.value.severity == "FATAL"


def test_the_limit_itself_is_allowed() -> None:
    reader = MessageReader()
    reader.feed(frame(b"S", b"x" * 96))
    assert reader.message(LIMITS) == (0x53, b"x" * 96)


def test_peeking_tells_the_next_whole_message_and_reads_nothing() -> None:
    reader = MessageReader()
    assert reader.peek() is None
    reader.feed(frame(b"Q", b"abc")[:-1])
    assert reader.peek() is None
    reader.feed(b"c")
    assert reader.peek() == 0x51
    assert reader.message(LIMITS) == (0x51, b"abc")
    assert reader.peek() is None


def test_everything_unread_can_be_taken_or_forgotten() -> None:
    reader = MessageReader()
    reader.feed(b"\x16ab")
    reader.feed(b"c")
    assert reader.take_all() == b"\x16abc"
    assert reader.buffered == 0
    reader.feed(b"x")
    reader.clear()
    assert reader.first_byte() is None


def test_a_startup_packet_is_seen_when_it_can_be_judged() -> None:
    reader = MessageReader()
    reader.feed(b"\0\0\0")
    assert not reader.has_startup_packet()
    reader.feed(b"\x09abcd")
    assert not reader.has_startup_packet()
    reader.feed(b"e")
    assert reader.has_startup_packet()
    assert reader.startup_packet(10) == b"abcde"


def test_what_has_been_read_is_not_kept() -> None:
    reader = MessageReader()
    for piece in (b"Q\0\x10\0\x04", bytes(1 << 20)):
        reader.feed(piece)
    assert reader.message(LIMITS) is not None
    assert (reader._data, reader._tail) == (b"", b"")


def seconds_for(size: int, piece: int) -> float:
    reader = MessageReader()
    stream = frame(b"Q", bytes(size))
    begin = time.perf_counter()
    for at in range(0, len(stream), piece):
        reader.feed(stream[at : at + piece])
        found = reader.message(LIMITS)
    assert found is not None
    return time.perf_counter() - begin


def test_a_long_message_in_small_pieces_costs_linear_time() -> None:
    seconds_for(10_000, 10)
    small = min(seconds_for(200_000, 10) for _ in range(3))
    large = min(seconds_for(1_600_000, 10) for _ in range(3))
    assert large < small * 8 * 4  # eight times the bytes; quadratic would be 64 times the time


def test_many_messages_in_one_piece_cost_linear_time() -> None:
    def seconds(count: int) -> float:
        reader = MessageReader()
        reader.feed(b"")
        begin = time.perf_counter()
        reader.feed(frame(b"Q", b"abc") * count)
        while reader.message(LIMITS) is not None:
            pass
        return time.perf_counter() - begin

    small = min(seconds(5_000) for _ in range(3))
    assert min(seconds(40_000) for _ in range(3)) < small * 8 * 4


def test_what_arrives_while_messages_wait_follows_them_at_once() -> None:
    reader = MessageReader()
    reader.feed(frame(b"Q", b"a\0") + frame(b"Q", b"b\0"))
    limits = {ord("Q"): 100}
    assert reader.message(limits) == (ord("Q"), b"a\0")
    reader.feed(frame(b"Q", b"c\0"))
    assert reader.message(limits) == (ord("Q"), b"b\0")
    assert reader.message(limits) == (ord("Q"), b"c\0")
    assert reader.message(limits) is None
