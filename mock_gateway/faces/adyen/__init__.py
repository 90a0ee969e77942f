"""The Adyen-style face: Checkout's payments and their modifications, where a decline is an HTTP 200."""
