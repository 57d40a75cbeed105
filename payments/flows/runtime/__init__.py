"""What every flow stands on: the context, the outbox of creating calls, the audit, workers."""
