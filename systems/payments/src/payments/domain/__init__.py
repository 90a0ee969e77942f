"""What a payment is and what may happen to it. Knows no AWS, no HTTP and no framework."""
