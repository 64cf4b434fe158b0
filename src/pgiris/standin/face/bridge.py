"""How Python code inside IRIS touches IRIS objects: object references, by-reference boxes, one thread.

An IRIS object is a plain Python object (`IrisObject`) whose methods and properties carry IRIS's names. Code inside
IRIS never holds one: it holds an `Oref`, which offers those names alone, ``%`` spelt ``_``
(S:using-embedded-python 7.1). Two surprises are here. The bridge keeps one "current method" for an object, so that a
bound method must be called at once and never kept (embedded.md 2.2). And a process belongs to one thread
(embedded.md 3.2).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ClassVar, Final, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

NAME: Final = "_iris_name"
KIND: Final = "_iris_kind"


class IrisRuntimeError(RuntimeError):
    """An ObjectScript error such as ``<INVALID OREF>``; its text is all that is documented (embedded.md 13.9)."""


class Thread:
    """The one thread that may use a process: the first that does."""

    def __init__(self) -> None:
        self._owner = 0

    def check(self) -> None:
        """Raises IrisRuntimeError in another thread, as callin's IRIS_NOCON (BXCI_callin_multithreading)."""
        current = threading.get_ident()
        if not self._owner:
            self._owner = current
        elif self._owner != current:
            raise IrisRuntimeError("IRIS_NOCON: this thread is not connected to the IRIS process")


def marked(kind: str, name: str) -> Callable[[F], F]:
    def mark(function: F) -> F:
        setattr(function, NAME, name)
        setattr(function, KIND, kind)
        return function

    return mark


def method(name: str) -> Callable[[F], F]:
    """Makes a Python method the IRIS method `name`."""
    return marked("method", name)


def reads(name: str) -> Callable[[F], F]:
    """Makes a Python method the getter of the IRIS property `name`."""
    return marked("reads", name)


def writes(name: str) -> Callable[[F], F]:
    """Makes a Python method the setter of the IRIS property `name`."""
    return marked("writes", name)


def python_name(name: str) -> str:
    """``%Next`` is ``_Next`` in Python."""
    return name.replace("%", "_")


class IrisObject:
    """Base of the emulated classes. `class_name` is the IRIS class; `thread` is that of the process."""

    class_name: ClassVar[str] = "%Library.RegisteredObject"
    members: ClassVar[dict[str, dict[str, Callable[..., Any]]]] = {"method": {}, "reads": {}, "writes": {}}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.members = {kind: dict(known) for kind, known in cls.members.items()}
        for function in vars(cls).values():
            name = getattr(function, NAME, None)
            if name is not None:
                cls.members[getattr(function, KIND)][python_name(name)] = function

    def __init__(self, thread: Thread) -> None:
        self.thread = thread
        self.current_method: Call | None = None


class Call:
    """A method taken from an object. It works once, and only while no other was taken from the same object."""

    __slots__ = ("_function", "_name", "_target")

    def __init__(self, target: IrisObject, name: str, function: Callable[..., Any]) -> None:
        self._target = target
        self._name = name
        self._function = function
        target.current_method = self

    def __call__(self, *arguments: Any) -> Any:
        target = self._target
        target.thread.check()
        if target.current_method is not self:
            raise IrisRuntimeError(f"Method not found: {target.class_name}:{self._name}")
        target.current_method = None
        return outward(self._function(target, *arguments))


class Oref:
    """What Python holds of an IRIS object: its methods and properties by IRIS's names, and nothing else."""

    __slots__ = ("__weakref__", "_oref_target")

    def __init__(self, target: IrisObject) -> None:
        object.__setattr__(self, "_oref_target", target)

    def __getattr__(self, name: str) -> Any:
        target: IrisObject = object.__getattribute__(self, "_oref_target")
        target.thread.check()
        function = target.members["method"].get(name)
        if function is not None:
            return Call(target, name, function)
        getter = target.members["reads"].get(name)
        if getter is None:
            raise AttributeError(f"<PROPERTY DOES NOT EXIST> {name},{target.class_name}")
        return outward(getter(target))

    def __setattr__(self, name: str, value: object) -> None:
        target: IrisObject = object.__getattribute__(self, "_oref_target")
        target.thread.check()
        setter = target.members["writes"].get(name)
        if setter is None:
            raise AttributeError(f"<CANNOT SET THIS PROPERTY> {name},{target.class_name}")
        setter(target, value)

    def __repr__(self) -> str:
        return f"<iris.{self._oref_target.class_name} object>"


def outward(value: Any) -> Any:
    """An IRIS object leaves as an object reference, anything else as it is."""
    return Oref(value) if isinstance(value, IrisObject) else value


class Ref:
    """``iris.ref(v)``: a box for a by-reference argument (GEPYTHON_reference_core)."""

    __slots__ = ("value",)

    def __init__(self, value: object = None) -> None:
        self.value = value


class ArrayRef:
    """``iris.arrayref({})``: a box for a multidimensional array; `value` is a dictionary."""

    __slots__ = ("value",)

    def __init__(self, value: dict[Any, Any] | None = None) -> None:
        self.value: dict[Any, Any] = {} if value is None else value


def put(box: object, value: object) -> None:
    """Set an output argument that the caller asked for."""
    if isinstance(box, Ref):
        box.value = value
    elif box is not None and box != "":
        raise IrisRuntimeError("<PARAMETER> an output argument must be an iris.ref")
