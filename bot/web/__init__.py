"""The aiohttp side: webhooks, return pages, health, metrics."""
