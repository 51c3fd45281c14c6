"""The baskets app: letters to households, checks of stocks and sums."""

from django.apps import AppConfig


class BasketsConfig(AppConfig):
    name = "orders.baskets"
    label = "baskets"

    def ready(self) -> None:
        from cagette.core import integrity
        from orders.baskets import queries

        integrity.register("stocks", queries.find_wrong_stocks)
        integrity.register("order lines", queries.find_wrong_lines)
        integrity.register("pickup counters", queries.find_wrong_counters)
