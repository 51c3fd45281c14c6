"""The VAT recap of a document, by hand."""

from cagette.core.money import Money
from orders.baskets.taxing import recap


def test_the_vat_of_a_document_is_taken_from_the_sum_of_each_rate():
    found = recap([(550, Money(340)), (2000, Money(999)), (550, Money(285))])

    # 6.25 at 5.5 % holds 0.3258 of VAT; 9.99 at 20 % holds 1.665, which rounds half up to 1.67
    assert [(s.permyriad, s.gross.cents, s.net.cents, s.vat.cents) for s in found.splits] == [
        (550, 625, 592, 33),
        (2000, 999, 832, 167),
    ]
    assert (found.gross, found.net, found.vat) == (Money(1624), Money(1424), Money(200))


def test_small_lines_are_summed_before_the_vat_is_rounded():
    found = recap([(550, Money(10)), (550, Money(10))])

    assert found.vat == Money(1)  # 0.20 holds 0.0104; twice 0.0052 would have been 0.02


def test_a_rate_of_nothing_holds_no_vat_and_a_document_of_nothing_has_no_rates():
    assert recap([(0, Money(500))]).vat == Money()
    assert recap([]).splits == ()
    assert recap([]).gross == Money()
