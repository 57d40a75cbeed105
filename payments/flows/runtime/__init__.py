"""What every flow stands on: the app, the outbox, the audit log, workers."""
