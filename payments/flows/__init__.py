"""What happens, a file a verb: checkout, invoice, ingest, settle, deliver, sweep."""
