"""What a payment provider must do, port by port; the fake and Stripe's client (over the wire) pass the same tests."""
