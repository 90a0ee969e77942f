"""Whatever a business has, it finds again: by id, by name, by service, by day, by provider, in order.

Invariants: INV-11 indexes agree with tables, INV-9 no overlapping bookings.
"""

from harness.checkers.booking import indexes_agree_with_tables, no_overlapping_bookings


def ids(items, name):
    return [item[name] for item in items]


def test_catalog_is_found_by_id_by_name_and_by_service(booking, history):
    salon = booking.tenant()
    hair, nails = salon.category("Hair", order=2), salon.category("Nails", order=1)
    cut, dye = salon.service("Corte  Clásico"), salon.service("Tintura", minutes=90)
    ana, luz = salon.provider(cut, dye, name="Ana"), salon.provider(dye, name="Luz")

    named = salon.all_items("list_services", "/services", {"name": "corte clasico"})
    cutters = salon.all_items("list_providers", "/providers", {"serviceId": cut.service_id})
    dyers = salon.all_items("list_providers", "/providers", {"serviceId": dye.service_id})

    assert ids(named, "serviceId") == [cut.service_id]
    assert ids(cutters, "providerId") == [ana.provider_id]
    assert sorted(ids(dyers, "providerId")) == sorted([ana.provider_id, luz.provider_id])
    assert ids(salon.all_items("list_categories", "/categories"), "categoryId") == [nails, hair]
    assert salon.read("service", f"/services/{dye.service_id}").document["name"] == "Tintura"
    history.satisfies(indexes_agree_with_tables)


def test_booking_is_found_by_id_by_provider_and_by_day(booking, history):
    salon = booking.tenant(zone="America/Santiago")
    cut = salon.service(minutes=30)
    ana, luz = (salon.provider(cut, name=name).available("TUE", "20:00-24:00") for name in ("Ana", "Luz"))
    tuesday = ana.next_day("TUE")
    late = salon.book(ana, cut, ana.slot(cut, tuesday, "23:30"))  # Wednesday already, in UTC
    early = salon.book(luz, cut, luz.slot(cut, tuesday, "20:00"))

    by_id = late.read()

    assert by_id.answer.document == {**late.answer.document, **by_id.answer.document}
    assert ids(ana.bookings(tuesday), "bookingId") == [late.booking_id]
    assert ids(salon.bookings(str(tuesday)), "bookingId") == [early.booking_id, late.booking_id]
    history.satisfies(indexes_agree_with_tables, no_overlapping_bookings)


def test_list_is_the_same_when_it_is_read_page_by_page(booking, history):
    salon = booking.tenant()
    for number in range(7):
        salon.service(f"Service {number}")

    whole = salon.all_items("list_services", "/services")
    pages = salon.all_items("list_services", "/services", limit=2)

    assert len(whole) == 7
    assert pages == whole
    history.satisfies(indexes_agree_with_tables)
