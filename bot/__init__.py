"""The service: bots, web listener, configuration and the `guestlist` command."""
