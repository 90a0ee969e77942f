"""What the booking system's routes take, how its tables' keys name a tenant, and which calls can't name one."""

from collections.abc import Mapping

from harness.isolation.document import Operation
from harness.isolation.subject import Excuse, Recipe, System, TableLayout

ORIGIN = "https://salon.example"
HOURS = [{"start": "09:00", "end": "18:00"}]
LUNCH = [{"start": "13:00", "end": "13:30"}]

RECIPES: Mapping[str, Recipe] = {
    "POST /tenants": Recipe(
        body={
            "name": "Newcomer", "country": "CL", "timezone": "America/Santiago",
            "billingEmail": "newcomer@example.com", "plan": "FREE",
        }
    ),
    "PATCH /tenants/{tenantId}": Recipe(body={"name": "Renamed"}),
    "POST /keys": Recipe(body={"scopes": ["widget"], "allowedOrigins": [ORIGIN], "name": "one more"}),
    "POST /services": Recipe(
        body={"name": "One more service", "durationMinutes": 30, "price": "10.00", "currency": "USD"}
    ),
    "PATCH /services/{serviceId}": Recipe(body={"description": "changed"}),
    "POST /categories": Recipe(body={"name": "One more category"}),
    "PATCH /categories/{categoryId}": Recipe(body={"description": "changed"}),
    "POST /providers": Recipe(
        body={"name": "One more provider", "timezone": "America/Santiago", "serviceIds": ["{serviceId}"]}
    ),
    "PATCH /providers/{providerId}": Recipe(body={"bio": "changed", "serviceIds": ["{serviceId}"]}),
    "POST /providers/{providerId}/availability": Recipe(body={"dayOfWeek": "SUN", "timeRanges": HOURS}),
    "POST /providers/{providerId}/exceptions": Recipe(
        body={"date": "{laterDate}", "allDay": True, "reason": "a day off"}
    ),
    "GET /providers/{providerId}/slots": Recipe(
        {"serviceId": "{serviceId}", "from": "{commonDate}", "to": "{commonDate}"}
    ),
    "GET /providers/{providerId}/bookings": Recipe({"date": "{date}"}),
    "GET /bookings": Recipe({"date": "{date}"}),
    "POST /bookings": Recipe(
        body={
            "serviceId": "{serviceId}", "providerId": "{providerId}", "datetime": "{datetime}",
            "customerName": "Somebody", "customerEmail": "somebody@example.com",
        }
    ),
    "POST /bookings/{bookingId}/cancel": Recipe(body={"reason": "customer_request"}),
    "POST /bookings/{bookingId}/reschedule": Recipe(
        body={"datetime": "{laterDatetime}", "providerId": "{providerId}"}
    ),
    "POST /conversations": Recipe(body={"language": "en", "channel": "web"}),
    "POST /conversations/{conversationId}/messages": Recipe(body={"messageId": "message-tried", "text": "hello"}),
}  # fmt: skip

_OWN = ("TENANT#{tenant}", "TENANT#{tenant}#*")
# Output of the stack: attribute of its partition key, forms of the keys by index.
_TABLES: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "ServicesTable": ("PK", {"": _OWN, "GSI1": _OWN}),
    "CategoriesTable": ("tenantId", {"": ("{tenant}",)}),
    "ProvidersTable": ("PK", {"": _OWN, "GSI1": _OWN}),
    "AvailabilityTable": ("PK", {"": _OWN}),
    "ExceptionsTable": ("PK", {"": _OWN}),
    # A booking's id begins with its tenant's, so that even the look-up by id names the tenant.
    "BookingsTable": ("PK", {"": _OWN, "GSI1": _OWN, "GSI2": ("BOOKING#{tenant}-*",)}),
    "ConversationsTable": ("PK", {"": _OWN, "GSI1": _OWN}),
    "TenantsTable": ("PK", {"": _OWN}),
    "ApiKeysTable": ("PK", {"": _OWN, "GSI1": ("APIKEY#*",)}),
    "UsageTable": ("PK", {"": _OWN}),
}
EXCUSES = (
    Excuse(
        "TenantApiKeys",
        "whose key it is has to be found before anybody is known",
        index="GSI1",
        operation="Query",
        caller="authorizer",
    ),
)


def layouts(outputs: Mapping[str, str]) -> tuple[TableLayout, ...]:
    """Return how the tables' keys name their tenant; raises KeyError for a stack without one of the tables."""
    return tuple(TableLayout(outputs[output], partition, keys) for output, (partition, keys) in _TABLES.items())


def system(operations: tuple[Operation, ...], outputs: Mapping[str, str], absent: Mapping[str, str]) -> System:
    """Return the booking system as the prover asks it."""
    return System(
        "booking",
        operations,
        recipes=RECIPES,
        narrow_routes=frozenset(one.route for one in operations if "manage" in one.scopes),
        tables=layouts(outputs),
        excuses=EXCUSES,
        absent=absent,
        excused_ways={("GET /usage", "cursor"): "a new tenant has one month of usage: its list has one page"},
        doorkeepers=("authorizer",),
        # A service that is not there is a field that is wrong.
        absent_by=dict.fromkeys(("POST /providers", "PATCH /providers/{providerId}"), frozenset({400})),
        # A customer can be said not to have come only once the booking has begun: until then its owner is told so.
        reached_by={"POST /bookings/{bookingId}/no-show": frozenset({409})},
    )
