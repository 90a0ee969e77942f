"""Load: Locust users that play payments, wallets and raw DynamoDB, with shapes, keys, objectives and a verdict.

`python -m loadtests` is the way in. The program brings a cloud up (or takes a running one), has capacity enforced,
deploys what the users need and starts Locust as a process of its own, because gevent must patch that process alone.
It knows nothing of how systems are built: everything goes over HTTP and AWS calls.
"""
