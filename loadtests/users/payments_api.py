"""Payments over HTTP: customers pay, top their wallets up and look at their balances.

By Locust's FastHttpUser, which costs a fraction of the CPU of `requests`. An answer of 402 is a decline that the
customer was told of: the system worked, so it is a request of its own name and no failure.
"""

import os
from typing import Any

from locust import FastHttpUser, task

from loadtests.briefing import API_KEY_VARIABLE
from loadtests.ids import Ids
from loadtests.keys import Drawn
from loadtests.users.playing import Playing, briefing

PAYS = 0.85  # of the requests that do not read; the others top up
ANSWER_WITHIN_S = 35.0  # the API gives up on its own after 29 s


class PaymentsApiUser(Playing, FastHttpUser):
    """A customer of the payments API."""

    network_timeout = ANSWER_WITHIN_S
    connection_timeout = 5.0

    def __init__(self, environment: Any) -> None:
        self.host = briefing().api_url
        super().__init__(environment)
        self.ids = Ids(self.random)
        self.headers = {"x-api-key": os.environ.get(API_KEY_VARIABLE, "")}

    @task
    def use_the_api(self) -> None:
        """Look at a balance, pay, or top up."""
        drawn = self.draw()
        if self.reads():
            self.ask(drawn, "GET", f"/wallets/{drawn.key}", "GET /wallets/{user}")
        elif self.random.random() < PAYS:
            self.pay(drawn)
        else:
            body = {"credit_id": self.ids.new("credit"), "amount": "50.00", "currency": "USD"}
            self.ask(drawn, "POST", f"/wallets/{drawn.key}/credits", "POST /wallets/{user}/credits", body)

    def pay(self, drawn: Drawn) -> None:
        """Pay a little, and wait for the end as a customer would."""
        body = {
            "payment_id": self.ids.new("pay"),
            "user_id": drawn.key,
            "amount": f"{self.random.randrange(100, 2000) / 100:.2f}",
            "currency": "USD",
            "card": "tok_visa",
            "merchant": drawn.tenant,
        }
        self.ask(drawn, "POST", "/payments", "POST /payments", body)

    def ask(self, drawn: Drawn, method: str, path: str, name: str, body: dict[str, str] | None = None) -> None:
        """Send one request and count it; 402 is a success, and 429 a throttle."""
        context: dict[str, Any] = {"key": drawn.key, "tenant": drawn.tenant, "hot": drawn.hot, "throttles": {}}
        with self.client.request(
            method, path, name=name, json=body, headers=self.headers, context=context, catch_response=True
        ) as response:
            if response.status_code == 402:
                response.success()
            elif response.status_code == 429:
                context["throttles"]["429"] = 1
                response.failure("429")
            elif response.status_code == 0:
                response.failure(type(response.error).__name__)
            elif response.status_code >= 400:
                response.failure(str(response.status_code))
