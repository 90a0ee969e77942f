"""What AWS Lambda's environment has and a test run has not."""

import os

os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "booking-tests")
os.environ.setdefault("POWERTOOLS_TRACE_DISABLED", "true")
