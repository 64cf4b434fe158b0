"""A small shop: 1,000 customers, 200 products, 10,000 orders with 30,000 items. Every start makes the same one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, NamedTuple

from pgiris.demo.numbers import below, choose, words

CUSTOMERS: Final = 1_000
PRODUCTS: Final = 200
ORDERS: Final = 10_000
LINES: Final = (1, 2, 3, 4, 5)
"""Items of an order, in turn: three on average."""

OPENING: Final = datetime(2023, 1, 2, 8, 0, tzinfo=timezone.utc)
"""When the first order came; the last one came two years later."""

ORDER_EVERY: Final = timedelta(minutes=105)

FIRST_NAMES: Final = words(
    "Ada Akira Amara Anna Bela Carlos Chiara Dariusz Edda Elif Emil Farah Finn Grace Hana Ines Ivo Jonas Kaito "
    "Karla Lena Liam Luis Maja Marta Mateo Mila Nadia Nils Noor Olga Omar Paula Priya Rafael Rosa Sami Sofia "
    "Tariq Yara"
)
LAST_NAMES: Final = words(
    "Abe Almeida Andersen Bauer Berg Bianchi Castro Chen Diaz Dubois Fischer Garcia Haddad Hansen Ito Jansen "
    "Khan Kowalski Larsen Lindqvist Maier Moreau Nagy Novak Okafor Olsen Patel Pereira Rossi Sato Schmidt Silva "
    "Singh Suzuki Tanaka Varga Vogel Weber Yilmaz Zhang"
)
CITIES: Final = (
    ("Lisboa", "PT"),
    ("München", "DE"),
    ("Hamburg", "DE"),
    ("Lyon", "FR"),
    ("Kraków", "PL"),
    ("Malmö", "SE"),
    ("Oslo", "NO"),
    ("Torino", "IT"),
    ("Boston", "US"),
    ("São Paulo", "BR"),
    ("Osaka", "JP"),
    ("Nairobi", "KE"),
)
CATEGORIES: Final = {
    "garden": ("watering can", "trowel", "seed box", "plant pot", "rake"),
    "kitchen": ("kettle", "bread knife", "mixing bowl", "frying pan", "scale"),
    "office": ("notebook", "desk lamp", "stapler", "fountain pen", "paper tray"),
    "outdoor": ("tent", "sleeping bag", "compass", "head torch", "water bottle"),
    "workshop": ("hammer", "hand saw", "spirit level", "clamp", "tool box"),
}
MAKES: Final = ("classic", "compact", "deluxe", "folding", "heavy", "light", "plain", "steel")
STATUSES: Final = ("delivered", "delivered", "delivered", "delivered", "shipped", "returned", "cancelled")
OPEN_ORDERS: Final = 150
"""The newest orders, still open."""


class Customer(NamedTuple):
    """A row of table ``customer``."""

    id: int
    name: str
    email: str
    city: str
    country: str
    born: date | None
    active: bool
    discount: float
    preferences: str
    joined: datetime


class Product(NamedTuple):
    """A row of table ``product``."""

    id: int
    name: str
    category: str
    price: Decimal
    weight: float | None
    available: bool
    introduced: date


class Order(NamedTuple):
    """A row of table ``orders``."""

    id: int
    customer_id: int
    status: str
    ordered: datetime
    shipped: date | None
    total: Decimal
    note: str | None


class OrderItem(NamedTuple):
    """A row of table ``order_item``."""

    order_id: int
    line: int
    product_id: int
    quantity: int
    price: Decimal


def customers() -> Iterator[Customer]:
    for number in range(1, CUSTOMERS + 1):
        first, last = choose(FIRST_NAMES, 1, number), choose(LAST_NAMES, 2, number)
        city, country = choose(CITIES, 3, number)
        preferences = {"newsletter": below(3, 4, number) == 0, "language": country.lower()}
        yield Customer(
            id=number,
            name=f"{first} {last}",
            email=f"{first}.{last}{number}@example.com".lower(),
            city=city,
            country=country,
            born=None if below(10, 5, number) == 0 else date(1945, 1, 1) + timedelta(days=below(22_000, 6, number)),
            active=below(12, 7, number) > 0,
            discount=below(5, 8, number) / 40,
            preferences=json.dumps(preferences),
            joined=OPENING - timedelta(minutes=below(1_000_000, 9, number)),
        )


def products() -> Iterator[Product]:
    kinds = [(category, kind) for category, kinds in CATEGORIES.items() for kind in kinds]
    for number in range(1, PRODUCTS + 1):
        category, kind = kinds[(number - 1) % len(kinds)]
        make = MAKES[(number - 1) // len(kinds) % len(MAKES)]
        yield Product(
            id=number,
            name=f"{make} {kind}",
            category=category,
            price=price_of(number),
            weight=None if below(15, 22, number) == 0 else (below(4_000, 23, number) + 50) / 1000,
            available=below(10, 24, number) > 0,
            introduced=date(2019, 1, 1) + timedelta(days=below(1_400, 25, number)),
        )


def price_of(product: int) -> Decimal:
    """What a product costs: between 2.49 and 152.49."""
    return Decimal(249 + 50 * below(301, 21, product)).scaleb(-2)


def items_of(order: int) -> Iterator[OrderItem]:
    for line in range(1, LINES[order % len(LINES)] + 1):
        product = 1 + below(PRODUCTS, 41, order, line)
        yield OrderItem(order, line, product, 1 + below(4, 42, order, line), price_of(product))


def orders() -> Iterator[Order]:
    for number in range(1, ORDERS + 1):
        ordered = OPENING + ORDER_EVERY * (number - 1) + timedelta(seconds=below(6000, 31, number))
        status = "open" if number > ORDERS - OPEN_ORDERS else choose(STATUSES, 32, number)
        sent = status not in ("open", "cancelled")
        yield Order(
            id=number,
            customer_id=1 + below(CUSTOMERS, 33, number),
            status=status,
            ordered=ordered,
            shipped=ordered.date() + timedelta(days=1 + below(4, 34, number)) if sent else None,
            total=sum((item.quantity * item.price for item in items_of(number)), Decimal()),
            note="please ring twice" if below(25, 35, number) == 0 else None,
        )


def order_items() -> Iterator[OrderItem]:
    for number in range(1, ORDERS + 1):
        yield from items_of(number)
